import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { formatEndpoint } from "../model/fourtuple.ts"
import type { Observation } from "../model/observation.ts"
import { READERS } from "./readers.ts"
import { type Reading, readText } from "./reading.ts"

function read(path: string): Reading {
  const url = new URL(`../../test/fixtures/${path}`, import.meta.url)
  return readText(path, readFileSync(url), READERS)
}

function flowsOf(observations: readonly Observation[]): readonly string[] {
  return observations.flatMap((each) => {
    if (each.kind !== "flow") return []
    const nat = each.replyTo === undefined ? "" : ` nat ${formatEndpoint(each.replyTo)}`
    const flags = `${each.assured ? " assured" : ""}${each.unreplied ? " unreplied" : ""}`
    const head = `${each.protocol} ${each.state ?? "-"} ${each.expiresSec ?? "-"}`
    return [`${head} ${formatEndpoint(each.from)}>${formatEndpoint(each.to)}${nat}${flags}`]
  })
}

test("conntrack -L on a NAT gateway", () => {
  assert.deepEqual(flowsOf(read("conntrack/centos7-nat-gateway.txt").observations), [
    "tcp ESTABLISHED 431999 192.168.10.21:51544>203.0.113.80:443 nat 198.51.100.7:51544 assured",
    "tcp TIME_WAIT 118 192.168.10.22:51544>203.0.113.80:443 nat 198.51.100.7:1024 assured",
    "tcp SYN_SENT 100 192.168.10.23:40001>203.0.113.81:445 nat 198.51.100.7:40001 unreplied",
    "udp - 28 192.168.10.21:40771>192.0.2.53:53 nat 198.51.100.7:40771",
    "icmp - 29 192.168.10.21:*>192.0.2.1:* nat 198.51.100.7:*",
    "tcp OFFLOAD - 192.168.10.24:40002>203.0.113.80:443 nat 198.51.100.7:40002",
    "unknown - 580 192.168.10.1:*>224.0.0.1:* unreplied",
  ])
})

test("the same table in four layouts is the same flows", () => {
  const want = flowsOf(read("conntrack/debian12-list.txt").observations)
  assert.equal(want.length, 17)
  for (const name of ["debian12-extended", "debian12-id", "linux6-proc-nf_conntrack"]) {
    assert.deepEqual(flowsOf(read(`conntrack/${name}.txt`).observations), want, name)
  }
})

test("conntrack -E tells each flow once, in its last state", () => {
  const { observations, sections } = read("conntrack/debian12-events.txt")
  assert.deepEqual(flowsOf(observations), [
    "tcp CLOSE_WAIT 60 127.0.0.1:47588>127.0.0.1:8080 nat 192.0.2.10:40007 assured",
    "tcp CLOSE 120 127.0.0.1:59328>127.0.0.1:9 unreplied",
    "tcp SYN_SENT 120 10.77.0.1:44902>10.77.0.9:80 unreplied",
  ])
  assert.equal(sections[0]?.format, "conntrack-events")
  const [first] = observations.filter(({ kind }) => kind === "flow")
  assert.equal(first?.time, 1_795_209_073.319069)
})

test("a flow cut in the middle is named", () => {
  const line = "tcp      6 431999 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0"
  const { observations } = readText("x", line, READERS)
  assert.deepEqual(
    observations.map((each) => each.kind),
    ["oddity", "flow"],
  )
})

function rulesOf(path: string): readonly string[] {
  return read(path).observations.flatMap((each) =>
    each.kind === "log" ? [`${each.action} ${each.packets ?? "-"} ${each.rule}`] : [],
  )
}

test("nft: only the rules that hold back, with the hooks they are reached from", () => {
  assert.deepEqual(rulesOf("nft/router-user-chains.txt"), [
    "drop - inet fw forward: policy drop",
    "drop 340 inet fw per_source (forward): ct state new add @limited { ip saddr ct count over 160 } counter packets 340 bytes 20400 drop",
    "reject 17 inet fw per_source (forward): ct state new limit rate over 600/minute burst 5 packets counter packets 17 bytes 1020 reject with icmpx admin-prohibited",
    'masquerade 991 ip nat post (postrouting): oifname "wan0" counter packets 991 bytes 59460 masquerade to :40000-40010',
  ])
})

test("iptables-save: counters, policies, user chains", () => {
  assert.deepEqual(rulesOf("iptables/ubuntu20-save-counters.txt"), [
    "masquerade 991 nat POSTROUTING: -s 10.0.0.0/8 -o wan0 -j MASQUERADE --to-ports 40000-40010",
    "drop 5 filter INPUT: policy DROP",
    "drop 12 filter OUTPUT: -d 10.9.9.9/32 -p tcp -m tcp --dport 80 -j DROP",
    "reject 44 filter quota (forward): -p tcp -m connlimit --connlimit-above 160 --connlimit-mask 32 --connlimit-saddr -j REJECT --reject-with tcp-reset",
    "drop 3 filter quota (forward): -m hashlimit --hashlimit-above 600/min --hashlimit-mode srcip --hashlimit-name q -j DROP",
  ])
})

