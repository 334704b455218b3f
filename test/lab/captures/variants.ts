/**
 * Incidents drawn from a seed: other numbers, verdicts, SYN timings, vantages; connections that end meanwhile,
 * retries, two sources, captures that begin late. One seed and one index are one scenario.
 */
import { type Random, randomOf } from "../random.ts"
import type { Expectation, Obstacle, Scenario, Sweep, VantageName, Verdict } from "./scenario.ts"
import { concurrentAt, filledOnce, noneOf, rateOf, stream, sweep, usual } from "./scenarios.ts"

/** The scenario of that seed and index (from 0). */
export function variantOf(seed: number, index: number): Scenario {
  const random = randomOf(seed, `variant ${index}`)
  // In turn, so that any few indices cover the kinds.
  const kinds = [concurrent, rate, moving, lateCapture, mirrored, twoSources, other] as const
  const draw = kinds[index % kinds.length] ?? concurrent
  const drawn = draw(random)
  return { ...drawn, id: `${drawn.id}-${seed}-${index}` }
}

const verdictOf = (random: Random): Verdict => random.pick(["drop", "drop", "reset", "icmp"])
const scheduleOf = (random: Random): Scenario["synSchedule"] =>
  random.pick(["doubling", "doubling", "linear", "windows"])
const mostOf = (random: Random): number =>
  random.pick([20, 25, 37, 50, 64, 83, 100, 128, random.integer(15, 140)])

/** A sweep that fills a limit of `most` in about three seconds and goes on over it. */
function fill(random: Random, most: number): Sweep {
  return {
    ...sweep,
    targets: Math.round(most * (1.6 + random.integer(0, 10) / 10)),
    perSec: Math.max(8, Math.round(most / 3)),
    timeoutMs: random.integer(6, 12) * 1000,
    talkEveryMs: random.pick([0, 7_000]),
  }
}

function concurrent(random: Random): Scenario {
  const most = mostOf(random)
  const verdict = verdictOf(random)
  const synSchedule = scheduleOf(random)
  const timing = synSchedule === "windows" ? { timeoutMs: 21_000 } : {}
  return {
    ...usual,
    id: "concurrent",
    describe: `${most} at once per source (${verdict}), ${synSchedule} SYN timing`,
    sweep: { ...fill(random, most), ...timing },
    obstacle: { kind: "concurrent", most, verdict },
    synSchedule,
    expect: filledOnce(most),
  }
}

function rate(random: Random): Scenario {
  const perMinute = random.pick([120, 180, 300, 450, 1000, random.integer(100, 900)])
  const verdict = verdictOf(random)
  const burst = random.integer(2, 40)
  const perSec = Math.ceil((perMinute / 60) * random.pick([1.5, 2, 3]))
  return {
    ...usual,
    id: "rate",
    describe: `${perMinute} SYNs a minute per source, burst ${burst} (${verdict})`,
    sweep: { ...stream, targets: 200, perSec, retries: random.integer(0, 2), talkEveryMs: -1 },
    obstacle: { kind: "rate", perMinute, burst, verdict },
    synSchedule: scheduleOf(random),
    runMs: perMinute < 200 ? 70_000 : 45_000,
    expect: rateOf(perMinute),
  }
}

/** Connections end and others take their place: the limit is met again and again. */
function moving(random: Random): Scenario {
  const most = mostOf(random)
  const verdict = verdictOf(random)
  return {
    ...usual,
    id: "moving",
    describe: `${most} at once per source (${verdict}) while connections come and go`,
    sweep: {
      ...fill(random, most),
      holdMs: [4_000, 14_000],
      retries: 3,
      retryAfterMs: random.integer(500, 4_000),
      rounds: 3,
    },
    obstacle: { kind: "concurrent", most, verdict },
    runMs: 28_000,
    expect: concurrentAt(most),
  }
}

/** The capture begins when the limit has been met already. */
function lateCapture(random: Random): Scenario {
  const most = mostOf(random)
  return {
    ...usual,
    id: "late-capture",
    describe: `${most} at once per source, captured from the middle on`,
    sweep: {
      ...fill(random, most),
      holdMs: [9_000, 22_000],
      retries: 4,
      timeoutMs: 5_000,
      talkEveryMs: 2_500,
    },
    obstacle: { kind: "concurrent", most, verdict: random.pick(["drop", "reset"]) },
    captureAfterMs: random.integer(4, 7) * 1000,
    runMs: 32_000,
    expect: { ...concurrentAt(most), tolerance: 0.05, standing: "likely" },
  }
}

/** Seen on the router: one side, or both as a mirror port shows them; with or without translation. */
function mirrored(random: Random): Scenario {
  const most = mostOf(random)
  const name: VantageName = random.pick(["both", "both", "inside", "outside"])
  const nat = random.pick([true, false])
  // Behind the router a refused SYN never was.
  const beyond = noneOf("none", ["firewall-concurrent", "nat-ports"])
  const expect: Expectation =
    name === "outside" ? { ...beyond, not: ["firewall-rate"] } : filledOnce(most)
  return {
    ...usual,
    id: `mirrored-${name}`,
    describe: `${most} at once per source, seen at the router (${name})${nat ? " with NAT" : ""}`,
    sweep: fill(random, most),
    obstacle: { kind: "concurrent", most, verdict: "drop" },
    nat,
    vantages: [{ name }],
    expect,
  }
}

function twoSources(random: Random): Scenario {
  const most = mostOf(random)
  return {
    ...usual,
    id: "two-sources",
    describe: `two hosts, each with ${most} at once, seen on the router`,
    sweep: fill(random, most),
    obstacle: { kind: "concurrent", most, verdict: verdictOf(random) },
    sources: 2,
    synSchedule: scheduleOf(random),
    vantages: [{ name: "both" }],
    expect: filledOnce(most),
  }
}

/** Rivals with other numbers, and limits met by a sweep that has dead targets as well. */
function other(random: Random): Scenario {
  const kinds: readonly [Obstacle, Partial<Sweep>, Expectation][] = [
    [{ kind: "none" }, { deadShare: 0.1 }, noneOf("target-silent", ["none"])],
    [{ kind: "none" }, { refusedShare: 0.15 }, noneOf("target-refused", ["none"])],
    [{ kind: "loss", percent: random.integer(8, 30) }, {}, noneOf("path-loss")],
    [
      { kind: "policy", share: 0.3, verdict: verdictOf(random) },
      {},
      noneOf("firewall-policy", ["target-silent", "target-refused"]),
    ],
    [{ kind: "none" }, { holdMs: [300, 3_000], rounds: 3 }, noneOf("none")],
  ]
  const [obstacle, changes, expect] = random.pick(kinds)
  return {
    ...usual,
    id: `other-${obstacle.kind}`,
    describe: `no quota: ${obstacle.kind}, ${JSON.stringify(changes)}`,
    sweep: { ...fill(random, 100), ...changes },
    obstacle,
    synSchedule: scheduleOf(random),
    expect,
  }
}

/** The variants that are kept in the repository. */
export const STORED_VARIANTS: readonly { readonly seed: number; readonly index: number }[] =
  Array.from({ length: 25 }, (_, index) => ({ seed: 7, index }))
