/**
 * Machines with nothing wrong. A diagnosis that claims something here is worse than one that misses: idle,
 * steady, busy, many in TIME-WAIT, servers that close first, one dead peer among many good ones.
 */
import { client, type Fault, fault, provenByLog, serve, targetsAt } from "../fault.ts"
import type { Lab } from "../network.ts"
import type { Random } from "../random.ts"

const drawPort = (random: Random): number => random.integer(2_000, 9_000)

const listen = (lab: Lab, port: number): Promise<void> =>
  serve(lab, [{ address: "0.0.0.0", ports: [port], behaviour: { kind: "echo" } }])

const talk = { bytes: [100, 3_000], everyMs: 400, timeoutMs: 10_000 }

/** The healthy machines. */
export const HEALTHY: readonly Fault[] = [
  fault({
    id: "healthy-idle",
    expected: "none",
    parameters: (random) => ({ port: drawPort(random), keep: random.integer(1, 10) }),
    describe: (p) => `${p.keep} quiet connections`,
    start: async (lab, p) => {
      await listen(lab, p.port)
      const targets = targetsAt(lab.address.server, p.port)
      const log = await client(lab, [{ kind: "connect", targets, ratePerSec: 20, keep: p.keep }])
      return provenByLog(log, { ok: p.keep })
    },
  }),
  fault({
    id: "healthy-steady",
    expected: "none",
    parameters: (random) => ({ port: drawPort(random), perSec: random.integer(10, 60) }),
    describe: (p) => `${p.perSec} connections/s with requests`,
    start: async (lab, p) => {
      await listen(lab, p.port)
      const { server, second } = lab.address
      const targets = [...targetsAt(server, p.port), ...targetsAt(second, p.port)]
      const log = await client(lab, [
        { kind: "connect", targets, ratePerSec: p.perSec, holdMs: [300, 2_000], talk },
      ])
      return provenByLog(log, { "request ok": 100 })
    },
  }),
  fault({
    id: "healthy-busy",
    expected: "none",
    parameters: (random) => ({ port: drawPort(random), keep: random.integer(800, 2_000) }),
    describe: (p) => `${p.keep} connections ESTABLISHED, far from any limit`,
    start: async (lab, p) => {
      await listen(lab, p.port)
      const targets = targetsAt(lab.address.server, p.port)
      const { keep } = p
      const log = await client(lab, [
        { kind: "connect", targets, ratePerSec: 600, keep, holdMs: [10_000, 60_000] },
      ])
      return provenByLog(log, { ok: keep })
    },
  }),
  fault({
    id: "healthy-time-wait",
    expected: "none",
    parameters: (random) => ({ port: drawPort(random), perSec: random.integer(150, 300) }),
    describe: (p) => `${p.perSec} short connections/s, TIME-WAIT far below the range`,
    start: async (lab, p) => {
      await listen(lab, p.port)
      const targets = targetsAt(lab.address.server, p.port)
      const log = await client(lab, [
        { kind: "connect", targets, ratePerSec: p.perSec, holdMs: [0, 30] },
      ])
      return provenByLog(log, { ok: p.perSec * 4 })
    },
  }),
  fault({
    id: "healthy-server-closes",
    expected: "none",
    parameters: (random) => ({
      port: drawPort(random),
      perSec: random.integer(10, 60),
      afterMs: random.integer(20, 400),
    }),
    describe: (p) => `${p.perSec}/s, the server closes first after ${p.afterMs} ms`,
    start: async (lab, p) => {
      const behaviour = { kind: "close", afterMs: p.afterMs } as const
      await serve(lab, [{ address: "0.0.0.0", ports: [p.port], behaviour }])
      const targets = targetsAt(lab.address.server, p.port)
      const log = await client(lab, [
        { kind: "connect", targets, ratePerSec: p.perSec, peerCloses: true },
      ])
      return provenByLog(log, { ok: 50 })
    },
  }),
  fault({
    id: "healthy-one-dead-peer",
    expected: "none",
    parameters: (random) => ({ port: drawPort(random), perSec: random.integer(150, 300) }),
    describe: (p) => `${p.perSec}/s good, and one attempt to a host that is down`,
    start: async (lab, p) => {
      await listen(lab, p.port)
      await lab.nft(
        lab.server,
        `table inet lab {\nchain input {\ntype filter hook input priority 0;
          ip daddr ${lab.address.second} drop\n}\n}\n`,
      )
      const log = await client(lab, [
        {
          kind: "connect",
          targets: targetsAt(lab.address.server, p.port),
          ratePerSec: p.perSec,
          holdMs: [50, 500],
        },
        {
          kind: "connect",
          targets: targetsAt(lab.address.second, p.port),
          ratePerSec: 20,
          attempts: 1,
        },
      ])
      return provenByLog(log, { ok: p.perSec * 5 })
    },
  }),
]
