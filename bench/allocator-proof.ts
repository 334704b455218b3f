/**
 * Local port allocators, simulated, against their closed forms: connections as short as can be, one after another at a
 * constant rate, this side closing first. Each case is run for so many seeds; the mean must be within 2 % of the formula.
 */
import {
  collisionShare,
  linuxFirstCollision,
  linuxOddShare,
  oneDrawRate,
  recyclingRate,
  reuseRate,
  sawtoothGapSec,
  sawtoothRate,
  searchRate,
  successesToCollision,
  usesWithinWait,
} from "../src/capacity/closed-forms.ts"
import { PROFILES } from "../src/catalog/profiles.ts"
import type { HostProfile } from "../src/model/profile.ts"
import { allocatorOf } from "../src/sim/ports/allocator-of.ts"
import type { PortAllocator } from "../src/sim/ports/port-allocator.ts"
import { Random } from "../src/sim/random.ts"
import type { Settings } from "../src/sim/settings.ts"

export type Proof = {
  readonly name: string
  readonly expected: number
  /** One run. */
  readonly measure: (seed: number) => number
  /** Chance does not matter to the outcome: every seed must give it, nearly. */
  readonly isExact?: boolean
  /** A run as long as a hundred of the others. */
  readonly isLong?: boolean
}

type Setup = {
  readonly profile: string
  readonly settings?: Settings
  readonly perSec: number
  readonly waitSec: number
  /** Drawn at random for each attempt. */
  readonly destinations?: number
  /** Share of connections that this side closes. */
  readonly closedHere?: number
}

const second = 1_000_000

/** A run: what an attempt at a time gives. */
class Run {
  readonly allocator: PortAllocator
  successes = 0
  failures = 0
  attempts = 0
  oddPorts = 0
  /** Looked at by the last attempt. */
  candidates = 0
  readonly #setup: Setup
  readonly #chance: Random

  constructor(setup: Setup, seed: number) {
    const random = new Random(seed, "host ports")
    this.allocator = allocatorOf(profileOf(setup.profile), setup.settings ?? {}, { random })
    this.#setup = setup
    this.#chance = new Random(seed, "program")
  }

  get seconds(): number {
    return this.attempts / this.#setup.perSec
  }

  /** True where it got a port. */
  attempt(to = 0): boolean {
    const { perSec, waitSec, destinations = 1, closedHere = 1 } = this.#setup
    const now = Math.round((this.attempts++ / perSec) * second)
    const destination = destinations === 1 ? to : this.#chance.below(destinations)
    const before = this.allocator.candidates
    const port = this.allocator.take(destination, now)
    this.candidates = this.allocator.candidates - before
    if (port < 0) {
      this.failures++
      return false
    }
    const isOurs = closedHere === 1 || this.#chance.unit() < closedHere
    this.allocator.release(destination, port, isOurs ? now + waitSec * second : 0, now)
    this.successes++
    this.oddPorts += port & 1
    return true
  }

  /** Forgets what was counted so far. */
  attemptFor(seconds: number): this {
    this.successes = 0
    this.failures = 0
    this.oddPorts = 0
    const until = this.seconds + seconds
    while (this.seconds < until) this.attempt()
    return this
  }
}

function profileOf(id: string): HostProfile {
  const found = PROFILES.find((profile) => profile.id === id)
  if (found?.kind !== "host") throw new Error(`No host profile ${id}`)
  return found
}

/** Nothing comes back. */
const forEver = { perSec: 1e6, waitSec: 1e6 }

/** Connections until one fails. */
function untilFailure(profile: string, settings: Settings = {}): (seed: number) => number {
  return (seed) => {
    const run = new Run({ profile, settings, ...forEver }, seed)
    while (run.attempt());
    return run.successes
  }
}

/**
 * Connections whose first candidate is free, to each of so many destinations. Random draws scatter by half their mean:
 * one for each of a thousand seeds would be 1.7 % off by chance alone.
 */
function untilCollision(
  profile: string,
  settings: Settings = {},
  repetitions = 1,
): (seed: number) => number {
  return (seed) => {
    const run = new Run({ profile, settings, ...forEver }, seed)
    let sum = 0
    for (let destination = 0; destination < repetitions; destination++) {
      while (run.attempt(destination) && run.candidates === 1) sum++
    }
    return sum / repetitions
  }
}

/** Successes a second, from one time to another; `turn` is the time after which all repeats. */
function sustained(setup: Setup, fromSec: number, forSec: number): (seed: number) => number {
  return (seed) => {
    const run = new Run(setup, seed)
    run.attemptFor(fromSec)
    return run.attemptFor(forSec).successes / forSec
  }
}

function failureShare(setup: Setup, fromSec: number, forSec: number): (seed: number) => number {
  return (seed) => {
    const run = new Run(setup, seed)
    run.attemptFor(fromSec)
    run.attemptFor(forSec)
    return run.failures / (run.successes + run.failures)
  }
}

