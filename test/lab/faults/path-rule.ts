/**
 * Faults of a middlebox that does not count: denied by rule in each of the usual ways, flows forgotten while
 * idle, packets lost, full-size packets lost. sch_netem is often missing, so loss is nftables' numgen.
 */
import {
  both,
  client,
  type Fault,
  fault,
  filterRules,
  provenByCounters,
  provenByLog,
  type Started,
  serve,
  targetsAt,
} from "../fault.ts"
import type { Lab } from "../network.ts"
import type { Random } from "../random.ts"

const drawDenied = (random: Random) => ({
  port: random.integer(2_000, 9_000),
  perSec: random.integer(3, 15),
  goodPerSec: random.integer(2, 20),
  timeoutMs: random.integer(2_000, 5_000),
})

type Denied = ReturnType<typeof drawDenied>

/** One port is denied; another port of the same server goes on well. */
async function denied(
  lab: Lab,
  p: Denied,
  verdict: string,
  wanted: Readonly<Record<string, number>>,
): Promise<Started> {
  const ports = [p.port, p.port + 1]
  await lab.nft(lab.router, filterRules("forward", [`tcp dport ${p.port} ${verdict}`]))
  await serve(lab, [{ address: "0.0.0.0", ports, behaviour: { kind: "echo" } }])
  const { server } = lab.address
  const { timeoutMs, perSec: ratePerSec } = p
  const log = await client(lab, [
    { kind: "connect", targets: targetsAt(server, p.port), ratePerSec, timeoutMs },
    {
      kind: "connect",
      targets: targetsAt(server, p.port + 1),
      ratePerSec: p.goodPerSec,
      holdMs: [100, 2_000],
      talk: { bytes: [100, 1000], everyMs: 300, timeoutMs: 3_000 },
    },
  ])
  return both(provenByLog(log, { ok: 5 }), provenByCounters(lab, log, wanted))
}

const POLICIES: readonly Fault[] = [
  fault({
    id: "policy-reset",
    expected: "firewall-policy",
    accepted: {
      answers: ["target-refused"],
      because: "a reset by a rule and a reset by a closed port are the same packet to the client",
    },
    parameters: drawDenied,
    describe: (p) => `the router answers SYNs to port ${p.port} with a reset`,
    start: (lab, p) => denied(lab, p, "reject with tcp reset", { TcpAttemptFails: 10 }),
  }),
  fault({
    id: "policy-silent",
    expected: "firewall-policy",
    accepted: {
      answers: ["target-silent"],
      because: "a silent rule and a silent target are the same absence of packets to the client",
    },
    parameters: drawDenied,
    describe: (p) => `the router drops port ${p.port} silently`,
    settleMs: 4_000,
    start: (lab, p) => denied(lab, p, "drop", { TcpExtTCPSynRetrans: 10 }),
  }),
  fault({
    id: "policy-admin-prohibited",
    expected: "firewall-policy",
    accepted: {
      answers: ["path-unreachable"],
      because: "the kernel's counters hold no ICMP codes",
    },
    parameters: drawDenied,
    describe: (p) => `the router rejects port ${p.port} with ICMP admin-prohibited`,
    settleMs: 3_000,
    start: (lab, p) =>
      denied(lab, p, "reject with icmp type admin-prohibited", { IcmpInDestUnreachs: 3 }),
  }),
  fault({
    id: "policy-host-prohibited",
    expected: "firewall-policy",
    accepted: {
      answers: ["path-unreachable"],
      because: "the kernel's counters hold no ICMP codes",
    },
    parameters: drawDenied,
    describe: (p) => `the router rejects port ${p.port} with ICMP host-prohibited`,
    settleMs: 3_000,
    start: (lab, p) =>
      denied(lab, p, "reject with icmp type host-prohibited", { IcmpInDestUnreachs: 3 }),
  }),
  fault({
    id: "policy-port-unreachable",
    expected: "firewall-policy",
    accepted: {
      answers: ["target-refused", "path-unreachable"],
      because: "the kernel's counters hold no ICMP codes, and the program sees ECONNREFUSED",
    },
    parameters: drawDenied,
    describe: (p) => `the router rejects port ${p.port} with ICMP port-unreachable`,
    settleMs: 3_000,
    start: (lab, p) =>
      denied(lab, p, "reject with icmp type port-unreachable", { IcmpInDestUnreachs: 3 }),
  }),
]

