/**
 * Faults of the client's own port pools: the ephemeral range held by one state or another, and the pool of
 * bind(address, 0). Signatures: kernel-verified, Linux 6.18 (ip-sysctl.rst; net/ipv4/inet_hashtables.c).
 */
import {
  both,
  client,
  type Fault,
  fault,
  provenByCounters,
  provenByLog,
  type Started,
  serve,
  targetsAt,
} from "../fault.ts"
import type { Lab } from "../network.ts"
import type { Random } from "../random.ts"
import type { Behaviour } from "../workload-plan.ts"

type Range = { readonly low: number; readonly size: number; readonly port: number }

const drawRange = (random: Random, sizeMax = 600): Range => ({
  low: random.integer(20_000, 50_000),
  size: random.integer(40, sizeMax),
  port: random.integer(2_000, 9_000),
})

const says = ({ low, size }: Range): string => `range ${low}–${low + size - 1} (${size})`

const setRange = (lab: Lab, { low, size }: Range, more: Record<string, number> = {}) =>
  lab.sysctl(lab.client, { "net.ipv4.ip_local_port_range": `${low} ${low + size - 1}`, ...more })

const listen = (lab: Lab, { port }: Range, kind: "hold" | "half" = "hold"): Promise<void> =>
  serve(lab, [{ address: "0.0.0.0", ports: [port], behaviour: { kind } satisfies Behaviour }])

/** Short connections, closed by the client, `perSec` a second. */
async function churn(lab: Lab, range: Range, perSec: number): Promise<Started> {
  await listen(lab, range)
  const targets = targetsAt(lab.address.server, range.port)
  const log = await client(lab, [{ kind: "connect", targets, ratePerSec: perSec, holdMs: [0, 20] }])
  return provenByLog(log, { ok: 20, EADDRNOTAVAIL: 20 })
}

/** The faults of the client's port pools. */
export const CLIENT_PORT_FAULTS: readonly Fault[] = [
  fault({
    id: "ports-established",
    expected: "ephemeral-ports",
    parameters: (random) => ({ ...drawRange(random), perSec: random.integer(20, 60) }),
    describe: (p) => `${says(p)} all ESTABLISHED to one destination`,
    start: async (lab, p) => {
      await setRange(lab, p)
      await listen(lab, p)
      const targets = targetsAt(lab.address.server, p.port)
      const fill = { kind: "connect", targets, ratePerSec: 400, attempts: p.size } as const
      const retry = { kind: "connect", targets, ratePerSec: p.perSec } as const
      const log = await client(lab, [fill, retry])
      return provenByLog(log, { ok: Math.floor(p.size / 2), EADDRNOTAVAIL: 10 })
    },
  }),
  fault({
    id: "ports-established-ipv6",
    expected: "ephemeral-ports",
    parameters: (random) => drawRange(random, 200),
    describe: (p) => `${says(p)} all ESTABLISHED to one IPv6 destination`,
    start: async (lab, p) => {
      await setRange(lab, p)
      await serve(lab, [{ address: "::", ports: [p.port], behaviour: { kind: "hold" } }])
      const targets = targetsAt(lab.address.server6, p.port)
      const log = await client(lab, [{ kind: "connect", targets, ratePerSec: 120 }])
      return provenByLog(log, { ok: Math.floor(p.size / 2), EADDRNOTAVAIL: 10 })
    },
  }),
  fault({
    id: "ports-time-wait",
    expected: "ephemeral-ports",
    parameters: (random) => ({ ...drawRange(random), perSec: random.integer(80, 250) }),
    describe: (p) => `${says(p)} in TIME-WAIT, tcp_tw_reuse 0, ${p.perSec}/s`,
    start: async (lab, p) => {
      await setRange(lab, p, { "net.ipv4.tcp_tw_reuse": 0 })
      return churn(lab, p, p.perSec)
    },
  }),
  fault({
    id: "ports-time-wait-reuse-loopback",
    expected: "ephemeral-ports",
    parameters: (random) => ({ ...drawRange(random, 400), perSec: random.integer(80, 200) }),
    describe: (p) => `${says(p)} in TIME-WAIT, tcp_tw_reuse 2 (loopback only), ${p.perSec}/s`,
    start: async (lab, p) => {
      await setRange(lab, p, { "net.ipv4.tcp_tw_reuse": 2 })
      return churn(lab, p, p.perSec)
    },
  }),
  fault({
    id: "ports-time-wait-recycled",
    expected: "ephemeral-ports",
    parameters: (random) => {
      const range = drawRange(random, 120)
      return { ...range, perSec: range.size * random.integer(2, 3) }
    },
    describe: (p) => `${says(p)}, tcp_tw_reuse 1 recycles ${p.size}/s of ${p.perSec}/s wanted`,
    start: async (lab, p) => {
      await setRange(lab, p, { "net.ipv4.tcp_tw_reuse": 1 })
      const started = await churn(lab, p, p.perSec)
      return both(started, provenByCounters(lab, started.log, { TcpExtTWRecycled: p.size }))
    },
  }),
  fault({
    id: "ports-fin-wait-2",
    expected: "ephemeral-ports",
    parameters: (random) => ({
      ...drawRange(random, 300),
      perSec: random.integer(60, 150),
      finTimeout: random.integer(120, 600),
    }),
    describe: (p) => `${says(p)} in FIN-WAIT-2: the peer never closes, timeout ${p.finTimeout} s`,
    start: async (lab, p) => {
      await setRange(lab, p, { "net.ipv4.tcp_fin_timeout": p.finTimeout })
      await listen(lab, p, "half")
      const targets = targetsAt(lab.address.server, p.port)
      const log = await client(lab, [
        { kind: "connect", targets, ratePerSec: p.perSec, holdMs: [0, 50] },
      ])
      return provenByLog(log, { ok: Math.floor(p.size / 2), EADDRNOTAVAIL: 10 })
    },
  }),
  fault({
    id: "bind-pool",
    expected: "local-bind-ports",
    parameters: (random) => ({ ...drawRange(random, 400), ports: random.integer(2, 4) }),
    describe: (p) => `${says(p)} used up by bind(address, 0), over ${2 * p.ports} destinations`,
    start: async (lab, p) => {
      await setRange(lab, p)
      const ports = Array.from({ length: p.ports }, (_, index) => p.port + index)
      await serve(lab, [{ address: "0.0.0.0", ports, behaviour: { kind: "hold" } }])
      const { server, second, client: localAddress } = lab.address
      const targets = [...targetsAt(server, ...ports), ...targetsAt(second, ...ports)]
      const log = await client(lab, [{ kind: "connect", targets, ratePerSec: 200, localAddress }])
      return provenByLog(log, { ok: Math.floor(p.size / 2), EADDRINUSE: 10 })
    },
  }),
  fault({
    id: "bound-inactive",
    expected: "local-bind-ports",
    accepted: {
      answers: ["ephemeral-ports"],
      because: "the program that suffers asks for an ephemeral port and gets EADDRNOTAVAIL",
    },
    parameters: (random) => ({ ...drawRange(random, 300), perSec: random.integer(10, 50) }),
    describe: (p) => `${says(p)} held by sockets that are bound and nothing else`,
    start: async (lab, p) => {
      await setRange(lab, p)
      await listen(lab, p)
      const targets = targetsAt(lab.address.server, p.port)
      await client(lab, [{ kind: "bind", address: lab.address.client, count: p.size }])
      const log = await client(lab, [{ kind: "connect", targets, ratePerSec: p.perSec }])
      return provenByLog(log, { EADDRNOTAVAIL: 20 })
    },
  }),
]
