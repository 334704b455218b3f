/**
 * Reading rows from bytes must give what reading them as lines gives: the same observations with the same lines, the
 * same marks, the same summary, wherever a chunk ends.
 */
import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { test } from "node:test"
import fc from "fast-check"
import { CaseBuilder } from "./case-builder.ts"
import { Feed } from "./feed.ts"
import type { Reader, Section } from "./reader.ts"
import { READERS } from "./readers.ts"

const fixtures = new URL("../../test/fixtures/", import.meta.url)

/** The readers without their way from bytes. */
const byLines: readonly Reader[] = READERS.map((reader) => ({
  ...reader,
  open: (context) => {
    const section: Section = reader.open(context)
    return { line: (text) => section.line(text), end: () => section.end?.() }
  },
}))

type Told = { readonly all: readonly unknown[]; readonly rows: number }

/** Everything the sink is told, and how many rows came in batches. */
function tell(options: {
  readonly path: string
  readonly bytes: Uint8Array
  readonly chunk: number
  readonly readers: readonly Reader[]
}): Told {
  const { path, bytes, chunk, readers } = options
  const all: unknown[] = []
  let rows = 0
  const sink = {
    section: (info: unknown) => void all.push(info),
    mark: (mark: unknown) => void all.push(mark),
    observe: (observation: unknown) => void all.push(observation),
    rows: (batch: { length: number; observation: (index: number, source: string) => unknown }) => {
      rows += batch.length
      for (let index = 0; index < batch.length; index++) all.push(batch.observation(index, path))
    },
  }
  const feed = new Feed(path, sink, readers)
  // One buffer for every chunk, as host/files.ts has it: nobody may keep what it was given.
  const buffer = new Uint8Array(chunk)
  for (let at = 0; at < bytes.length; at += chunk) {
    const part = bytes.subarray(at, at + chunk)
    buffer.set(part)
    feed.push(buffer.subarray(0, part.length))
  }
  all.push(feed.end())
  return { all, rows }
}

function same(path: string, bytes: Uint8Array, chunk: number): number {
  const fast = tell({ path, bytes, chunk, readers: READERS })
  const slow = tell({ path, bytes, chunk, readers: byLines })
  assert.deepEqual(fast.all, slow.all)
  return fast.rows
}

test("every fixture gives the same from bytes and from lines, whole and in chunks", () => {
  let rows = 0
  for (const entry of readdirSync(fixtures, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === "ORIGIN.md") continue
    const path = `${entry.parentPath}/${entry.name}`
    const once = new Uint8Array(readFileSync(path))
    if (once.length > 1 << 18) continue
    // Four times: most are too short for anything but their first lines.
    const bytes = Uint8Array.from([once, once, once, once].flatMap((part) => [...part]))
    for (const chunk of [1 << 18, 5003]) rows += same(path, bytes, chunk)
  }
  assert.ok(rows > 200, `only ${rows} rows came from bytes`)
})

/** What a row may be made of, and what may stand between rows. */
type Dialect = {
  readonly name: string
  readonly head: string
  readonly states: readonly string[]
  readonly endpoints: readonly string[]
  readonly row: (cells: Cells) => string
  readonly between: readonly string[]
}

type Cells = {
  readonly state: string
  readonly local: string
  readonly remote: string
  readonly number: number
  readonly rest: string
}

const addresses = ["10.0.0.1", "0.0.0.0", "255.255.255.255", "010.1.1.1", "10.0.0.256", "1.2.3"]
const ports = ["443", "0", "65535", "65536", "*", "https", "00080", "x:y", ""]
const linuxEndpoints = [
  ...addresses.flatMap((address) => ports.map((port) => `${address}:${port}`)),
  ...["[::1]:80", "[::ffff:10.0.0.9]:443", "[fe80::1]%eth0:22", "127.0.0.53%lo:53", "*:22"],
  ...[":::22", "::1:631", "::ffff:10.0.0.9:443", "2001:db8::1:443", "2600:1f18:2:3:4:5:6:7:443"],
  ...["db1.example.com:5432", "[::]:*", "10.0.0.1", ":80", "[2001:db8::7]:8080"],
]