const PATHS: readonly Fault[] = [
  fault({
    id: "idle-timeout",
    expected: "firewall-idle-timeout",
    parameters: (random) => ({
      port: random.integer(2_000, 9_000),
      idleSeconds: random.integer(2, 4),
      keep: random.integer(20, 80),
      timeoutMs: random.integer(8_000, 15_000),
    }),
    describe: (p) => `the router forgets flows idle for ${p.idleSeconds} s, ${p.keep} connections`,
    settleMs: 3_000,
    start: async (lab, p) => {
      const rule = "ct state invalid drop\nct state new tcp flags & (syn|ack) != syn drop"
      await lab.nft(lab.router, filterRules("forward", [rule]))
      await lab.sysctl(lab.router, {
        "net.netfilter.nf_conntrack_tcp_loose": 0,
        "net.netfilter.nf_conntrack_tcp_timeout_established": p.idleSeconds,
      })
      await serve(lab, [{ address: "0.0.0.0", ports: [p.port], behaviour: { kind: "echo" } }])
      const everyMs = p.idleSeconds * 1000 + 1500
      const talk = { bytes: [200], everyMs, idleFirst: true, timeoutMs: p.timeoutMs }
      const targets = targetsAt(lab.address.server, p.port)
      const busy = { bytes: [200], everyMs: 300, timeoutMs: 3_000 }
      const log = await client(lab, [
        { kind: "connect", targets, ratePerSec: p.keep / 3, keep: p.keep, talk },
        { kind: "connect", targets, ratePerSec: 5, holdMs: [1_000, 2_000], talk: busy },
      ])
      return provenByCounters(lab, log, { TcpExtTCPTimeouts: 5 })
    },
  }),
  fault({
    id: "loss",
    expected: "path-loss",
    parameters: (random) => ({
      port: random.integer(2_000, 9_000),
      percent: random.integer(25, 35),
      keep: random.integer(20, 60),
      bytes: random.integer(2_000, 30_000),
    }),
    describe: (p) => `${p.percent} % of packets lost in each direction`,
    settleMs: 3_000,
    start: async (lab, p) => {
      const rule = `meta l4proto tcp numgen random mod 100 < ${p.percent} drop`
      await lab.nft(lab.router, filterRules("forward", [rule]))
      await serve(lab, [{ address: "0.0.0.0", ports: [p.port], behaviour: { kind: "echo" } }])
      const targets = targetsAt(lab.address.server, p.port)
      const talk = { bytes: [p.bytes, 300], everyMs: 200, timeoutMs: 15_000 }
      const { keep } = p
      const log = await client(lab, [
        { kind: "connect", targets, ratePerSec: 15, keep, holdMs: [2_000, 6_000], talk },
      ])
      const counted = provenByCounters(lab, log, { TcpExtTCPSynRetrans: 10, TcpRetransSegs: 50 })
      return both(provenByLog(log, { "request ok": 5 }), counted)
    },
  }),
  fault({
    id: "mtu",
    expected: "path-mtu",
    parameters: (random) => ({
      port: random.integer(2_000, 9_000),
      mtu: random.integer(600, 1_450),
      keep: random.integer(10, 40),
      bytes: random.integer(4_000, 60_000),
      timeoutMs: random.integer(6_000, 12_000),
    }),
    describe: (p) => `packets over ${p.mtu} bytes vanish without ICMP`,
    settleMs: 4_000,
    start: async (lab, p) => {
      await lab.nft(lab.router, filterRules("forward", [`ip length > ${p.mtu} drop`]))
      await serve(lab, [{ address: "0.0.0.0", ports: [p.port], behaviour: { kind: "echo" } }])
      const targets = targetsAt(lab.address.server, p.port)
      const talk = { bytes: [100, 200, p.bytes], everyMs: 300, timeoutMs: p.timeoutMs }
      const log = await client(lab, [
        { kind: "connect", targets, ratePerSec: 10, keep: p.keep, talk },
      ])
      const counted = provenByCounters(lab, log, { TcpExtTCPTimeouts: 10 })
      return both(provenByLog(log, { ok: 10, "request ok": 10 }), counted)
    },
  }),
]

/** The faults of a middlebox that does not count. */
export const PATH_RULE_FAULTS: readonly Fault[] = [...POLICIES, ...PATHS]
