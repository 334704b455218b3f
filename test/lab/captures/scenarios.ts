/** The recorded incidents that tests name, and the pieces that variants.ts makes others from. */
import type { Expectation, Scenario, Sweep, Vantage } from "./scenario.ts"

export const sweep: Sweep = {
  targets: 500,
  deadShare: 0,
  refusedShare: 0,
  threads: 600,
  perSec: 100,
  holdMs: [26_000, 30_000],
  timeoutMs: 9_000,
  retries: 0,
  retryAfterMs: 3_000,
  rounds: 1,
  talkEveryMs: 9_000,
}

/** Short connections at an even rate, for limits per minute. */
export const stream: Sweep = {
  ...sweep,
  perSec: 25,
  holdMs: [200, 900],
  timeoutMs: 5_000,
  rounds: 20,
  talkEveryMs: 0,
}

/** Long enough for the drift of a clock to show. */
const slowSweep: Sweep = { ...sweep, targets: 260, perSec: 8, holdMs: [60_000, 70_000] }

const quotas = ["firewall-concurrent", "firewall-rate"]

export const usual = {
  sources: 1,
  synSchedule: "doubling",
  nat: false,
  vantages: [{ name: "client" }],
  captureAfterMs: 0,
  runMs: 24_000,
} as const

export const concurrentAt = (capacity: number): Expectation => ({
  limit: "firewall-concurrent",
  capacity,
  tolerance: 0,
  standing: "established",
  not: ["firewall-rate", "firewall-embryonic", "target-silent", "path-loss", "nat-ports"],
})

/** A sweep that fills the limit once, in less than a minute: so many a minute would look the same. */
export const filledOnce = (capacity: number): Expectation => ({
  ...concurrentAt(capacity),
  open: ["firewall-rate"],
})

export const rateOf = (capacity: number): Expectation => ({
  limit: "firewall-rate",
  capacity,
  tolerance: 0.02,
  standing: "established",
  not: ["firewall-concurrent", "firewall-embryonic", "target-silent", "path-loss", "nat-ports"],
})

export const noneOf = (limit: string, accepted: readonly string[] = []): Expectation => ({
  limit,
  accepted,
  not: [...quotas, "firewall-embryonic", "nat-ports"],
})

const twoVantages: readonly Vantage[] = [
  { name: "client" },
  { name: "outside", clock: { offsetSec: 37.25, driftPpm: 40 } },
]

