import assert from "node:assert/strict"
import { test } from "node:test"
import { ERRORS } from "../catalog/errors.ts"
import { jsonOfObservation, type Observation } from "../model/observation.ts"
import { clientLogReader, clientTableReader } from "./client-log.ts"
import { mayContainError } from "./client-log-error.ts"
import { Feed } from "./feed.ts"

/** "12 to=10.0.0.1:80 from=… ETIMEDOUT connect 3ms n=2 nginx/7 @time" */
function read(text: string): readonly string[] {
  const seen: string[] = []
  const observe = (observation: Observation) => {
    if (observation.kind !== "attempt") {
      seen.push(JSON.stringify(jsonOfObservation(observation)))
      return
    }
    const { at, ok, error, from, to, ms, call, count, process, pid, time } = observation
    const end = (point: typeof to) =>
      `${point?.address}${point?.port === undefined ? "" : `:${point.port}`}`
    const parts = [
      `${at.line}`,
      ok ? "ok" : (error ?? "failed"),
      ...(call === undefined ? [] : [call]),
      ...(to === undefined ? [] : [`to=${end(to)}`]),
      ...(from === undefined ? [] : [`from=${end(from)}`]),
      ...(ms === undefined ? [] : [`${ms}ms`]),
      ...(count === undefined ? [] : [`n=${count}`]),
      ...(process === undefined ? [] : [`${process}${pid === undefined ? "" : `/${pid}`}`]),
      ...(time === undefined ? [] : [`@${time}`]),
    ]
    seen.push(parts.join(" "))
  }
  const sink = { section: () => {}, mark: () => {}, observe }
  const feed = new Feed("app.log", sink, [clientTableReader, clientLogReader])
  feed.push(new TextEncoder().encode(text))
  feed.end()
  return seen
}

