/** Settings, counters and whole bundles of exported runs, through our own readers. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { HOST_PROFILES } from "../src/catalog/profiles.ts"
import type { Case, HostEvidence } from "../src/evidence/case.ts"
import type { BoxRecord, SocketRow } from "../src/sim/engine/simulated-run.ts"
import { exportsOf } from "../src/sim/export/exports.ts"
import type { ScenarioRule } from "../src/sim/scenario/scenario.ts"
import { caseOf, exported, hostOf, odditiesIn, recordingOf, START, textIn } from "./recordings.ts"

function settingsIn(read: Case): Readonly<Record<string, number | string>> {
  const all = read.hosts.flatMap((host) => [...host.settings.values()])
  return Object.fromEntries(all.map(({ name, value }) => [name, value]))
}

/** Counters of every moment: "60 TcpActiveOpens 5". */
function countersIn(host: HostEvidence | undefined): readonly string[] {
  return (host?.snapshots ?? []).flatMap(({ time = 0, counters }) =>
    [...counters.values()].map(({ name, value }) => `${time - START} ${name} ${value}`),
  )
}

function addressesIn(read: Case): readonly unknown[] {
  return read.hosts.flatMap((host) =>
    host.facts.filter(({ name }) => name === "address").map(({ data }) => data["address"]),
  )
}

test("settings of Linux come back: what was set, over what its kernel has", () => {
  const settings = { "net.ipv4.ip_local_port_range": "1024-2000", "net.ipv4.tcp_tw_reuse": 1 }
  const box: BoxRecord = {
    name: "own",
    at: "client",
    profileId: "netfilter",
    rows: [],
    flows: 3,
    flowsMax: 4096,
    counters: {},
  }
  const host = hostOf("linux-6.12", { settings, descriptors: 512, snapshots: [quiet(0)] })
  const read = exported(recordingOf({ hosts: [host], boxes: [box] }), "settings")
  const found = settingsIn(read)
  assert.equal(found["net.ipv4.ip_local_port_range"], "1024 2000")
  assert.equal(found["net.ipv4.tcp_tw_reuse"], 1)
  assert.equal(found["net.core.somaxconn"], 4096)
  assert.equal(found["net.netfilter.nf_conntrack_max"], 4096)
  assert.equal(found["nofile.soft"], 512)
  assert.ok(!("net.ipv4.tcp_mem" in found), "it depends on the machine's memory")
  assert.ok(read.hosts[0]?.systems.includes("linux 6.12.0"))
  assert.deepEqual(addressesIn(read), ["127.0.0.1", "10.1.1.5"])
  assert.deepEqual(odditiesIn(read), [])
})

test("the registry export has what was set and nothing else", () => {
  const settings = { TcpTimedWaitDelay: 30, MaxUserPort: 65_534, ReservedPorts: "1433-1434" }
  for (const [id, head] of [
    ["nt-4.0", "REGEDIT4"],
    ["xp-sp2", "Windows Registry Editor Version 5.00"],
  ] as const) {
    const recording = recordingOf({ hosts: [hostOf(id, { settings })] })
    const files = exportsOf(recording, { kinds: ["settings"] })
    assert.ok(textIn(files, "tcpip.reg").startsWith(`${head}\r\n`))
    const read = caseOf(files)
    assert.deepEqual(settingsIn(read), settings)
    assert.deepEqual(addressesIn(read), ["10.1.1.5"])
    assert.deepEqual(odditiesIn(read), [])
  }
  const bare = exportsOf(recordingOf({ hosts: [hostOf("xp-sp2")] }), { kinds: ["settings"] })
  assert.ok(bare.every(({ path }) => path !== "tcpip.reg"))
})

test("a value of another service stands under its key", () => {
  const settings = { MaxConnBackLog: 2000, EnableDynamicBacklog: 1 }
  const read = exported(recordingOf({ hosts: [hostOf("2003-sp1", { settings })] }), "settings")
  const keys = [...(read.hosts[0]?.settings.values() ?? [])].map(({ of = "" }) => of)
  assert.deepEqual(
    keys.map((key) => key.split("\\").at(-2)),
    ["NetBT", "AFD"],
  )
})

