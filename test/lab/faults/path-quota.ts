/**
 * Faults of a middlebox that counts: per-source concurrency, rate and embryonic limits, a flow table whose
 * rows outlive connections, and a NAT with few ports. The router is nftables; what its limits really do
 * (ct count skips TIME-WAIT, a full dynamic set fails open, SNAT probes) is in nft(8) and nf_nat_core.c.
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

const newSyn = 'iifname "inside" tcp flags & (syn|ack) == syn'
const perSource = "set sources { type ipv4_addr; size 1024; flags dynamic; }"

type Concurrent = { readonly port: number; readonly most: number; readonly perSec: number }

const drawConcurrent = (random: Random) => ({
  port: random.integer(2_000, 9_000),
  most: random.integer(20, 200),
  perSec: random.integer(20, 60),
  timeoutMs: random.integer(2_000, 5_000),
})

const drawRate = (random: Random) => ({
  port: random.integer(2_000, 9_000),
  most: random.integer(3, 25),
  burst: random.integer(2, 30),
  timeoutMs: random.integer(1_500, 4_000),
})

/** More connections wanted than allowed; some end all the time, so the limit is met again and again. */
async function crowd(lab: Lab, p: Concurrent & { readonly timeoutMs: number }): Promise<Started> {
  const targets = targetsAt(lab.address.server, p.port, p.port + 1)
  const ports = targets.map((target) => target.port)
  await serve(lab, [{ address: "0.0.0.0", ports, behaviour: { kind: "echo" } }])
  const log = await client(lab, [
    {
      kind: "connect",
      targets,
      ratePerSec: Math.max(p.perSec, p.most / 3),
      keep: p.most + 25,
      holdMs: [5_000, 20_000],
      timeoutMs: p.timeoutMs,
      talk: { bytes: [100, 400], everyMs: 700, timeoutMs: 5_000 },
    },
  ])
  return provenByLog(log, { ok: Math.floor(p.most * 0.8) })
}

/** Short connections at three times the allowed rate. */
async function rush(
  lab: Lab,
  p: { readonly port: number; readonly most: number; readonly timeoutMs: number },
): Promise<Started> {
  const targets = targetsAt(lab.address.server, p.port)
  await serve(lab, [{ address: "0.0.0.0", ports: [p.port], behaviour: { kind: "echo" } }])
  const { timeoutMs } = p
  const log = await client(lab, [
    { kind: "connect", targets, ratePerSec: p.most * 3, holdMs: [20, 200], timeoutMs },
  ])
  return provenByLog(log, { ok: 10 })
}

const quota = (verdict: string, most: number): string =>
  filterRules(
    "forward",
    [`${newSyn} ct state new add @sources { ip saddr ct count over ${most} } ${verdict}`],
    [perSource],
  )

const pace = (verdict: string, most: number, burst: number): string => {
  const limit = `limit rate over ${most}/second burst ${burst} packets`
  return filterRules(
    "forward",
    [`${newSyn} add @sources { ip saddr ${limit} } ${verdict}`],
    [perSource],
  )
}

const resets = "reject with tcp reset"

/** Per-source limits by number and by rate. */
const SOURCE_LIMITS: readonly Fault[] = [
  fault({
    id: "concurrent-drop",
    expected: "firewall-concurrent",
    parameters: drawConcurrent,
    describe: (p) => `the router drops new connections of a source over ${p.most} at once`,
    settleMs: 4_000,
    start: async (lab, p) => {
      await lab.nft(lab.router, quota("drop", p.most))
      const started = await crowd(lab, p)
      return both(started, provenByCounters(lab, started.log, { TcpExtTCPSynRetrans: 20 }))
    },
  }),
  fault({
    id: "concurrent-reset",
    expected: "firewall-concurrent",
    parameters: drawConcurrent,
    describe: (p) => `the router resets new connections of a source over ${p.most} at once`,
    settleMs: 3_000,
    start: async (lab, p) => {
      await lab.nft(lab.router, quota(resets, p.most))
      const started = await crowd(lab, p)
      return both(started, provenByLog(started.log, { ECONNREFUSED: 20 }))
    },
  }),
  fault({
    id: "rate-drop",
    expected: "firewall-rate",
    parameters: drawRate,
    describe: (p) => `the router drops SYNs of a source over ${p.most}/s, burst ${p.burst}`,
    settleMs: 5_000,
    start: async (lab, p) => {
      await lab.nft(lab.router, pace("drop", p.most, p.burst))
      const started = await rush(lab, p)
      return both(started, provenByCounters(lab, started.log, { TcpExtTCPSynRetrans: 10 }))
    },
  }),
  fault({
    id: "rate-reset",
    expected: "firewall-rate",
    parameters: drawRate,
    describe: (p) => `the router resets SYNs of a source over ${p.most}/s, burst ${p.burst}`,
    settleMs: 3_000,
    start: async (lab, p) => {
      await lab.nft(lab.router, pace(resets, p.most, p.burst))
      const started = await rush(lab, p)
      return both(started, provenByLog(started.log, { ECONNREFUSED: 10 }))
    },
  }),
]