test("iptables -L -n -v", () => {
  const rules = rulesOf("iptables/centos7-list-verbose.txt")
  assert.deepEqual(
    rules.map((rule) => rule.replace(/(.{44}).*/, "$1")),
    [
      "drop 5 filter INPUT: policy DROP",
      "reject 12 filter INPUT: REJECT tcp -- * * 0.",
      "drop 3000 filter quota (forward): DROP all -",
    ],
  )
})

function factsOf(path: string): readonly string[] {
  return read(path).observations.flatMap((each) =>
    each.kind === "fact" ? [`${each.name} ${Object.values(each.data).join(" ")}`] : [],
  )
}

const addresses = [
  "address 127.0.0.1 ipv4 lo 8",
  "address 192.0.2.10 ipv4 lo 32",
  "address 2001:db8::10 ipv6 lo 128",
  "address ::1 ipv6 lo 128",
]
for (const name of ["addr", "brief", "one-line", "addr-json"]) {
  test(`ip ${name}: addresses with their interface`, () => {
    assert.deepEqual(factsOf(`ip/debian12-${name}.txt`).slice(0, 4), addresses)
  })
}

test("ip route: gateways, refused destinations; ip neigh: who does not answer", () => {
  assert.deepEqual(factsOf("ip/fedora-route-refused.txt"), [
    "route default 10.0.0.1 eth0 10.0.0.5 100",
    "route 10.0.0.0/24 eth0 10.0.0.5 100",
    "route 10.9.0.0/16 unreachable",
    "route 192.0.2.0/24 blackhole",
    "route 198.51.100.0/24 20",
  ])
  assert.deepEqual(factsOf("ip/ubuntu-neigh-failed.txt"), [
    "route 10.0.0.9 eth0 FAILED",
    "route 10.0.0.10 eth0 INCOMPLETE",
  ])
})

const ifconfigs: readonly (readonly [string, readonly string[]])[] = [
  [
    "centos7",
    ["10.0.0.5 ipv4 eth0 24", "fe80::5054:ff:fe12:3456 ipv6 eth0 64", "127.0.0.1 ipv4 lo 8"],
  ],
  [
    "centos5",
    ["10.0.0.5 ipv4 eth0 24", "fe80::216:3eff:fe12:3456 ipv6 eth0 64", "10.0.0.6 ipv4 eth0:1 24"],
  ],
  [
    "macos14",
    [
      "127.0.0.1 ipv4 lo0 8",
      "::1 ipv6 lo0 128",
      "fe80::1%lo0 ipv6 lo0 64",
      "192.168.1.23 ipv4 en0 24",
    ],
  ],
]
for (const [name, want] of ifconfigs) {
  test(`ifconfig of ${name}`, () => {
    assert.deepEqual(
      factsOf(`ifconfig/${name}.txt`),
      want.map((fact) => `address ${fact}`),
    )
  })
}

test("a transcript: dates and hosts are marked, bare values are read for their commands", () => {
  const { sections, observations, summary } = read("transcript/debian11-session.txt")
  assert.equal(summary.linesUnread, 0)
  const [first] = sections
  assert.equal(first?.mark.time, Date.UTC(2026, 10, 20, 20, 52, 46) / 1000)
  assert.deepEqual([first?.mark.host, first?.mark.system], ["web01", "linux 5.10.0-28-amd64"])
  assert.ok(sections.some((each) => each.mark.time === Date.UTC(2026, 10, 20, 20, 53, 46) / 1000))
  const states = observations.flatMap((each) => (each.kind === "socket" ? [each.state] : []))
  assert.deepEqual(states, ["TIME-WAIT", "TIME-WAIT"])
  const values = observations.flatMap((each) =>
    each.kind === "setting" || (each.kind === "counter" && each.name === "conntrack.count")
      ? [`${each.name} ${each.value}`]
      : [],
  )
  assert.deepEqual(values, [
    "net.ipv4.ip_local_port_range 32768 60999",
    "conntrack.count 1234",
    "net.netfilter.nf_conntrack_max 262144",
    "nofile.soft 1024",
    "conntrack.count 17",
    "net.ipv4.tcp_tw_reuse 2",
    "nofile.soft 1024",
    "nofile.hard 524288",
  ])
})

const dates: readonly string[] = [
  "Fri Nov 20 20:52:46 UTC 2026",
  "Fri Nov 20 21:52:46 CET 2026",
  "Fri Nov 20 08:52:46 PM UTC 2026",
  "Fri 20 Nov 2026 08:52:46 PM UTC",
  "2026-11-20T20:52:46+00:00",
  "2026-11-20 20:52:46",
  "===== 2026-11-20T20:52:46Z =====",
  "zzz ***Fri Nov 20 20:52:46 UTC 2026",
  "Date: Fri, 20 Nov 2026 20:52:46 +0000",
  "1795207966",
]
for (const line of dates) {
  test(`a line with nothing but a date is a time: ${line}`, () => {
    const { sections } = readText("x.txt", `${line}\n`, READERS)
    assert.equal(sections[0]?.mark.time, 1_795_207_966)
  })
}

test("prose with a date is no time stamp of what follows", () => {
  const { sections } = readText("x.txt", "It broke on 2026-11-20 20:52:46 for all\n", READERS)
  assert.ok(sections.every((each) => each.mark.time === undefined))
})
