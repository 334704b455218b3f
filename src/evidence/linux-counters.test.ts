import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import type { Observation } from "../model/observation.ts"
import { READERS } from "./readers.ts"
import { readText } from "./reading.ts"

function fixture(path: string): readonly Observation[] {
  const url = new URL(`../../test/fixtures/${path}`, import.meta.url)
  return readText(path, readFileSync(url), READERS).observations
}

/** Values of counters and settings by name, "name@of" where they are one thing's. */
function valuesOf(observations: readonly Observation[]): Readonly<Record<string, number | string>> {
  return Object.fromEntries(
    observations.flatMap((each) => {
      if (each.kind !== "counter" && each.kind !== "setting") return []
      return [[each.of === undefined ? each.name : `${each.name}@${each.of}`, each.value]]
    }),
  )
}

function valuesIn(text: string, path = "x.txt"): Readonly<Record<string, number | string>> {
  return valuesOf(readText(path, text, READERS).observations)
}

const tables: readonly (readonly [string, Readonly<Record<string, number | string>>])[] = [
  [
    "proc-net/linux6-sockstat.txt",
    { "sockstat.sockets.used": 33, "sockstat.TCP.inuse": 25, "sockstat.TCP.tw": 2 },
  ],
  ["proc-net/linux6-sockstat6.txt", { "sockstat6.TCP6.inuse": 4 }],
  [
    "proc-net/linux6-netstat.txt",
    { TcpExtTW: 2, TcpExtListenOverflows: 6, TcpExtSyncookiesSent: 0 },
  ],
  ["proc-net/linux6-snmp.txt", { TcpActiveOpens: 17, IpOutNoRoutes: 4 }],
  ["proc-net/linux6-snmp6.txt", { Ip6InReceives: 3 }],
  [
    "proc-net/linux3-stat-nf_conntrack.txt",
    { "conntrack.count": 262_143, "conntrack.insert_failed": 10, "conntrack.drop": 10 },
  ],
  ["proc-net/linux6-stat-nf_conntrack.txt", { "conntrack.count": 17, "conntrack.chaintoolong": 0 }],
  [
    "conntrack/k8s-stats-table-full.txt",
    { "conntrack.insert_failed": 36_137, "conntrack.drop": 36_137, "conntrack.early_drop": 1 },
  ],
  ["conntrack/debian7-stats-old.txt", { "conntrack.count": 262_144, "conntrack.error": 9 }],
  ["nstat/debian12-json.txt", { IpInReceives: 5, TcpExtTCPPureAcks: 2 }],
  ["nstat/debian12-moved.txt", { TcpRetransSegs: 8 }],
  [
    "sysctl/macos14.txt",
    { "net.inet.ip.portrange.first": 49_152, "kern.num_files": 9731, "kern.maxfiles": 245_760 },
  ],
  ["sysctl/freebsd14.txt", { "net.inet.tcp.maxtcptw": 27_767, "kern.openfiles": 512 }],
  [
    "sysctl/ubuntu-sysctl-d.txt",
    {
      "net.ipv4.ip_local_port_range": "15000 65000",
      "net.ipv4.tcp_fin_timeout": 15,
      "net.netfilter.nf_conntrack_max": 262_144,
      "conntrack.count": 1234,
      "file-nr.allocated": 1984,
      "net.ipv4.ip_local_reserved_ports": "8080,9148",
      "net.core.somaxconn": 4096,
    },
  ],
  ["sysctl/linux6-net-and-fs.txt", { "net.ipv4.ip_local_port_range": "32768 60999" }],
  ["proc-sys/linux6-grep-tcp.txt", { "net.ipv4.tcp_app_win": 31 }],
  ["ulimit/linux6-proc-limits.txt", { "nofile.soft@process": 20_000 }],
  ["ulimit/debian12-prlimit.txt", { "nofile.hard@shell": 20_000 }],
  ["ulimit/debian12-bash.txt", { "nofile.soft@shell": 20_000, "nproc.soft@shell": 96_365 }],
  ["ulimit/debian12-dash.txt", { "nofile.soft@shell": 20_000 }],
  ["ulimit/debian12-busybox.txt", { "nofile.soft@shell": 20_000 }],
  ["ulimit/macos-zsh.txt", { "nofile.soft@shell": 256, "nproc.soft@shell": 2666 }],
  ["ulimit/aix-ksh.txt", { "nofile.soft@shell": 2000 }],
  [
    "ulimit/macos-launchctl.txt",
    { "nofile.soft@launchd": 256, "nofile.hard@launchd": "unlimited" },
  ],
  [
    "ulimit/systemd-nginx.service.txt",
    {
      "nofile.soft@unit systemd-nginx.service": 1024,
      "nofile.hard@unit systemd-nginx.service": 524_288,
    },
  ],
  [
    "ethtool/aws-ena.txt",
    {
      "ethtool.conntrack_allowance_exceeded@eth0": 48_211,
      "ethtool.bw_out_allowance_exceeded@eth0": 11,
    },
  ],
]
for (const [path, want] of tables) {
  test(`${path} holds what it should`, () => {
    const got = valuesOf(fixture(path))
    const same = Object.fromEntries(Object.keys(want).map((name) => [name, got[name]]))
    assert.deepEqual(same, want)
  })
}