const dialects: readonly Dialect[] = [
  {
    name: "ss",
    head: "State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n",
    states: "ESTAB TIME-WAIT LISTEN SYN-SENT UNCONN BOUND FOO SYN_RECV LAST-ACK".split(" "),
    endpoints: linuxEndpoints,
    row: ({ state, local, remote, number, rest }) =>
      `${state.padEnd(10)} ${number} 0   ${local.padStart(22)} ${remote.padStart(21)}${rest}`,
    between: [
      "tcp   ESTAB 0 0 10.0.0.1:1 10.0.0.2:2",
      "udp   UNCONN 0 0 10.0.0.1:1 0.0.0.0:*",
      "u_str ESTAB 0 0 * 12 * 13",
      "\t cubic wscale:7,7 rto:204 rtt:3.5/1.2 mss:1448 cwnd:10 retrans:0/3",
      '         users:(("nginx",pid=9,fd=1))',
      "0 0 10.0.0.1:1 10.0.0.2:2",
      "ESTAB 0 0",
      "ESTAB 99999999999 0 10.0.0.1:1 10.0.0.2:2",
      "",
    ],
  },
  {
    name: "netstat of Linux",
    head: "Proto Recv-Q Send-Q Local Address  Foreign Address  State       PID/Program name\n",
    states: "ESTABLISHED TIME_WAIT LISTEN SYN_SENT CLOSE FOO VERBUNDEN FIN_WAIT2".split(" "),
    endpoints: linuxEndpoints,
    row: ({ state, local, remote, number, rest }) =>
      `tcp${number % 2 === 0 ? " " : "6"} ${number} 0 ${local.padEnd(22)} ${remote} ${state}${rest}`,
    between: [
      "udp        0      0 0.0.0.0:68              0.0.0.0:*",
      "tcp        0      0 10.0.0.1:22",
      "raw        0      0 0.0.0.0:1               0.0.0.0:*               7",
      "Active Internet connections (servers and established)",
      "Proto Recv-Q Send-Q Local Address           Foreign Address         State",
      "ISHED",
      "",
      "what is this",
    ],
  },
  {
    name: "netstat of Windows",
    head: "\nActive Connections\n\n  Proto  Local Address    Foreign Address    State     PID\n",
    states: "ESTABLISHED TIME_WAIT LISTENING SYN_SENT FOO HERGESTELLT WARTEND ESTAB".split(" "),
    endpoints: linuxEndpoints,
    row: ({ state, local, remote, number, rest }) =>
      `  TCP    ${local.padEnd(22)} ${remote.padEnd(22)} ${state.padEnd(15)} ${number}${rest}`,
    between: [
      "  UDP    0.0.0.0:123            *:*                                    844",
      "  TCP    10.0.0.1:1             10.0.0.2:2             ESTABLISHED",
      " [svchost.exe]",
      "  RpcSs",
      "SHED     12",
      "  TCP    10.0.0.1:1             10.0.0.2:2             ESTABLISHED     12   InHost",
      "",
      "C:\\>netstat -ano",
      "TCP 10.0.0.1:1 10.0.0.2:2 TIME_WAIT 0",
    ],
  },
]

const rests = [
  ...["", " ", "   ", "\r", "\t", " x", "812/sshd", " 812/sshd: root@pts ", " -", " 1/a)", " 77/"],
  ...[' users:(("nginx",pid=812,fd=6))', ' users:(("a",pid=1,fd=2),("b",pid=3,fd=4))'],
  ...[
    ' users:(("x y",pid=5,fd=7)) ',
    ' users:(("uid:7",pid=5,fd=7))',
    " timer:(keepalive,18sec,0)",
  ],
  ...[" off (0.00/0/0)", ' users:(("cut",pid=', " InHost", " 40"],
]

for (const dialect of dialects) {
  test(`${dialect.name}: any listing gives the same from bytes and from lines`, () => {
    const plain = fc.record({
      state: fc.constantFrom(...dialect.states.slice(0, 4)),
      local: fc.constantFrom("10.0.0.1:443", "[::1]:80"),
      remote: fc.constantFrom("10.0.0.7:50000", "192.168.1.2:1"),
      number: fc.integer({ min: 0, max: 9999 }),
      rest: fc.constantFrom("", "", "\r", " "),
    })
    const any = fc.record({
      state: fc.constantFrom(...dialect.states),
      local: fc.constantFrom(...dialect.endpoints),
      remote: fc.constantFrom(...dialect.endpoints),
      number: fc.integer({ min: 0, max: 99 }),
      rest: fc.constantFrom(...rests),
    })
    const line = fc.oneof(
      { weight: 12, arbitrary: plain.map(dialect.row) },
      { weight: 2, arbitrary: any.map(dialect.row) },
      { weight: 1, arbitrary: fc.constantFrom(...dialect.between) },
    )
    let rows = 0
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 120, size: "max" }),
        fc.integer({ min: 1, max: 20_000 }),
        fc.boolean(),
        (lines, chunk, hasHead) => {
          const text = `${hasHead ? dialect.head : ""}${lines.join("\n")}\n`
          rows += same("a.txt", new TextEncoder().encode(text), chunk)
        },
      ),
      { numRuns: 150 },
    )
    assert.ok(rows > 100, `only ${rows} rows came from bytes`)
  })
}