test("netsh shows the ports of Windows since Vista", () => {
  const settings = {
    "dynamicport.ipv4.tcp.start": 10_000,
    "dynamicport.ipv4.tcp.num": 1000,
    "excludedportrange.ipv4.tcp": "10000-10099,10200-10299",
  }
  const found = settingsIn(
    exported(recordingOf({ hosts: [hostOf("win10", { settings })] }), "settings"),
  )
  for (const [name, value] of Object.entries(settings)) assert.equal(found[name], value, name)
  assert.equal(found["MaxSynRetransmissions"], 2)
})

for (const { id, family, versions } of HOST_PROFILES) {
  test(`what ${id} says of itself is understood`, () => {
    const read = exported(recordingOf({ hosts: [hostOf(id)] }), "settings")
    const [host] = read.hosts
    const word = /^\S+(?: [\d.]+)?/.exec(versions)?.[0] ?? family
    const systems = host?.systems.join(", ") ?? ""
    if (family === "windows") assert.match(systems, new RegExp(`${word.replace(".", "\\.0*")}`))
    else assert.match(systems, new RegExp(family))
    assert.ok(addressesIn(read).includes("10.1.1.5"))
    assert.deepEqual(odditiesIn(read), [])
    assert.deepEqual(
      read.sources.filter(({ formats }) => formats.length === 0),
      [],
    )
  })
}

test("INI files of LAN Manager come back; without the utilities there is one", () => {
  const of = (settings: Record<string, number>) =>
    settingsIn(exported(recordingOf({ hosts: [hostOf("lanman-2.1", { settings })] }), "settings"))
  const full = of({ NBSESSIONS: 6, NUMSOCKETS: 4, NSESSIONS: 2 })
  assert.equal(full["NBSESSIONS"], 6)
  assert.equal(full["NUMSOCKETS"], 4)
  assert.equal(full["NSESSIONS"], 2)
  assert.ok(!("TCPCONNECTIONS" in full))
  const bare = of({ NUMSOCKETS: 0, NSESSIONS: 0, TCPCONNECTIONS: 9 })
  assert.ok(!("NUMSOCKETS" in bare))
  assert.equal(bare["TCPCONNECTIONS"], 9)
})

function quiet(timeSec: number, counters?: Readonly<Record<string, number>>) {
  const listener: SocketRow = {
    state: "LISTEN",
    localAddress: "0.0.0.0",
    localPort: 80,
    remoteAddress: "0.0.0.0",
    remotePort: 0,
    process: "nginx",
    acceptQueue: 129,
    backlog: 128,
  }
  return { timeSec, sockets: [listener], ...(counters === undefined ? {} : { counters }) }
}

test("counters of Linux: nothing at the start, then every reading", () => {
  const host = hostOf("linux-6.12", {
    snapshots: [quiet(30, { TcpActiveOpens: 2, "TcpExt.ListenDrops": 1 }), quiet(60)],
    counters: {
      "Tcp.ActiveOpens": 5,
      TcpExtListenDrops: 7,
      "sockstat.TCP.inuse": 9,
      "sockstat.TCP.tw": 3,
    },
  })
  const read = exported(recordingOf({ hosts: [host] }), "counters")
  assert.deepEqual(countersIn(read.hosts[0]), [
    "0 TcpActiveOpens 0",
    "0 TcpExtListenDrops 0",
    "30 TcpActiveOpens 2",
    "30 TcpExtListenDrops 1",
    "60 TcpActiveOpens 5",
    "60 TcpExtListenDrops 7",
    "60 sockstat.TCP.inuse 9",
    "60 sockstat.TCP.tw 3",
  ])
})