const lines: readonly (readonly [string, string])[] = [
  // Node
  ["Error: connect ETIMEDOUT 10.0.0.1:80", "1 ETIMEDOUT connect to=10.0.0.1:80"],
  [
    "2026-11-20T10:00:00.123Z Error: connect EADDRNOTAVAIL 10.0.0.1:80 - Local (10.0.0.2:0)",
    "1 EADDRNOTAVAIL connect to=10.0.0.1:80 from=10.0.0.2 @1795168800.123",
  ],
  ["Error: getaddrinfo ENOTFOUND db.internal", "1 ENOTFOUND resolve to=db.internal"],
  ["Error: connect ECONNREFUSED ::1:5432", "1 ECONNREFUSED connect to=::1:5432"],
  [
    "ConnectTimeoutError: Connect Timeout Error (attempted address: api.example.com:443, timeout: 10000ms)",
    "1 ETIMEDOUT connect to=api.example.com:443 10000ms",
  ],
  // Go
  [
    "2026/11/20 10:00:00 dial tcp 10.0.0.1:80: connect: cannot assign requested address",
    "1 EADDRNOTAVAIL connect to=10.0.0.1:80 @1795168800",
  ],
  [
    "dial tcp: lookup api.example.com on 10.0.0.53:53: no such host",
    "1 ENOTFOUND resolve to=api.example.com",
  ],
  [
    "http: Accept error: accept tcp [::]:8080: accept4: too many open files; retrying in 5ms",
    "1 EMFILE accept",
  ],
  [
    "last error: UNKNOWN: ipv4:10.0.0.9:50051: Failed to connect to remote host: Connection refused",
    "1 ECONNREFUSED connect to=10.0.0.9:50051",
  ],
  ["telnet: Unable to connect to remote host: Connection refused", "1 ECONNREFUSED connect telnet"],
  [
    "PSQLException: Connection to 10.0.0.9:5432 refused. Check that the hostname and port are correct and",
    "1 ECONNREFUSED connect to=10.0.0.9:5432",
  ],
  ["Faraday::ConnectionFailed: Net::OpenTimeout: execution expired", "1 ETIMEDOUT connect"],
  ["ORA-12541: TNS:no listener", "1 ECONNREFUSED connect"],
  [
    "Connection to node -1 (kafka1/10.0.0.9:9092) could not be established. Broker may not be available.",
    "1 connect-failed connect to=10.0.0.9:9092",
  ],
  ["dial tcp 10.0.0.1:80: i/o timeout", "1 ETIMEDOUT connect to=10.0.0.1:80"],
  ["dial tcp 10.0.0.1:80: socket: too many open files", "1 EMFILE socket to=10.0.0.1:80"],
  [
    "read tcp 10.0.0.2:40112->10.0.0.1:80: read: connection reset by peer",
    "1 ECONNRESET read to=10.0.0.1:80 from=10.0.0.2:40112",
  ],
  [
    'Get "http://10.0.0.1:8080/x": dial tcp 10.0.0.1:8080: connect: connection refused',
    "1 ECONNREFUSED connect to=10.0.0.1:8080",
  ],
  [
    "dial tcp [2001:db8::5]:443: connect: network is unreachable",
    "1 ENETUNREACH connect to=2001:db8::5:443",
  ],
  [
    "dial tcp 10.0.0.1:445: connectex: No connection could be made because the target machine actively refused it.",
    "1 WSAECONNREFUSED connect to=10.0.0.1:445",
  ],
  // Java
  ["java.net.ConnectException: Connection refused (Connection refused)", "1 ECONNREFUSED connect"],
  ["java.net.SocketTimeoutException: connect timed out", "1 ETIMEDOUT connect"],
  [
    "java.net.NoRouteToHostException: No route to host (Host unreachable)",
    "1 EHOSTUNREACH connect",
  ],
  ["java.net.NoRouteToHostException: Cannot assign requested address", "1 EADDRNOTAVAIL connect"],
  ["java.net.SocketException: Too many open files", "1 EMFILE socket"],
  [
    "io.netty.channel.AbstractChannel$AnnotatedSocketException: Cannot assign requested address: /192.168.0.84:61613",
    "1 EADDRNOTAVAIL connect to=192.168.0.84:61613",
  ],
  [
    "org.apache.http.conn.HttpHostConnectException: Connect to app1:8080 [app1/10.0.0.1] failed: Connection refused",
    "1 ECONNREFUSED connect to=app1:8080",
  ],
  // Python
  ["OSError: [Errno 99] Cannot assign requested address", "1 EADDRNOTAVAIL connect"],
  ["ConnectionRefusedError: [Errno 111] Connection refused", "1 ECONNREFUSED connect"],
  [
    "requests.exceptions.ConnectionError: HTTPConnectionPool(host='10.0.0.1', port=80): Max retries exceeded with url: / (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at 0x7f>: Failed to establish a new connection: [Errno 110] Connection timed out'))",
    "1 ETIMEDOUT connect to=10.0.0.1:80",
  ],
  [
    "OSError: [Errno 111] Connect call failed ('127.0.0.1', 6379)",
    "1 ECONNREFUSED connect to=127.0.0.1:6379",
  ],
  [
    "ConnectionRefusedError: [WinError 10061] No connection could be made because the target machine actively refused it",
    "1 WSAECONNREFUSED connect",
  ],
  // .NET and Windows
  [
    "System.Net.Sockets.SocketException (10055): An operation on a socket could not be performed because the system lacked sufficient buffer space or because a queue was full. [::ffff:10.0.0.1]:443",
    "1 WSAENOBUFS connect to=10.0.0.1:443",
  ],
  [
    "Es konnte keine Verbindung hergestellt werden, da der Zielcomputer die Verbindung verweigerte 10.0.0.1:1433",
    "1 WSAECONNREFUSED connect to=10.0.0.1:1433",
  ],
  [
    "Une tentative de connexion a échoué car le parti connecté n’a pas répondu convenablement au-delà d’une certaine durée 10.0.0.1:5061",
    "1 WSAETIMEDOUT connect to=10.0.0.1:5061",
  ],
  [
    "20.11.2026 10:00:00 Fehler: Zugriff auf \\\\srv01\\c$: System error 53 has occurred.",
    "1 error 53 connect to=srv01 @1795168800",
  ],
  [
    "Named Pipes Provider: Could not open a connection to SQL Server (provider: TCP Provider, error: 0 - x) (Microsoft SQL Server, Error: 10060)",
    "1 WSAETIMEDOUT connect",
  ],
  // Rust, Ruby, PHP
  [
    'Error: Os { code: 99, kind: AddrNotAvailable, message: "Cannot assign requested address" }',
    "1 EADDRNOTAVAIL connect",
  ],
  ["tcp connect error: Connection refused (os error 111)", "1 ECONNREFUSED connect"],
  [
    'Failed to open TCP connection to 10.0.0.1:80 (Connection refused - connect(2) for "10.0.0.1" port 80) (Errno::ECONNREFUSED)',
    "1 ECONNREFUSED connect to=10.0.0.1:80",
  ],
  [
    "PHP Warning:  fsockopen(): unable to connect to 10.0.0.1:80 (Cannot assign requested address) in /srv/a.php on line 7",
    "1 EADDRNOTAVAIL connect to=10.0.0.1:80",
  ],
  // servers
  [
    '2026/11/20 10:00:00 [error] 123#123: *45 connect() failed (110: Connection timed out) while connecting to upstream, client: 10.9.9.9, server: x, request: "GET / HTTP/1.1", upstream: "http://10.0.0.1:8080/", host: "x"',
    "1 ETIMEDOUT connect to=10.0.0.1:8080 nginx/123 @1795168800",
  ],
  [
    "2026/11/20 10:00:00 [crit] 123#123: *45 connect() to 10.0.0.1:80 failed (99: Cannot assign requested address) while connecting to upstream, client: 10.9.9.9",
    "1 EADDRNOTAVAIL connect to=10.0.0.1:80 nginx/123 @1795168800",
  ],
  [
    "2026/11/20 10:00:00 [crit] 9#9: accept4() failed (24: Too many open files)",
    "1 EMFILE accept nginx/9 @1795168800",
  ],
  [
    'Nov 20 10:00:00 lb1 haproxy[812]: 10.9.9.9:4711 [20/Nov/2026:10:00:00.250] fe be/srv1 0/0/-1/-1/3005 503 212 - - sC-- 10/10/5/0/3 0/0 "GET / HTTP/1.1"',
    "1 ETIMEDOUT connect to=srv1 3005ms n=4 haproxy/812 @1795168800.25",
  ],
  [
    "Nov 20 10:00:00 lb1 haproxy[812]: Connect() failed for backend be: no free ports.",
    "1 EADDRNOTAVAIL connect haproxy/812",
  ],
  [
    "[Fri Nov 20 10:00:00.123456 2026] [proxy:error] [pid 12:tid 140] (111)Connection refused: AH00957: HTTP: attempt to connect to 10.0.0.1:8009 (10.0.0.1) failed",
    "1 ECONNREFUSED connect to=10.0.0.1:8009 httpd/12 @1795168800.123456",
  ],
  [
    "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure, transport failure reason: delayed connect error: 111",
    "1 ECONNREFUSED connect",
  ],
  // clients
  [
    "curl: (7) Failed to connect to 10.0.0.1 port 80 after 3 ms: Connection refused",
    "1 ECONNREFUSED connect to=10.0.0.1:80 3ms curl",
  ],
  [
    "curl: (28) Failed to connect to 10.0.0.1 port 80 after 129999 ms: Connection timed out",
    "1 ETIMEDOUT connect to=10.0.0.1:80 129999ms curl",
  ],
  ["curl: (56) Recv failure: Connection reset by peer", "1 ECONNRESET read curl"],
  [
    "Connecting to 10.0.0.1:80... failed: Connection refused.",
    "1 ECONNREFUSED connect to=10.0.0.1:80",
  ],
  ["Connecting to web (web)|10.0.0.1|:80... connected.", "1 ok connect to=10.0.0.1:80"],
  [
    "ssh: connect to host bastion port 22: Connection timed out",
    "1 ETIMEDOUT connect to=bastion:22 ssh",
  ],
  ["kex_exchange_identification: read: Connection reset by peer", "1 ECONNRESET read"],
  ["kex_exchange_identification: Connection closed by remote host", "1 closed-early read"],
  [
    "Could not connect to Redis at 127.0.0.1:6379: Cannot assign requested address",
    "1 EADDRNOTAVAIL connect to=127.0.0.1:6379",
  ],
  [
    "ERROR 2003 (HY000): Can't connect to MySQL server on '10.0.0.1:3306' (110)",
    "1 ETIMEDOUT connect to=10.0.0.1:3306",
  ],
  [
    'psql: error: connection to server at "10.0.0.1", port 5432 failed: Connection refused',
    "1 ECONNREFUSED connect to=10.0.0.1:5432 psql",
  ],
  ["apr_socket_connect(): Connection timed out (110)", "1 ETIMEDOUT connect"],
  [
    "nc: connect to 10.0.0.1 port 80 (tcp) failed: Connection refused",
    "1 ECONNREFUSED connect to=10.0.0.1:80 nc",
  ],
  ["Connection to 10.0.0.1 80 port [tcp/http] succeeded!", "1 ok connect to=10.0.0.1:80"],
  ["* Connected to web (10.0.0.1) port 80 (#0)", "1 ok connect to=web:80"],
  [
    'time="2026-11-20T10:00:00Z" level=warning msg="Request Failed" error="Get \\"http://10.0.0.1/\\": dial tcp 10.0.0.1:80: connect: cannot assign requested address"',
    "1 EADDRNOTAVAIL connect to=10.0.0.1:80 @1795168800",
  ],
  [
    '  [12]\tGet "http://10.0.0.1:80/": dial tcp 10.0.0.1:80: connect: connection refused',
    "1 ECONNREFUSED connect to=10.0.0.1:80 n=12",
  ],
  [
    'could not connect to server: Connection refused Is the server running on host "10.0.0.1" and accepting TCP/IP connections on port 5432?',
    "1 ECONNREFUSED connect to=10.0.0.1:5432",
  ],
  ["FATAL:  sorry, too many clients already", "1 server-full connect"],
  [
    "1795168800.123 connect 10.0.0.1:80 ETIMEDOUT 3004ms",
    "1 ETIMEDOUT connect to=10.0.0.1:80 3004ms @1795168800.123",
  ],
  [
    "thread 'main' panicked at src/main.rs:5: called `Result::unwrap()` on an `Err` value: Os { code: 99, kind: AddrNotAvailable, message: \"Cannot assign requested address\" }",
    "1 EADDRNOTAVAIL connect",
  ],
  [
    "redis.exceptions.ConnectionError: Error 99 connecting to 10.0.0.1:6379. Cannot assign requested address.",
    "1 EADDRNOTAVAIL connect to=10.0.0.1:6379",
  ],
  ["bash: /dev/tcp/10.0.0.1/80: Connection refused", "1 ECONNREFUSED connect to=10.0.0.1:80 bash"],
  // JSON
  [
    '{"timestamp":1795168800,"to":{"host":"10.0.0.1","port":80},"error":null,"latency":12}',
    "1 ok to=10.0.0.1:80 12ms @1795168800",
  ],
  [
    '{"ts":1795168800123456789,"target":"10.0.0.1:80","result":"timeout","duration":"3.003s"}',
    "1 ETIMEDOUT connect to=10.0.0.1:80 3003ms @1795168800.1234567",
  ],
  [
    '{"ts":1795168800.5,"errno":"EADDRNOTAVAIL","dst":"10.0.0.1","port":80,"ms":0.2,"src":"10.0.0.2"}',
    "1 EADDRNOTAVAIL connect to=10.0.0.1:80 from=10.0.0.2 0.2ms @1795168800.5",
  ],
  [
    '{"t":1795168800500,"ok":true,"dst":"10.0.0.1:80","ms":3}',
    "1 ok to=10.0.0.1:80 3ms @1795168800.5",
  ],
  [
    '{"time":"2026-11-20T10:00:00Z","err":{"code":"ECONNREFUSED","errno":-111,"syscall":"connect","address":"10.0.0.1","port":80},"msg":"oops"}',
    "1 ECONNREFUSED connect to=10.0.0.1:80 @1795168800",
  ],
  [
    '{"t":1795168800,"dst":"10.0.0.1","dport":80,"errno":110,"elapsed_s":3.5}',
    "1 ETIMEDOUT connect to=10.0.0.1:80 3500ms @1795168800",
  ],
  [
    '{"t":1795168800,"host":"10.0.0.1","port":80,"errno":0,"latency_ms":1}',
    "1 ok to=10.0.0.1:80 1ms @1795168800",
  ],
  [
    '{"level":"error","ts":1795168800,"error":"dial tcp 10.0.0.1:80: connect: connection timed out"}',
    "1 ETIMEDOUT connect to=10.0.0.1:80 @1795168800",
  ],
]