for (const { name, head, row, states } of dialects) {
  test(`${name}: plain rows come from bytes, nearly all of them`, () => {
    const lines = Array.from({ length: 5000 }, (_, index) =>
      row({
        state: states[index % 4] ?? "",
        local: index % 3 === 0 ? "[::1]:80" : `10.0.${index % 7}.1:${1 + index}`,
        remote: `192.0.2.${index % 250}:443`,
        number: index % 100,
        rest: "",
      }),
    )
    const bytes = new TextEncoder().encode(`${head}${lines.join("\n")}\n`)
    const { rows } = tell({ path: "a.txt", bytes, chunk: 1 << 16, readers: READERS })
    assert.ok(rows > 4900, `${rows} of 5000 rows came from bytes`)
  })
}

const hex = (digits: number) =>
  fc
    .integer({ min: 0, max: 2 ** Math.min(32, 4 * digits) - 1 })
    .map((value) => value.toString(16).toUpperCase().padStart(digits, "0"))

for (const words of [1, 4]) {
  test(`/proc/net/tcp${words === 4 ? "6" : ""}: any table gives the same from bytes and from lines`, () => {
    const address = fc.array(hex(8), { minLength: words, maxLength: words }).map((w) => w.join(""))
    const cells = fc.tuple(address, hex(4), address, hex(4), hex(2), hex(8), hex(8), hex(2))
    const more = fc.tuple(hex(8), hex(8), fc.nat(99_999), fc.nat(9), fc.nat(9))
    const state = fc.integer({ min: 1, max: 12 }).map((s) => `0${s.toString(16).toUpperCase()}`)
    const isPlain = fc.nat(20).map((value) => value > 0)
    const row = fc.tuple(cells, more, state, fc.nat(99), isPlain).map((all) => {
      const [[local, from, remote, to, anyState, tx, rx, timer], rest, code, number, plain] = all
      const [when, retransmits, uid, timeout, inode] = rest
      const queues = plain ? "00000000:00000000 00:00000000 00000000" : undefined
      const odd = `${tx}:${rx} ${timer}:${when} ${retransmits}`
      const st = plain ? code : anyState
      const head = `${String(number).padStart(4)}: ${local}:${from} ${remote}:${to} ${st}`
      return `${head} ${queues ?? odd}  ${uid}        ${timeout} ${inode} 1 0000000000000000 100`
    })
    let rows = 0
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 110, maxLength: 150 }),
        fc.integer({ min: 100, max: 20_000 }),
        (lines, chunk) => {
          const gap = " ".repeat(words === 4 ? 24 : 0)
          const more = "st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"
          const text = `  sl  local_address ${gap}rem_address   ${more}\n${lines.join("\n")}\n`
          rows += same("tcp", new TextEncoder().encode(text), chunk)
        },
      ),
      { numRuns: 40 },
    )
    assert.ok(rows > 100, `only ${rows} rows came from bytes`)
  })
}

test("a case is the same from bytes and from lines", () => {
  const rows = Array.from({ length: 9000 }, (_, index) => {
    const user = index % 3 === 0 ? ` users:(("web${index % 7}",pid=${index % 50},fd=3))` : ""
    const peer = index % 5 === 0 ? "0.0.0.0:*" : `10.${index % 99}.${index % 7}.2:443`
    return `${index % 5 === 0 ? "LISTEN" : "ESTAB"} 0 128 10.0.0.1:${1 + index} ${peer}${user}`
  })
  const bytes = new TextEncoder().encode(
    `$ ss -tanp\n${rows.join("\n")}\nESTAB 0 0 [::1]:1 [::1]:2\n`,
  )
  const tables = [READERS, byLines].map((readers) => {
    const builder = new CaseBuilder([{ path: "ss.txt" }])
    const sink = builder.file("ss.txt")
    const feed = new Feed("ss.txt", sink, readers)
    feed.push(bytes)
    sink.close(feed.end())
    const sockets = builder.finish().hosts[0]?.snapshots[0]?.sockets
    assert.ok(sockets !== undefined)
    return Array.from({ length: sockets.length }, (_, index) => sockets.row(index))
  })
  assert.equal(tables[0]?.length, 9001)
  assert.deepEqual(tables[0], tables[1])
})
