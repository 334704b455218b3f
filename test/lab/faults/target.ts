/**
 * Faults of the target: nobody there, nobody listening, queues that overflow, a server's own quota, and a
 * four-tuple it still holds in TIME-WAIT. Some show only at the server; those are diagnosed there as well.
 */
import {
  type AttemptLog,
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
import type { Listener } from "../workload-plan.ts"

const drawPort = (random: Random): number => random.integer(2_000, 9_000)

const drawAttempts = (random: Random) => ({
  port: drawPort(random),
  perSec: random.integer(3, 15),
  timeoutMs: random.integer(2_000, 5_000),
})

type Attempts = ReturnType<typeof drawAttempts>

/** Attempts to one address and port that nothing good comes of. */
function attempts(lab: Lab, address: string, p: Attempts): Promise<AttemptLog> {
  const { perSec: ratePerSec, timeoutMs } = p
  return client(lab, [
    { kind: "connect", targets: targetsAt(address, p.port), ratePerSec, timeoutMs },
  ])
}

const unreachable = {
  answers: ["path-unreachable"],
  because:
    "nobody answers for the address: a dead host and a missing one are the same from outside",
} as const

const RIVALS: readonly Fault[] = [
  fault({
    id: "silent",
    expected: "target-silent",
    accepted: {
      answers: ["firewall-policy"],
      because: "a silent target and a silent rule are the same absence of packets to the client",
    },
    parameters: drawAttempts,
    describe: () => "the server drops everything",
    settleMs: 3_000,
    start: async (lab, p) => {
      await lab.nft(lab.server, filterRules("input", ["meta l4proto tcp drop"]))
      const log = await attempts(lab, lab.address.server, p)
      return provenByCounters(lab, log, { TcpExtTCPSynRetrans: 10 })
    },
  }),
  fault({
    id: "absent-behind-router",
    expected: "target-silent",
    accepted: unreachable,
    parameters: drawAttempts,
    describe: () => "an address behind the router that nobody has",
    settleMs: 3_000,
    start: async (lab, p) => {
      const log = await attempts(lab, lab.address.absentBehind, p)
      return provenByCounters(lab, log, { TcpExtTCPSynRetrans: 5, IcmpInDestUnreachs: 1 })
    },
  }),
  fault({
    id: "absent-on-link",
    expected: "target-silent",
    accepted: unreachable,
    parameters: drawAttempts,
    describe: () => "an address on the own link that nobody has",
    settleMs: 3_000,
    start: async (lab, p) => {
      const log = await attempts(lab, lab.address.absentOnLink, { ...p, timeoutMs: 10_000 })
      return provenByLog(log, { EHOSTUNREACH: 3 })
    },
  }),
  fault({
    id: "refused",
    expected: "target-refused",
    parameters: drawAttempts,
    describe: (p) => `nobody listens on port ${p.port}`,
    start: async (lab, p) => {
      const log = await attempts(lab, lab.address.server, p)
      return provenByLog(log, { ECONNREFUSED: 10 })
    },
  }),
]

type Queue = { readonly port: number; readonly backlog: number; readonly perSec: number }

const drawQueue = (random: Random) => ({
  port: drawPort(random),
  backlog: random.integer(1, 40),
  perSec: random.integer(10, 40),
})

/** More clients than a program that does not accept, or accepts slowly, can take. */
async function overflow(
  lab: Lab,
  p: Queue & { readonly silent?: boolean },
  behaviour: Listener["behaviour"],
): Promise<Started> {
  const { port, backlog } = p
  // The good port is a program of its own: the other one blocks.
  await serve(lab, [{ address: "0.0.0.0", ports: [port], backlog, behaviour }])
  await serve(lab, [{ address: "0.0.0.0", ports: [port + 1], behaviour: { kind: "echo" } }])
  const { server } = lab.address
  const talk = { bytes: [120], everyMs: 400, timeoutMs: 20_000 }
  const log = await client(lab, [
    {
      kind: "connect",
      targets: targetsAt(server, port),
      ratePerSec: p.perSec,
      timeoutMs: 4_000,
      ...(p.silent === true ? {} : { talk }),
    },
    {
      kind: "connect",
      targets: targetsAt(server, port + 1),
      ratePerSec: 3,
      holdMs: [1_000, 3_000],
      talk,
    },
  ])
  const counted = provenByCounters(lab, log, { TcpExtListenOverflows: 20 }, lab.server)
  return both(provenByLog(log, { ok: 2 }), counted)
}

/**
 * Between namespaces a handshake takes no time, so that the last ACK never meets a queue that filled after
 * the SYN was let in, as it does on real paths. Losing that ACK once, so that the handshake ends with the
 * SYN-ACK's first repetition, stands for a long path.
 */
async function lengthenHandshake(lab: Lab, port: number): Promise<void> {
  await lab.sysctl(lab.router, { "net.netfilter.nf_conntrack_acct": 1 })
  const lastAck = `tcp dport ${port} tcp flags & (syn|ack|fin|rst|psh) == ack`
  await lab.nft(
    lab.router,
    filterRules("forward", [`${lastAck} ct state established ct original packets == 2 drop`]),
  )
}

/**
 * The client waits for the server to speak first. One second's handshakes stay well below the backlog, or
 * the SYN queue would be full as well and cookies would hide the fault.
 */
async function overflowLate(lab: Lab, p: Queue): Promise<Started> {
  await lengthenHandshake(lab, p.port)
  const perSec = Math.ceil(p.backlog / 2) + 3
  return overflow(lab, { ...p, perSec, silent: true }, { kind: "slow", everyMs: 250 })
}

const seenFromClient = {
  answers: ["firewall-concurrent", "target-quota", "target-silent"],
  because: "the client only sees that one port takes some connections and then no more",
} as const

const deaf = (id: string, vantage: "client" | "server"): Fault =>
  fault({
    id,
    expected: "accept-queue",
    vantage,
    ...(vantage === "client" ? { accepted: seenFromClient } : {}),
    parameters: drawQueue,
    describe: (p) => `a program that never accepts, backlog ${p.backlog}`,
    settleMs: 3_000,
    start: (lab, p) => overflow(lab, p, { kind: "deaf" }),
  })

const ACCEPT: readonly Fault[] = [
  deaf("accept-queue", "client"),
  deaf("accept-queue-at-server", "server"),
  fault({
    id: "accept-queue-slow",
    expected: "accept-queue",
    accepted: { ...seenFromClient, answers: [...seenFromClient.answers, "firewall-rate"] },
    parameters: (random) => ({ ...drawQueue(random), everyMs: random.integer(150, 500) }),
    describe: (p) => `a program that accepts every ${p.everyMs} ms, backlog ${p.backlog}`,
    settleMs: 4_000,
    start: (lab, p) => overflow(lab, p, { kind: "slow", everyMs: p.everyMs }),
  }),
  fault({
    id: "accept-queue-late",
    expected: "accept-queue",
    accepted: {
      answers: ["syn-queue"],
      because:
        "handshakes that wait for the accept queue fill the SYN queue too, and cookies are sent",
    },
    parameters: (random) => ({ ...drawQueue(random), backlog: random.integer(12, 50) }),
    describe: (p) => `a program too slow to accept, backlog ${p.backlog}, long handshakes`,
    settleMs: 3_000,
    start: async (lab, p) => {
      const started = await overflowLate(lab, p)
      return both(started, provenByCounters(lab, started.log, { TcpExtTCPSYNChallenge: 10 }))
    },
  }),
  fault({
    id: "accept-queue-abort",
    expected: "accept-queue",
    accepted: {
      answers: ["target-quota", "syn-queue"],
      because: "a reset may also be the program's; long handshakes fill the SYN queue too",
    },
    parameters: (random) => ({ ...drawQueue(random), backlog: random.integer(12, 50) }),
    describe: (p) => `tcp_abort_on_overflow 1, backlog ${p.backlog}, long handshakes`,
    settleMs: 3_000,
    start: async (lab, p) => {
      await lab.sysctl(lab.server, { "net.ipv4.tcp_abort_on_overflow": 1 })
      const started = await overflowLate(lab, p)
      return both(started, provenByLog(started.log, { "hold ECONNRESET": 10 }))
    },
  }),
]

type Flood = { readonly port: number; readonly backlog: number; readonly perSec: number }

const drawFlood = (random: Random): Flood => ({
  port: drawPort(random),
  backlog: random.pick([16, 32, 64, 128]),
  perSec: random.integer(5, 20),
})

/**
 * A further client whose own rule throws away every SYN-ACK: its SYNs fill the SYN queue and are never
 * finished, which is all that a spoofed flood is to the server.
 */
async function flood(lab: Lab, p: Flood, cookies: 0 | 1): Promise<AttemptLog> {
  await lab.sysctl(lab.server, {
    "net.ipv4.tcp_syncookies": cookies,
    "net.ipv4.tcp_max_syn_backlog": p.backlog,
    // A peer the server remembers is let in over the last quarter (tcp_peer_is_proven).
    "net.ipv4.tcp_no_metrics_save": 1,
  })
  const attacker = await lab.addClient()
  const synAck = "tcp flags & (syn|ack) == syn|ack drop"
  await lab.nft(attacker.namespace, filterRules("input", [synAck]))
  const { port, backlog } = p
  await serve(lab, [{ address: "0.0.0.0", ports: [port], backlog, behaviour: { kind: "echo" } }])
  const targets = targetsAt(lab.address.server, port)
  const flooding = { kind: "connect", targets, timeoutMs: 3_000 } as const
  await client(lab, [{ ...flooding, ratePerSec: 400, keep: 1_500 }], attacker)
  const talk = { bytes: [100], everyMs: 300, timeoutMs: 5_000 }
  return client(lab, [
    { ...flooding, ratePerSec: p.perSec, holdMs: [500, 2_000], timeoutMs: 4_000, talk },
  ])
}

const floodRefused = async (lab: Lab, p: Flood): Promise<Started> => {
  const log = await flood(lab, p, 0)
  const server = provenByCounters(lab, log, { TcpExtListenDrops: 50 }, lab.server)
  return both(server, provenByCounters(lab, log, { TcpExtTCPSynRetrans: 10 }))
}

const floodCookies = async (lab: Lab, p: Flood): Promise<Started> => {
  const log = await flood(lab, p, 1)
  const sent = { TcpExtSyncookiesSent: 50, TcpExtSyncookiesRecv: 5 }
  return both(provenByLog(log, { ok: 20 }), provenByCounters(lab, log, sent, lab.server))
}

const SYN: readonly Fault[] = [
  fault({
    id: "syn-queue",
    expected: "syn-queue",
    accepted: {
      answers: ["target-silent", "accept-queue", "firewall-policy"],
      because: "the client only sees that its SYNs stay without an answer",
    },
    parameters: drawFlood,
    describe: (p) => `a SYN queue of ${p.backlog} full of others' SYNs, no cookies`,
    settleMs: 3_000,
    start: floodRefused,
  }),
  fault({
    id: "syn-queue-at-server",
    expected: "syn-queue",
    vantage: "server",
    parameters: drawFlood,
    describe: (p) => `a SYN queue of ${p.backlog} full of others' SYNs, no cookies, at the server`,
    settleMs: 3_000,
    start: floodRefused,
  }),
  fault({
    id: "syn-cookies",
    expected: "none",
    accepted: { answers: ["syn-queue"], because: "cookies can be guessed from missing options" },
    parameters: drawFlood,
    describe: (p) => `a SYN queue of ${p.backlog} full, cookies: the client notices nothing`,
    settleMs: 3_000,
    start: floodCookies,
  }),
  fault({
    id: "syn-cookies-at-server",
    expected: "syn-queue",
    vantage: "server",
    parameters: drawFlood,
    describe: (p) => `a SYN queue of ${p.backlog} full, cookies, at the server`,
    settleMs: 3_000,
    start: floodCookies,
  }),
]

const QUOTAS: readonly Fault[] = (["reset", "fin"] as const).map((by) =>
  fault({
    id: `quota-${by}`,
    expected: "target-quota",
    parameters: (random) => ({
      port: drawPort(random),
      most: random.integer(10, 100),
      perSec: random.integer(10, 40),
    }),
    describe: (p) => `the server program serves ${p.most} and ends the rest at once (${by})`,
    settleMs: 4_000,
    start: async (lab, p) => {
      const behaviour = { kind: "quota", most: p.most, by } as const
      await serve(lab, [{ address: "0.0.0.0", ports: [p.port], behaviour }])
      const log = await client(lab, [
        {
          kind: "connect",
          targets: targetsAt(lab.address.server, p.port),
          ratePerSec: Math.max(p.perSec, p.most / 4),
          keep: p.most + 15,
          holdMs: [6_000, 20_000],
          talk: { bytes: [100], everyMs: 500, timeoutMs: 5_000 },
        },
      ])
      return provenByLog(log, { ok: p.most, [by === "fin" ? "hold EOF" : "hold ECONNRESET"]: 15 })
    },
  }),
)

/**
 * Two clients share one NAT address and a small range of ports. The server closes first and keeps TIME-WAIT;
 * to it the second client's SYN is a reuse of the first one's four-tuple, with a sequence number that has
 * nothing to do with the old one: about half look old. tcp_rfc1337 keeps the client's reset from ending
 * the old connection, so those SYNs fail until TIME-WAIT ends (RFC 9293 section 3.10.7.4, RFC 1337).
 */
const TIME_WAIT: Fault = fault({
  id: "target-time-wait",
  expected: "target-time-wait",
  parameters: (random) => ({
    port: drawPort(random),
    low: random.integer(10_000, 20_000),
    size: random.integer(100, 250),
    perSec: random.integer(10, 20),
  }),
  describe: (p) => `two clients behind one address reuse ${p.size} ports the server still holds`,
  settleMs: 4_000,
  start: async (lab, p) => {
    await lab.sysctl(lab.server, { "net.ipv4.tcp_rfc1337": 1, "net.ipv4.tcp_timestamps": 0 })
    const other = await lab.addClient()
    const range = `${p.low} ${p.low + p.size - 1}`
    for (const namespace of [lab.client, other.namespace]) {
      await lab.sysctl(namespace, { "net.ipv4.ip_local_port_range": range })
    }
    await lab.nft(
      lab.router,
      `table ip nat {\nchain post {\ntype nat hook postrouting priority 100;
        oifname "outside" masquerade\n}\n}\n`,
    )
    // The NAT forgets at once, so that it gives every port out as it comes.
    const brief = ["time_wait", "last_ack", "close_wait", "fin_wait", "close"]
    const timeouts = brief.map((state) => [`net.netfilter.nf_conntrack_tcp_timeout_${state}`, 1])
    await lab.sysctl(lab.router, Object.fromEntries(timeouts))
    const behaviour = { kind: "close", afterMs: 20 } as const
    await serve(lab, [{ address: "0.0.0.0", ports: [p.port], behaviour }])
    const targets = targetsAt(lab.address.server, p.port)
    const trying = { kind: "connect", targets, timeoutMs: 4_000, peerCloses: true } as const
    await client(lab, [{ ...trying, ratePerSec: 60 }], other)
    const log = await client(lab, [{ ...trying, ratePerSec: p.perSec }])
    return provenByLog(log, { ok: 20, ETIMEDOUT: 8 })
  },
})

/** The faults of the target. */
export const TARGET_FAULTS: readonly Fault[] = [...RIVALS, ...ACCEPT, ...SYN, ...QUOTAS, TIME_WAIT]