for (const [line, want] of lines) {
  test(`reads ${line.slice(0, 90)}`, () => assert.deepEqual(read(line), [want]))
}

const blocks: readonly (readonly [string, string, readonly string[]])[] = [
  [
    "a Node stack with its property block is one attempt",
    `Error: connect ETIMEDOUT 10.0.0.1:80
    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1555:16) {
  errno: -110,
  code: 'ETIMEDOUT',
  syscall: 'connect',
  address: '10.0.0.1',
  port: 80
}
next line`,
    ["1 ETIMEDOUT connect to=10.0.0.1:80"],
  ],
  [
    "fields of a property block fill what the message left out",
    `Error: connect EADDRNOTAVAIL
    at errnoException (net.js:670:11) {
  code: 'EADDRNOTAVAIL',
  address: '10.0.0.1',
  port: 8080
}`,
    ["1 EADDRNOTAVAIL connect to=10.0.0.1:8080"],
  ],
  [
    "a Java cause repeats the failure",
    `2026-11-20 10:00:00,500 ERROR [pool-1] c.x.Y - org.apache.http.conn.HttpHostConnectException: Connect to 10.0.0.1:80 [/10.0.0.1] failed: Connection refused
\tat org.apache.http.impl.conn.A.b(A.java:156)
\t... 12 more
Caused by: java.net.ConnectException: Connection refused (Connection refused)
\tat java.net.PlainSocketImpl.socketConnect(Native Method)
\t... 22 more
2026-11-20 10:00:01,500 ERROR [pool-1] c.x.Y - java.net.ConnectException: Connection refused`,
    ["1 ECONNREFUSED connect to=10.0.0.1:80 @1795168800.5", "7 ECONNREFUSED connect @1795168801.5"],
  ],
  [
    "a chain of Python exceptions is one attempt",
    `Traceback (most recent call last):
  File "/usr/lib/python3/dist-packages/urllib3/connection.py", line 174, in _new_conn
    conn = connection.create_connection(
ConnectionRefusedError: [Errno 111] Connection refused

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/usr/lib/python3/dist-packages/requests/adapters.py", line 439, in send
    resp = conn.urlopen(
requests.exceptions.ConnectionError: HTTPConnectionPool(host='10.0.0.1', port=80): Max retries exceeded with url: / (Caused by NewConnectionError('<x>: Failed to establish a new connection: [Errno 111] Connection refused'))`,
    ["4 ECONNREFUSED connect to=10.0.0.1:80"],
  ],
  [
    "a CSV with a header of attempts",
    `time,dst,port,errno,ms
1795168800,10.0.0.1,80,,3
1795168801,10.0.0.1,80,EADDRNOTAVAIL,0.1
2026-11-20T10:00:02Z,"10.0.0.1",80,110,3000`,
    [
      "2 ok to=10.0.0.1:80 3ms @1795168800",
      "3 EADDRNOTAVAIL connect to=10.0.0.1:80 0.1ms @1795168801",
      "4 ETIMEDOUT connect to=10.0.0.1:80 3000ms @1795168802",
    ],
  ],
  [
    "an error below a stamped line has its time",
    `20.11.2026 10:00:00 [ERR] fetch failed
System.Net.Sockets.SocketException (10061): x 10.0.0.1:1433
   at System.Net.Sockets.Socket.Connect()
2026-11-20 10:00:05,000 ERROR agent request failed
Traceback (most recent call last):
  File "a.py", line 1, in x
    connect(
ConnectionRefusedError: [Errno 111] Connection refused`,
    [
      "2 WSAECONNREFUSED connect to=10.0.0.1:1433 @1795168800",
      "8 ECONNREFUSED connect @1795168805",
    ],
  ],
  [
    "wrk's summary",
    "  Socket errors: connect 155, read 12, write 0, timeout 7",
    ["1 connect-failed connect n=155 wrk", "1 failed read n=12 wrk", "1 ETIMEDOUT read n=7 wrk"],
  ],
]