test("netstat -s of Windows and of the BSDs", () => {
  const counters = { TcpActiveOpens: 5, TcpAttemptFails: 2, TcpRetransSegs: 9 }
  for (const id of ["nt-4.0", "2019", "macos", "freebsd"]) {
    const read = exported(recordingOf({ hosts: [hostOf(id, { counters })] }), "counters")
    assert.deepEqual(
      countersIn(read.hosts[0]).filter((text) => text.startsWith("60")),
      ["60 TcpActiveOpens 5", "60 TcpAttemptFails 2", "60 TcpRetransSegs 9"],
      id,
    )
  }
})

const perSource: ScenarioRule = {
  kind: "count",
  over: 160,
  perSec: 60,
  burst: 5,
  per: "source",
  answer: "drop",
  icmpCode: 13,
  ports: [445, 139],
  from: ["client"],
  to: [],
}

test("a router's tracking and rules stand in a folder of its own", () => {
  const router: BoxRecord = {
    name: "gw",
    profileId: "netfilter",
    rows: [],
    flows: 4096,
    flowsMax: 4096,
    counters: { drop: 40, insertFailed: 2, "conntrack.early_drop": 1 },
    readings: [{ timeSec: 30, flows: 4000, counters: { drop: 4 }, packets: [3, 0] }],
    rules: [
      { rule: perSource, packets: 7 },
      { rule: { ...perSource, kind: "rate", per: "rule", over: 90, answer: "reset" }, packets: 2 },
    ],
  }
  const hosts = [hostOf("linux-6.12", { snapshots: [quiet(60)] })]
  const events = [{ timeSec: 31, on: "gw", source: "kernel", id: "conntrack-table-full" }]
  const recording = recordingOf({ hosts, boxes: [router], events })
  const read = caseOf(exportsOf(recording, { kinds: ["all"] }))
  assert.deepEqual(read.hosts.map(({ vantage }) => vantage).sort(), ["client-client", "router-gw"])
  const gateway = read.hosts.find(({ vantage }) => vantage === "router-gw")
  const counted = countersIn(gateway).filter((text) => /drop|count|failed/.test(text))
  assert.ok(counted.includes("0 conntrack.drop 0"))
  assert.ok(counted.includes("30 conntrack.drop 4"))
  assert.ok(counted.includes("60 conntrack.drop 40"))
  assert.ok(counted.includes("60 conntrack.insert_failed 2"))
  assert.ok(counted.includes("60 conntrack.count 4096"))
  assert.equal(gateway?.settings.get("net.netfilter.nf_conntrack_max")?.value, 4096)
  assert.deepEqual(
    gateway?.events.map(({ id, time }) => [id, time]),
    [["conntrack-table-full", START + 31]],
  )
  const rules = gateway?.snapshots.map((each) => each.rules.map(({ packets }) => packets))
  assert.deepEqual(rules, [
    [0, 0],
    [3, 0],
    [7, 2],
  ])
  const [count, rate] = gateway?.snapshots.at(-1)?.rules ?? []
  assert.match(
    count?.rule ?? "",
    /forward: ip saddr 10\.1\.1\.5 tcp dport \{ 445, 139 \} .*ct count over 160/,
  )
  assert.match(
    rate?.rule ?? "",
    /limit rate over 90\/minute burst 5 packets .*reject with tcp reset/,
  )
})

test("metrics of the clouds come back as counters and as the events they are", () => {
  const boxes = [
    ["aws-nat-gateway", { "aws.ErrorPortAllocation": 12, "aws.ActiveConnectionCount": 55_000 }],
    ["azure-nat-gateway", { "azure.SNATConnectionCount@Failed": 12 }],
    ["gcp-cloud-nat", { "gcp.nat/dropped_sent_packets_count@OUT_OF_RESOURCES": 12 }],
  ] as const
  const events = [
    ["aws ErrorPortAllocation 4", "aws ErrorPortAllocation 8"],
    ["azure snat-failed 4", "azure snat-failed 8"],
    ["gcp-nat out-of-resources 4", "gcp-nat out-of-resources 8"],
  ]
  for (const [index, [profileId, counters]] of boxes.entries()) {
    const third = Object.entries(counters).map(([name, value]) => [name, value > 12 ? 9 : 4])
    const readings = [{ timeSec: 20, flows: 1, counters: Object.fromEntries(third) }]
    const box = { name: "nat01", profileId, rows: [], flows: 9, counters, readings }
    const read = exported(recordingOf({ boxes: [box] }), "counters")
    assert.deepEqual(
      read.hosts[0]?.events.map(({ source, id, data }) => `${source} ${id} ${data?.["count"]}`),
      events[index],
    )
    assert.deepEqual(odditiesIn(read), [])
  }
})