test("a file of /proc/sys takes its name from its path", () => {
  const range = { "net.ipv4.ip_local_port_range": "32768 60999" }
  assert.deepEqual(valuesIn("32768\t60999\n", "a/proc/sys/net/ipv4/ip_local_port_range"), range)
  assert.deepEqual(valuesIn("32768\t60999\n", "ip_local_port_range.txt"), range)
  assert.deepEqual(valuesIn("17\n", "proc/sys/net/netfilter/nf_conntrack_count"), {
    "conntrack.count": 17,
  })
  assert.deepEqual(valuesIn("192 0 1000\n", "t0/proc/sys/fs/file-nr"), {
    "file-nr.allocated": 192,
    "file-nr.free": 0,
    "fs.file-max": 1000,
  })
  assert.deepEqual(valuesIn("1\n", "proc/sys/net/ipv4/conf/eth0.5/forwarding"), {
    "net.ipv4.conf.eth0/5.forwarding": 1,
  })
})

test("limits belong to the process that the path or the line before names", () => {
  const rows =
    "Limit                     Soft Limit           Hard Limit           Units\n" +
    "Max open files            1024                 524288               files\n"
  const want = { "nofile.soft@pid 812": 1024, "nofile.hard@pid 812": 524_288 }
  assert.deepEqual(valuesIn(rows, "case/proc/812/limits"), want)
  assert.deepEqual(valuesIn(`pid 812\n${rows}`), want)
  assert.deepEqual(valuesIn(`==> /proc/812/limits <==\n${rows}`), want)
  assert.deepEqual(valuesIn(`# cat /proc/812/limits\n${rows}`), want)
})

test("counters of /proc/net stay with their names when a row is cut", () => {
  const { observations } = readText(
    "x",
    "Tcp: ActiveOpens PassiveOpens AttemptFails\nTcp: 5 6\n",
    READERS,
  )
  assert.deepEqual(valuesOf(observations), { TcpActiveOpens: 5, TcpPassiveOpens: 6 })
  const oddities = observations.flatMap((each) => (each.kind === "oddity" ? [each.name] : []))
  assert.deepEqual(oddities, ["row-truncated"])
})

test("a malformed value is named and not guessed", () => {
  const text = "net.ipv4.ip_local_port_range = 70000 10\nfs.file-nr = x\n"
  const { observations } = readText("x", text, READERS)
  assert.deepEqual(
    observations.map((each) => each.kind),
    ["oddity", "oddity"],
  )
})

test("big-endian /proc/net/tcp is recognised and said", () => {
  const observations = fixture("proc-net/s390x-tcp-big-endian.txt")
  const rows = observations.flatMap((o) =>
    o.kind === "socket" ? [`${o.state} ${o.local.address}`] : [],
  )
  assert.deepEqual(rows, [
    "LISTEN 0.0.0.0",
    "LISTEN 127.0.0.1",
    "TIME-WAIT 10.1.1.5",
    "SYN-SENT 10.1.1.5",
  ])
  assert.ok(observations.some((each) => each.kind === "oddity" && each.name === "encoding-guessed"))
})

test("/proc/net/tcp: queues, timers in hundredths, no backlog on a listener", () => {
  const rows = fixture("proc-net/linux6-tcp.txt").flatMap((o) => (o.kind === "socket" ? [o] : []))
  const listener = rows.find((row) => row.state === "LISTEN" && row.local.port === 8090)
  assert.deepEqual([listener?.receiveQueue, listener?.sendQueue], [3, undefined])
  const waiting = rows.find((row) => row.timer === "timewait")
  assert.ok((waiting?.expiresMs ?? 0) > 50_000 && (waiting?.expiresMs ?? 0) <= 60_000)
  const mapped = fixture("proc-net/linux6-tcp6.txt").flatMap((o) =>
    o.kind === "socket" ? [o] : [],
  )
  assert.ok(mapped.some((row) => row.local.address === "127.0.0.1"))
})