for (const [name, text, want] of blocks) {
  test(name, () => assert.deepEqual(read(text), want))
}

const innocent: readonly string[] = [
  "If you see ECONNREFUSED, the port is closed.",
  "The client then reports `connect ETIMEDOUT`.",
  "- EADDRNOTAVAIL: every port towards the destination is in use",
  "Error: listen EADDRINUSE: address already in use :::3000",
  "nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)",
  "Cannot open file: Permission denied",
  "INFO started in 300 ms, no errors, connected clients: 0",
  '10.9.9.9 - - [20/Nov/2026:10:00:00 +0000] "GET /timeout HTTP/1.1" 200 612',
  '{"level":"info","msg":"listening","host":"web01","port":8080,"status":200}',
  "    155 connections refused due to time stamp",
  "connection timeout = 30",
  "Error: connect ECONNREFUSED /var/run/docker.sock",
  "    TCPTimeouts: 88",
]

for (const line of innocent) {
  test(`leaves alone: ${line.slice(0, 60)}`, () => assert.deepEqual(read(line), []))
}

test("the cheap question lets every text and name of the error table pass", () => {
  const words = ERRORS.flatMap(({ name, aliases, texts }) => [
    ...[name, ...aliases].filter((word) => word.length > 5 && !/^error /.test(word)),
    ...Object.values(texts).flat(),
  ])
  assert.deepEqual(
    words.filter((word) => !mayContainError(word)),
    [],
  )
})