const scattered = 10
const nt = 3976
const dynamic = 16_384
const linux = 28_232
const freebsd = 55_536
const random = { "ports.allocator": "random" }
const randomAll = { ...random, "ports.tries": "all" }
/** A tenth of Linux's ports and of the rate: the same formula, a thousand seeds in a second. */
const linuxTenth = { "net.ipv4.ip_local_port_range": "32768 35589" }
const linuxPorts = 2822
const linuxReuse = { "net.ipv4.tcp_tw_reuse": 1 }
const vistaTenth = { "dynamicport.ipv4.tcp.num": 1638 }
const freebsdPorts = 5554
const freebsdTenth = { "net.inet.ip.portrange.first": 10_000, "net.inet.ip.portrange.last": 15_553 }
const macosTenth = { "net.inet.ip.portrange.first": 49_152, "net.inet.ip.portrange.last": 50_789 }

/** How long until it fails for the first time, one destination. */
const firsts: readonly Proof[] = [
  { name: "NT: until it fails", expected: nt, measure: untilFailure("nt-4.0"), isExact: true },
  {
    name: "2003: until it collides",
    expected: nt,
    measure: untilFailure("2003-rtm"),
    isExact: true,
  },
  {
    name: "2003 SP1: until it fails",
    expected: nt,
    measure: untilFailure("2003-sp1"),
    isExact: true,
  },
  {
    name: "Vista, one random draw: until it collides",
    expected: successesToCollision(dynamic),
    measure: untilCollision("vista-sp2", random, scattered),
  },
  {
    name: "Vista, drawing again: until the first draw is taken",
    expected: successesToCollision(dynamic),
    measure: untilCollision("vista-sp2", randomAll, scattered),
  },
  {
    name: "Vista, drawing again: until it fails",
    expected: dynamic,
    measure: untilFailure("vista-sp2", randomAll),
    isExact: true,
  },
  {
    name: "Vista, random start: until it fails",
    expected: dynamic,
    measure: untilFailure("vista-sp2"),
    isExact: true,
  },
  {
    name: "FreeBSD: until the first candidate is taken",
    expected: successesToCollision(freebsd),
    measure: untilCollision("freebsd", {}, scattered),
  },
  {
    name: "FreeBSD: until it fails",
    expected: freebsd,
    measure: untilFailure("freebsd"),
    isExact: true,
  },
  {
    name: "macOS: until it fails",
    expected: dynamic,
    measure: untilFailure("macos"),
    isExact: true,
  },
  {
    name: "Linux: until the first candidate is taken",
    expected: linuxFirstCollision(linux),
    measure: untilCollision("linux-6.12"),
  },
  {
    name: "Linux: until it fails",
    expected: linux,
    measure: untilFailure("linux-6.12"),
    isExact: true,
  },
  {
    name: "Linux 4.2, one cursor: until the first candidate is taken",
    expected: linux / 2,
    measure: untilCollision("linux-4.2"),
    isExact: true,
  },
  {
    name: "Linux before 4.2: until it fails",
    expected: 28_233,
    measure: untilFailure("linux-before-4.2"),
    isExact: true,
  },
]

const ntSetup = { profile: "nt-4.0", perSec: 20, waitSec: 240 }
const ntTurn = (2 * nt) / 20
/** A tenth of NT's ports, at a tenth of the rate. */
const ntTenth = { ...ntSetup, perSec: 3, settings: { ReservedPorts: "1423-5000" } }
const ntPorts = 398
const search = { "ports.tries": "all" }
const vista = { profile: "vista-sp2", waitSec: 120 }
const linuxSetup = { profile: "linux-6.12", waitSec: 60 }
const tenPorts = { ...linuxReuse, "net.ipv4.ip_local_port_range": "40000 40009" }

function rate(
  name: string,
  expected: number,
  setup: Setup,
  [fromSec, forSec]: readonly [number, number],
): Proof {
  const measure = sustained(setup, fromSec, forSec)
  return { name: `${name}: per second`, expected, measure, isExact: true }
}