/** The incidents that tests name. */
export const MAIN: readonly Scenario[] = [
  {
    ...usual,
    id: "concurrent-160",
    describe: "500 targets held open behind 160 connections at once per source",
    sweep,
    obstacle: { kind: "concurrent", most: 160, verdict: "drop" },
    expect: filledOnce(160),
  },
  {
    ...usual,
    id: "concurrent-160-windows",
    describe: "the same from a client with the SYN timing of Windows (0, 3, 9 s)",
    sweep: { ...sweep, timeoutMs: 21_000 },
    obstacle: { kind: "concurrent", most: 160, verdict: "drop" },
    synSchedule: "windows",
    runMs: 30_000,
    expect: filledOnce(160),
  },
  {
    ...usual,
    id: "rate-600",
    describe: "25 short connections a second behind 600 SYNs a minute per source",
    sweep: stream,
    obstacle: { kind: "rate", perMinute: 600, burst: 20, verdict: "drop" },
    runMs: 48_000,
    expect: rateOf(600),
  },
  {
    ...usual,
    id: "rate-window-600",
    describe: "14 short connections a second behind 600 SYNs in each fixed minute, then none",
    sweep: { ...stream, perSec: 14, timeoutMs: 2_000, holdMs: [50, 200], talkEveryMs: -1 },
    obstacle: { kind: "rate-window", perWindow: 600, windowSec: 60, verdict: "drop" },
    runMs: 170_000,
    expect: rateOf(600),
  },
  {
    ...usual,
    id: "rate-window-120-reset",
    describe: "4 short connections a second behind 120 SYNs in each fixed minute, then resets",
    sweep: { ...stream, targets: 150, perSec: 4, holdMs: [50, 200], talkEveryMs: -1 },
    obstacle: { kind: "rate-window", perWindow: 120, windowSec: 60, verdict: "reset" },
    runMs: 165_000,
    expect: rateOf(120),
  },
  {
    ...usual,
    id: "rate-block-120",
    describe: "6 short connections a second; who exceeds 120 SYNs a minute is blocked for a minute",
    sweep: { ...stream, targets: 150, perSec: 6, timeoutMs: 2_000, talkEveryMs: -1 },
    obstacle: { kind: "rate-block", perMinute: 120, blockSec: 60, verdict: "drop" },
    runMs: 200_000,
    // While it lets SYNs through it also refills: a window has more than the number.
    expect: { ...rateOf(120), tolerance: 0.6, standing: "likely" },
  },
  {
    ...usual,
    id: "embryonic-20",
    describe: "the router allows 20 unanswered SYNs per source; 30 % of the targets are dead",
    sweep: { ...sweep, perSec: 25, deadShare: 0.3, timeoutMs: 5_000, holdMs: [2_000, 4_000] },
    obstacle: { kind: "embryonic", most: 20, slotSec: 20, verdict: "drop" },
    runMs: 40_000,
    expect: {
      limit: "firewall-embryonic",
      accepted: ["target-silent", "firewall-rate"],
      not: ["firewall-concurrent"],
    },
  },
  {
    ...usual,
    id: "local-embryonic-10",
    describe: "a host that has at most 10 connects under way; 30 % of its targets are dead",
    sweep: { ...sweep, deadShare: 0.3, timeoutMs: 5_000, talkEveryMs: 0 },
    obstacle: { kind: "local-embryonic", most: 10 },
    runMs: 40_000,
    expect: noneOf("embryonic-outbound", ["target-silent", "none"]),
  },
  {
    ...usual,
    id: "dead-targets",
    describe: "no limit, a third of 500 targets is dead",
    sweep: { ...sweep, deadShare: 0.33 },
    obstacle: { kind: "none" },
    expect: noneOf("target-silent"),
  },
  {
    ...usual,
    id: "refused-targets",
    describe: "no limit, a third of 500 targets refuses",
    sweep: { ...sweep, refusedShare: 0.33 },
    obstacle: { kind: "none" },
    expect: noneOf("target-refused"),
  },
  {
    ...usual,
    id: "loss-20",
    describe: "no limit, 20 % of packets are lost both ways",
    sweep: { ...sweep, perSec: 60, talkEveryMs: 4_000 },
    obstacle: { kind: "loss", percent: 20 },
    expect: noneOf("path-loss"),
  },
  {
    ...usual,
    id: "concurrent-reset",
    describe: "160 at once per source, the rest is answered with a reset by the router",
    sweep,
    obstacle: { kind: "concurrent", most: 160, verdict: "reset" },
    runMs: 16_000,
    expect: filledOnce(160),
  },
  {
    ...usual,
    id: "concurrent-icmp",
    describe: "160 at once per source, the rest is answered with ICMP administratively prohibited",
    sweep,
    obstacle: { kind: "concurrent", most: 160, verdict: "icmp" },
    runMs: 16_000,
    expect: filledOnce(160),
  },
  {
    ...usual,
    id: "healthy-500",
    describe: "no limit, 500 targets all answer",
    sweep,
    obstacle: { kind: "none" },
    runMs: 14_000,
    expect: {
      ...noneOf("none"),
      not: [...quotas, "target-silent", "path-loss", "ephemeral-ports"],
    },
  },
  {
    ...usual,
    id: "two-vantages",
    describe: "160 at once, seen at the client and outside the router, whose clock is off",
    sweep: slowSweep,
    obstacle: { kind: "concurrent", most: 160, verdict: "drop" },
    vantages: twoVantages,
    runMs: 38_000,
    expect: filledOnce(160),
  },
  {
    ...usual,
    id: "two-vantages-nat",
    describe: "the same with address translation between the two",
    sweep: slowSweep,
    obstacle: { kind: "concurrent", most: 160, verdict: "drop" },
    nat: true,
    vantages: twoVantages,
    runMs: 38_000,
    expect: filledOnce(160),
  },
]