test("what a run's translator refused has each cloud's own name", () => {
  for (const [profileId, name] of [
    ["aws-nat-gateway", "aws.ErrorPortAllocation"],
    ["azure-nat-gateway", "azure.SNATConnectionCount"],
    ["azure-lb", "azure.SnatConnectionCount"],
    ["gcp-cloud-nat", "gcp.nat/dropped_sent_packets_count"],
  ] as const) {
    const counters = { "nat-ports refused": 31 }
    const box = { name: "nat01", profileId, rows: [], flows: 9, counters }
    const read = exported(recordingOf({ boxes: [box] }), "counters")
    assert.ok(
      countersIn(read.hosts[0]).some((text) => text.endsWith(` ${name} 31`)),
      profileId,
    )
    assert.equal(read.hosts[0]?.events.length, 1)
  }
})

test("of two readings in one second the later one is written", () => {
  const snapshots = [quiet(0.2, { TcpActiveOpens: 1 }), quiet(0.8, { TcpActiveOpens: 2 })]
  const host = hostOf("linux-6.12", { snapshots, counters: { TcpActiveOpens: 2 } })
  const files = exportsOf(recordingOf({ hosts: [host] }), { kinds: ["ss", "counters"] })
  assert.deepEqual(
    files.map(({ path }) => path),
    ["ss-20260105T090000Z.txt", "nstat-20260105T090000Z.txt"],
  )
  assert.match(textIn(files, "nstat-20260105T090000Z.txt"), /TcpActiveOpens +2 /)
})

test("exports are of the machine that was asked for, and are the same every time", () => {
  const machine = (index: number) => ({
    ...hostOf("linux-6.12", { snapshots: [quiet(5)] }),
    name: `web[${index}]`,
    address: `10.1.1.${index + 5}`,
  })
  const attempts = [0, 1, 2].map((index) => ({
    timeSec: index,
    application: "pool",
    on: `web[${index}]`,
    from: `10.1.1.${index + 5}`,
    to: "10.9.0.1",
    port: 80,
    ok: true,
    ms: 1,
  }))
  const server = { ...hostOf("linux-6.12"), name: "db", address: "10.9.0.1" }
  const hosts = [server, machine(0), machine(1), machine(2)]
  const recording = recordingOf({ hosts, attempts })
  const pathsOf = (host: string, kind: "log" | "all") =>
    exportsOf(recording, { kinds: [kind], host }).map(({ path }) => path)
  assert.deepEqual(pathsOf("web[1]", "log"), ["client.log"])
  const of = (host: string) => caseOf(exportsOf(recording, { kinds: ["log"], host })).hosts[0]
  assert.deepEqual(
    of("web[1]")?.attempts.map(({ time = 0 }) => (time - START).toFixed(3)),
    ["1.001"],
  )
  assert.deepEqual(
    of("web")?.attempts.map(({ time = 0 }) => (time - START).toFixed(3)),
    ["0.001"],
  )
  const folders = new Set(pathsOf("web[2]", "all").map((path) => path.split("/")[0]))
  assert.deepEqual([...folders], ["client-web2", "target-db"])
  const bytes = () =>
    exportsOf(recording, { kinds: ["all"] }).map(({ path, content }) => [path, [...content].join()])
  assert.deepEqual(bytes(), bytes())
})