/** What goes on for ever. Whole turns are measured where the order is sequential. */
const rates: readonly Proof[] = [
  rate("NT at 16.5/s", 16.5, { ...ntSetup, perSec: 16.5 }, [240, 480]),
  rate("NT at 20/s", sawtoothRate(20, nt, 240), ntSetup, [ntTurn, 2 * ntTurn]),
  rate("NT at 40/s", sawtoothRate(40, nt, 240), { ...ntSetup, perSec: 40 }, [
    (3 * nt) / 40,
    (6 * nt) / 40,
  ]),
  {
    name: "NT at 20/s: seconds without success",
    expected: sawtoothGapSec(20, nt, 240),
    measure: gap,
    isExact: true,
  },
  rate(
    "NT at 150/s, TcpTimedWaitDelay 30",
    sawtoothRate(150, nt, 30),
    { ...ntSetup, perSec: 150, waitSec: 30 },
    [(2 * nt) / 150, (4 * nt) / 150],
  ),
  rate(
    "NT passing over TIME-WAIT, at 150/s, TcpTimedWaitDelay 30",
    recyclingRate(nt, 0, 30),
    { ...ntSetup, settings: search, perSec: 150, waitSec: 30 },
    [30, 150],
  ),
  rate(
    "2003 SP1 at 20/s, 240 s",
    searchRate(20, nt, 240),
    { ...ntSetup, profile: "2003-sp1" },
    [240, 480],
  ),
  rate(
    "Vista, random start at 200/s, 120 s",
    searchRate(200, dynamic, 120),
    { ...vista, perSec: 200 },
    [120, 120],
  ),
  rate(
    "FreeBSD, a tenth, at 110/s",
    searchRate(110, freebsdPorts, 60),
    { profile: "freebsd", settings: freebsdTenth, perSec: 110, waitSec: 60 },
    [60, 60],
  ),
  rate(
    "macOS, a tenth, 40 destinations at 70/s",
    searchRate(70, 1638, 30),
    { profile: "macos", settings: macosTenth, perSec: 70, waitSec: 30, destinations: 40 },
    [30, 60],
  ),
  rate(
    "Linux, a tenth, at 60/s",
    searchRate(60, linuxPorts, 60),
    { ...linuxSetup, settings: linuxTenth, perSec: 60 },
    [60, 60],
  ),
  rate(
    "Linux, tw_reuse and 10 ports, at 50/s",
    reuseRate(10, 0, 1),
    { ...linuxSetup, profile: "linux-6.14", settings: tenPorts, perSec: 50 },
    [1, 50],
  ),
  ...[
    rate("Linux at 500/s", searchRate(500, linux, 60), { ...linuxSetup, perSec: 500 }, [60, 60]),
    rate(
      "FreeBSD at 1000/s",
      searchRate(1000, freebsd, 60),
      { profile: "freebsd", perSec: 1000, waitSec: 60 },
      [60, 60],
    ),
    rate(
      "macOS at 600/s, 40 destinations",
      searchRate(600, dynamic, 30),
      { profile: "macos", perSec: 600, waitSec: 30, destinations: 40 },
      [30, 60],
    ),
  ].map((each) => ({ ...each, isLong: true })),
]

/** Where chance decides. */
const chances: readonly Proof[] = [
  {
    name: "Vista, one draw, a tenth, at 10/s: per second",
    expected: oneDrawRate(10, 1638, 120),
    measure: sustained({ ...vista, settings: { ...random, ...vistaTenth }, perSec: 10 }, 240, 240),
  },
  {
    name: "NT, a tenth, 40 % closed here, 3/s: share that fails",
    expected: collisionShare(usesWithinWait(3, ntPorts, 240), 1, 0.4),
    // A port used a turn ago may have failed then: some turns until the share is steady.
    measure: failureShare({ ...ntTenth, closedHere: 0.4 }, 663, 398),
  },
  {
    name: "2003 SP1, a tenth, 40 % closed here, 3/s: share that fails",
    expected: 0,
    measure: failureShare({ ...ntTenth, profile: "2003-sp1", closedHere: 0.4 }, 265, 265),
  },
  {
    name: "NT, a tenth, to 50 destinations at 3/s: share that fails",
    expected: collisionShare(usesWithinWait(3, ntPorts, 240), 50),
    measure: failureShare({ ...ntTenth, destinations: 50 }, 265, 265 * 4),
  },
  {
    name: "NT, a tenth, to 20 destinations at 6/s: share that fails",
    expected: collisionShare(usesWithinWait(6, ntPorts, 240), 20),
    measure: failureShare({ ...ntTenth, perSec: 6, destinations: 20 }, 265, 265 * 2),
  },
  {
    name: "Linux, a tenth, at 40/s: share of odd ports",
    expected: linuxOddShare(40, linuxPorts, 60),
    measure: (seed) => {
      const run = new Run({ ...linuxSetup, settings: linuxTenth, perSec: 40 }, seed)
      run.attemptFor(120)
      return run.attemptFor(60).oddPorts / run.successes
    },
    isExact: true,
  },
  {
    name: "NT to 500 destinations at 20/s: share that fails",
    expected: collisionShare(usesWithinWait(20, nt, 240), 500),
    measure: failureShare({ ...ntSetup, destinations: 500 }, ntTurn, 10 * ntTurn),
    isLong: true,
  },
]

export const PROOFS: readonly Proof[] = [...firsts, ...rates, ...chances]

/** The longest run of failures after the first success has been had, in seconds. */
function gap(seed: number): number {
  const run = new Run(ntSetup, seed)
  let longest = 0
  let failed = 0
  while (run.seconds < 4 * ntTurn) {
    failed = run.attempt() ? 0 : failed + 1
    longest = Math.max(longest, failed)
  }
  return longest / ntSetup.perSec
}

/** Mean over the seeds 1 to `seeds`. */
export function meanOf(proof: Proof, seeds: number): number {
  let sum = 0
  for (let seed = 1; seed <= seeds; seed++) sum += proof.measure(seed)
  return sum / seeds
}

/** How far the mean is from the formula: 0.02 is 2 %. */
export function errorOf(proof: Proof, mean: number): number {
  return proof.expected === 0 ? Math.abs(mean) : Math.abs(mean / proof.expected - 1)
}
