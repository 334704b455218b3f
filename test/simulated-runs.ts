/** Simulated runs made by hand, for tests of the reports: a quota that binds, a machine that does not, many pools. */
import { pointOf, type SimulatedSweep, turnsOf } from "../src/report/simulated-sweep.ts"
import type { SimulatedReport } from "../src/report/simulated-wording.ts"
import type { PoolUse, SimulatedRun, Timeline } from "../src/sim/engine/simulated-run.ts"

const steps = 120

type Series = Timeline["series"][number]

function series(
  kind: Series["kind"],
  of: string,
  name: string,
  valueAt: (step: number) => number,
  capacity?: number,
): Series {
  const values = Array.from({ length: steps }, (_, step) => Math.max(0, Math.round(valueAt(step))))
  return { name, kind, of, ...(capacity === undefined ? {} : { capacity }), values }
}

const concurrent: PoolUse = {
  limit: "firewall-concurrent",
  place: "path",
  at: "isa",
  per: "source",
  capacity: 160,
  peak: 160,
  refused: 1020,
  firstRefusedSec: 31.8,
  used: 160,
}

const ports: PoolUse = {
  limit: "ephemeral-ports",
  place: "client",
  at: "mgmt",
  per: "destination",
  capacity: 3976,
  peak: 1,
  refused: 0,
  used: 1,
}

/** 500 systems through a firewall that allows 160 connections at once. */
export const SWEEP_RUN: SimulatedRun = {
  schema: "fourtuple.run/1",
  title: "Management sweep of 500 systems through ISA Server",
  seed: 1,
  durationSec: 180,
  applications: [
    {
      name: "sweep",
      kind: "sweep",
      on: "mgmt",
      started: 500,
      succeeded: 160,
      failed: 340,
      pending: 0,
      successesPerSec: 1.32,
      firstFailureSec: 52.8,
      lastSuccessSec: 31.8,
      errors: [
        { error: "error 53", count: 338, firstSec: 52.8 },
        { error: "error 1203", count: 2, firstSec: 88 },
      ],
      connectMs: { p50: 20.4, p95: 24, max: 3021 },
      symptoms: [],
      figures: {},
    },
    {
      name: "provider",
      kind: "alarms",
      on: "alarm-node",
      started: 40,
      succeeded: 40,
      failed: 0,
      pending: 0,
      successesPerSec: 0.33,
      errors: [],
      connectMs: { p50: 1, p95: 1, max: 1 },
      symptoms: ["alternating"],
      figures: { "alarms shown": 7, "alarms expected": 17 },
    },
  ],
  pools: [
    concurrent,
    ports,
    {
      ...concurrent,
      limit: "firewall-rate",
      capacity: 600,
      peak: 600,
      refused: 4,
      firstRefusedSec: 95.5,
    },
    { ...ports, limit: "tcb-table", per: "machine", capacity: 2000, peak: 170, used: 161 },
    { ...ports, limit: "time-wait-collision", per: "machine", peak: 0 },
    ...Array.from({ length: 12 }, (_, index) => ({
      limit: "accept-queue" as const,
      place: "target" as const,
      at: `system[${index}]`,
      per: "listener :445",
      capacity: 200,
      peak: index % 3,
      refused: 0,
      used: 0,
    })),
  ],
  bound: [
    concurrent,
    {
      ...concurrent,
      limit: "firewall-rate",
      capacity: 600,
      peak: 600,
      refused: 4,
      firstRefusedSec: 95.5,
    },
  ],
  timeline: {
    stepSec: 1.5,
    series: [
      series("attempts", "sweep", "succeeded", (step) => (step < 22 ? 7.3 : 0)),
      series("attempts", "sweep", "failed", (step) => (step > 34 && step < 102 ? 5 : 0)),
      series("pool", "isa", "firewall-concurrent", (step) => Math.min(160, step * 7.5), 160),
      series("pool", "mgmt", "tcb-table", (step) => Math.min(170, step * 8), 2000),
      series("state", "mgmt", "ESTABLISHED", (step) => Math.min(160, step * 7.5)),
      series("state", "mgmt", "SYN-SENT", (step) => (step > 21 && step < 110 ? 105 : 1)),
      series("state", "mgmt", "TIME-WAIT", () => 0),
    ],
  },
  events: [
    {
      timeSec: 31.8,
      on: "isa",
      source: "Microsoft Firewall",
      id: 15114,
      data: { source: "10.1.1.5" },
    },
    {
      timeSec: 91.8,
      on: "isa",
      source: "Microsoft Firewall",
      id: 15114,
      data: { source: "10.1.1.5" },
    },
    { timeSec: 60, on: "mgmt", source: "Tcpip", id: 4226 },
  ],
  totals: { connections: 1180, segments: 4312 },
}

