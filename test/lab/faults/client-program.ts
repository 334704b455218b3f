/**
 * Faults of the client machine that are not its ports: descriptors, leaks, the TIME-WAIT table, its own
 * rules, addresses, routes and names. `nf_conntrack_max` is read-only in a namespace (Linux 6.18), so a full
 * local conntrack table cannot be had here without filling the host's; local rules that drop stand for it.
 */
import {
  both,
  client,
  type Fault,
  fault,
  filterRules,
  provenByCounters,
  provenByLog,
  serve,
  targetsAt,
} from "../fault.ts"
import type { Lab } from "../network.ts"
import type { Random } from "../random.ts"
import type { Behaviour } from "../workload-plan.ts"

const drawPort = (random: Random): number => random.integer(2_000, 9_000)

const listen = (lab: Lab, port: number, behaviour: Behaviour = { kind: "hold" }): Promise<void> =>
  serve(lab, [{ address: "0.0.0.0", ports: [port], behaviour }])

/** The faults of the client's programs, rules, addresses and names. */
export const CLIENT_PROGRAM_FAULTS: readonly Fault[] = [
  fault({
    id: "descriptors",
    expected: "file-descriptors",
    parameters: (random) => ({
      port: drawPort(random),
      descriptors: random.integer(64, 400),
      perSec: random.integer(20, 100),
    }),
    describe: (p) => `a program with RLIMIT_NOFILE ${p.descriptors}`,
    start: async (lab, p) => {
      await listen(lab, p.port)
      const targets = targetsAt(lab.address.server, p.port)
      const tasks = [{ kind: "connect", targets, ratePerSec: p.perSec }] as const
      const log = await client(lab, tasks, { descriptors: p.descriptors })
      return provenByLog(log, { EMFILE: 10 })
    },
  }),
  fault({
    id: "close-wait-leak",
    expected: "application-leak",
    parameters: (random) => ({
      port: drawPort(random),
      perSec: random.integer(5, 40),
      afterMs: random.integer(50, 500),
    }),
    describe: (p) =>
      `the server closes after ${p.afterMs} ms, the program never does, ${p.perSec}/s`,
    settleMs: 4000,
    start: async (lab, p) => {
      await listen(lab, p.port, { kind: "close", afterMs: p.afterMs })
      const targets = targetsAt(lab.address.server, p.port)
      const log = await client(lab, [
        { kind: "connect", targets, ratePerSec: p.perSec, close: "never" },
      ])
      return provenByLog(log, { ok: 20 })
    },
  }),
  fault({
    id: "time-wait-table",
    expected: "time-wait-table",
    parameters: (random) => ({
      port: drawPort(random),
      buckets: random.integer(20, 300),
      perSec: random.integer(60, 200),
    }),
    describe: (p) => `tcp_max_tw_buckets ${p.buckets} at ${p.perSec}/s`,
    start: async (lab, p) => {
      await lab.sysctl(lab.client, { "net.ipv4.tcp_max_tw_buckets": p.buckets })
      await listen(lab, p.port)
      const targets = targetsAt(lab.address.server, p.port)
      const log = await client(lab, [
        { kind: "connect", targets, ratePerSec: p.perSec, holdMs: [0, 50] },
      ])
      return provenByCounters(lab, log, { TcpExtTCPTimeWaitOverflow: 30 })
    },
  }),
  fault({
    id: "local-drop",
    expected: "local-firewall",
    parameters: (random) => ({
      port: drawPort(random),
      perSec: random.integer(2, 10),
      timeoutMs: random.integer(2_500, 5_000),
    }),
    describe: (p) => `the client's own output rule drops port ${p.port}`,
    start: async (lab, p) => {
      await lab.nft(lab.client, filterRules("output", [`tcp dport ${p.port} drop`]))
      await listen(lab, p.port)
      const targets = targetsAt(lab.address.server, p.port)
      const { perSec: ratePerSec, timeoutMs } = p
      const log = await client(lab, [{ kind: "connect", targets, ratePerSec, timeoutMs }])
      return provenByCounters(lab, log, { TcpExtTCPRetransFail: 5 })
    },
  }),
  fault({
    id: "local-count",
    expected: "local-firewall",
    parameters: (random) => ({
      port: drawPort(random),
      most: random.integer(10, 150),
      perSec: random.integer(20, 60),
    }),
    describe: (p) => `the client's own rule: ct count over ${p.most} drop`,
    start: async (lab, p) => {
      const rule = `tcp flags & (syn|ack) == syn ct state new ct count over ${p.most} drop`
      await lab.nft(lab.client, filterRules("output", [rule]))
      await listen(lab, p.port)
      const targets = targetsAt(lab.address.server, p.port)
      const keep = p.most + 20
      const holdMs = [4_000, 12_000] as const
      const log = await client(lab, [
        { kind: "connect", targets, ratePerSec: p.perSec, keep, holdMs, timeoutMs: 4_000 },
      ])
      return provenByCounters(lab, log, { TcpExtTCPRetransFail: 10 })
    },
  }),
  fault({
    id: "no-source-address",
    expected: "source-address",
    logOnly: "a bind() to an address the host does not own moves no counter and leaves no socket",
    parameters: (random) => ({ port: drawPort(random), perSec: random.integer(2, 20) }),
    describe: () => "a program binds to an address this host does not have",
    start: async (lab, p) => {
      await listen(lab, p.port)
      const targets = targetsAt(lab.address.server, p.port)
      const localAddress = lab.address.absentOnLink
      const log = await client(lab, [
        { kind: "connect", targets, ratePerSec: p.perSec, localAddress },
      ])
      return provenByLog(log, { EADDRNOTAVAIL: 10 })
    },
  }),
  fault({
    id: "no-route",
    expected: "path-unreachable",
    accepted: {
      answers: ["source-address"],
      because: "without a route there is no source address",
    },
    parameters: (random) => ({ port: drawPort(random), perSec: random.integer(2, 20) }),
    describe: () => "the client has no default route",
    start: async (lab, p) => {
      await lab.exec(lab.client, ["ip", "route", "del", "default"])
      const targets = targetsAt(lab.address.server, p.port)
      const log = await client(lab, [{ kind: "connect", targets, ratePerSec: p.perSec }])
      const counted = provenByCounters(lab, log, { IpOutNoRoutes: 10 })
      return both(provenByLog(log, { ENETUNREACH: 10 }), counted)
    },
  }),
  fault({
    id: "names",
    expected: "name-resolution",
    parameters: (random) => ({ port: drawPort(random), perSec: random.integer(1, 4) }),
    describe: () => "the name server never answers",
    start: async (lab, p) => {
      await lab.nft(lab.server, filterRules("input", ["udp dport 53 drop"]))
      lab.writeResolver(`nameserver ${lab.address.second}\noptions timeout:1 attempts:2\n`)
      await listen(lab, p.port)
      const targets = targetsAt("db.lab.example", p.port)
      const log = await client(lab, [{ kind: "connect", targets, ratePerSec: p.perSec }])
      return provenByLog(log, { EAI_AGAIN: 2 })
    },
  }),
]