/** Tables that keep rows: embryonic slots, flows that outlive connections. */
const TABLES: readonly Fault[] = [
  fault({
    id: "embryonic",
    expected: "firewall-embryonic",
    accepted: {
      answers: ["firewall-rate"],
      because:
        "slots that dead targets hold for a fixed time let through a fixed number per second",
    },
    parameters: (random) => ({
      port: random.integer(2_000, 9_000),
      most: random.integer(6, 30),
      perSec: random.integer(20, 50),
      deadInTen: random.integer(2, 5),
      timeoutMs: random.integer(3_000, 5_000),
    }),
    describe: (p) =>
      `the router allows ${p.most} unanswered SYNs; ${p.deadInTen} of 10 targets are dead`,
    settleMs: 5_000,
    start: async (lab, p) => {
      await lab.nft(lab.router, embryonicRules(p.most))
      await lab.sysctl(lab.router, {
        "net.netfilter.nf_conntrack_tcp_timeout_syn_recv": 0,
        "net.netfilter.nf_conntrack_tcp_timeout_syn_sent": 3,
      })
      const targets = await sweepTargets(lab, p.port, p.deadInTen)
      await serve(lab, [{ address: "0.0.0.0", ports: [p.port], behaviour: { kind: "echo" } }])
      const { perSec: ratePerSec, timeoutMs } = p
      const log = await client(lab, [
        { kind: "connect", targets, ratePerSec, holdMs: [500, 2_000], timeoutMs },
      ])
      const counted = provenByCounters(lab, log, { TcpExtTCPSynRetrans: 3 * p.most })
      return both(provenByLog(log, { ok: 5, ETIMEDOUT: p.most }), counted)
    },
  }),
  fault({
    id: "flow-table",
    expected: "path-conntrack",
    accepted: {
      answers: ["nat-ports", "firewall-concurrent"],
      because:
        "one client cannot tell a full table from its own share of one, or a row from a NAT's port",
    },
    parameters: (random) => ({
      port: random.integer(2_000, 9_000),
      rows: random.integer(60, 300),
      rowSeconds: random.integer(30, 90),
      perSec: random.integer(20, 60),
      timeoutMs: random.integer(2_000, 5_000),
    }),
    describe: (p) =>
      `the router keeps ${p.rows} flows, each for ${p.rowSeconds} s after its last packet`,
    settleMs: 4_000,
    start: async (lab, p) => {
      await lab.nft(lab.router, flowTableRules(p.rows, p.rowSeconds))
      const targets = targetsAt(lab.address.server, p.port)
      await serve(lab, [{ address: "0.0.0.0", ports: [p.port], behaviour: { kind: "echo" } }])
      const talk = { bytes: [200], everyMs: 500, timeoutMs: 5_000 }
      const { perSec: ratePerSec, timeoutMs } = p
      const log = await client(lab, [
        { kind: "connect", targets, ratePerSec: 50, attempts: 10, talk },
        { kind: "connect", targets, ratePerSec, holdMs: [100, 1_000], timeoutMs },
      ])
      const counted = provenByCounters(lab, log, { TcpExtTCPSynRetrans: 20 })
      return both(provenByLog(log, { ok: Math.floor(p.rows * 0.9) }), counted)
    },
  }),
]