/** Nothing binds and nothing fails. */
export const CALM_RUN: SimulatedRun = {
  ...SWEEP_RUN,
  title: "Management sweep of 100 systems through ISA Server",
  applications: SWEEP_RUN.applications.slice(0, 1).map((outcome) => ({
    name: outcome.name,
    kind: outcome.kind,
    on: outcome.on,
    started: 100,
    succeeded: 100,
    failed: 0,
    pending: 0,
    successesPerSec: 5,
    lastSuccessSec: 20,
    errors: [],
    connectMs: { p50: 20.4, p95: 24, max: 31 },
    symptoms: [],
    figures: {},
  })),
  pools: [{ ...concurrent, peak: 100, refused: 0, used: 100 }, ports],
  bound: [],
  timeline: {
    stepSec: 1.5,
    series: SWEEP_RUN.timeline.series.filter(({ name }) => name !== "failed"),
  },
  events: [],
  totals: { connections: 100, segments: 700 },
}

/** Attempts fail, and no limit has anything to do with it. */
export const LOSSY_RUN: SimulatedRun = {
  ...CALM_RUN,
  title: "A path that loses a fifth of its segments",
  applications: CALM_RUN.applications.map((outcome) => ({
    ...outcome,
    succeeded: 93,
    failed: 5,
    pending: 2,
    firstFailureSec: 21,
    errors: [{ error: "WSAETIMEDOUT", count: 5, firstSec: 21 }],
  })),
}

/** Names that try to be markup and escape sequences. */
export function hostileRun(): SimulatedRun {
  const evil = "\u001b]0;x\u0007<script>globalThis.ran = 1</script>|`*\u009b31m\u202e"
  const fixed = ["schema", "limit", "place", "kind"]
  return JSON.parse(JSON.stringify(SWEEP_RUN), (key, value) =>
    typeof value === "string" && !fixed.includes(key) ? `${evil}${"x".repeat(200)}` : value,
  )
}

/** So many attempts, and what refused them. */
export function runOf(started: number, failed: number, bound: readonly PoolUse[]): SimulatedRun {
  const applications = CALM_RUN.applications.map((outcome) => ({
    ...outcome,
    started,
    succeeded: started - failed,
    failed,
    ...(failed > 0 ? { firstFailureSec: 52.8 } : {}),
  }))
  return { ...CALM_RUN, applications, bound }
}

/** The systems of the sweep, so many, through a firewall that allows 160 connections. */
export function sweepOf(counts: readonly number[]): SimulatedSweep {
  const points = counts.map((count) => {
    const failed = Math.max(0, count - 160)
    return pointOf(String(count), runOf(count, failed, failed > 0 ? SWEEP_RUN.bound : []))
  })
  const { title, seed, durationSec } = SWEEP_RUN
  const key = "hosts.systems.count"
  return { schema: "fourtuple.sweep/1", title, seed, durationSec, key, points, ...turnsOf(points) }
}

const attempt = {
  application: "sweep",
  on: "mgmt",
  from: "10.1.1.5",
  to: "10.7.0.21",
  port: 445,
}

/** With the first attempt and the last. */
export const SWEEP_REPORT: SimulatedReport = {
  run: SWEEP_RUN,
  attempts: {
    rows: [
      { ...attempt, timeSec: 0, ok: true, ms: 20.4 },
      { ...attempt, timeSec: 99.8, to: "2001:db8::15", ok: false, error: "error 53", ms: 21_000 },
    ],
    leftOut: 498,
  },
  cut: [],
}