function embryonicRules(most: number): string {
  const syn = "tcp flags & (syn|ack) == syn"
  const synAck = "tcp flags & (syn|ack) == syn|ack"
  return `table inet lab {
    ${perSource}
    chain zones {
      type filter hook prerouting priority -300; policy accept;
      ${syn} ct zone set 1
      ${synAck} ct zone set 1
    }
    chain forward {
      type filter hook forward priority 0; policy accept;
      ${newSyn} ct state new add @sources { ip saddr ct count over ${most} } drop
    }
  }\n`
}

/** A prefix the server owns whole; addresses from .128 on never answer. */
async function sweepTargets(lab: Lab, port: number, deadInTen: number) {
  await lab.exec(lab.server, ["ip", "route", "add", "local", "172.20.0.0/16", "dev", "lo"])
  await lab.exec(lab.router, ["ip", "route", "add", "172.20.0.0/16", "via", lab.address.server])
  await lab.nft(lab.server, filterRules("input", ["ip daddr & 0.0.0.128 == 0.0.0.128 drop"]))
  const address = (index: number): string =>
    `172.20.7.${index + 1 + (index % 10 < deadInTen ? 128 : 0)}`
  return Array.from({ length: 60 }, (_, index) => ({ address: address(index), port }))
}

function flowTableRules(rows: number, seconds: number): string {
  const key = "ip saddr . tcp sport . ip daddr . tcp dport"
  const type = "ipv4_addr . inet_service . ipv4_addr . inet_service"
  const set = `set flows { type ${type}; size ${rows}; flags dynamic,timeout; timeout ${seconds}s; }`
  const admit = `iifname "inside" meta l4proto tcp update @flows { ${key} } accept`
  return filterRules("forward", [admit, `${newSyn} drop`], [set])
}

type Nat = { readonly port: number; readonly low: number; readonly size: number }

async function masquerade(lab: Lab, p: Nat, destinations: number): Promise<Started> {
  const ports = Array.from({ length: destinations }, (_, index) => p.port + index)
  await lab.nft(
    lab.router,
    `table ip nat {\nchain post {\ntype nat hook postrouting priority 100;
      oifname "outside" meta l4proto tcp masquerade to :${p.low}-${p.low + p.size - 1}\n}\n}\n`,
  )
  await serve(lab, [{ address: "0.0.0.0", ports, behaviour: { kind: "echo" } }])
  const targets = targetsAt(lab.address.server, ...ports)
  const keep = (p.size + 15) * destinations
  const talk = { bytes: [100], everyMs: 900, timeoutMs: 5_000 }
  // A destination with ports to spare: it works, which a quota over all destinations would not allow.
  const spare = targetsAt(lab.address.second, p.port)
  const holdMs = [500, 2_000] as const
  const quiet = { kind: "connect", targets: spare, ratePerSec: 3, holdMs, talk } as const
  const log = await client(lab, [
    {
      kind: "connect",
      targets,
      ratePerSec: Math.max(30, keep / 3),
      keep,
      holdMs: [12_000, 50_000],
      timeoutMs: 4_000,
      talk,
    },
    ...(destinations > 1 ? [quiet] : []),
  ])
  const counted = provenByCounters(lab, log, { TcpExtTCPSynRetrans: 15 })
  return both(provenByLog(log, { ok: p.size * destinations }), counted)
}

const drawNat = (random: Random): Nat => ({
  port: random.integer(2_000, 9_000),
  low: random.integer(10_000, 30_000),
  size: random.integer(10, 90),
})

const NAT: readonly Fault[] = [
  fault({
    id: "nat-one-destination",
    expected: "nat-ports",
    accepted: {
      answers: ["firewall-concurrent"],
      because:
        "with one destination a client cannot tell a NAT's ports from a quota of connections",
    },
    parameters: drawNat,
    describe: (p) => `masquerade to ${p.size} ports, one destination`,
    settleMs: 4_000,
    start: (lab, p) => masquerade(lab, p, 1),
  }),
  fault({
    id: "nat-destinations",
    expected: "nat-ports",
    parameters: (random) => ({ ...drawNat(random), destinations: random.integer(2, 4) }),
    describe: (p) =>
      `masquerade to ${p.size} ports, ${p.destinations} busy destinations and a quiet one`,
    settleMs: 4_000,
    start: (lab, p) => masquerade(lab, p, p.destinations),
  }),
]

/** The faults of a middlebox that counts. */
export const PATH_QUOTA_FAULTS: readonly Fault[] = [...SOURCE_LIMITS, ...TABLES, ...NAT]
