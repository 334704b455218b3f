/**
 * What one recorded incident is: a management host (or two) that sweeps many targets on port 445 through a
 * router, what the router does to it, where it is captured. Plain data, so that truth.json can carry it.
 */

/** What stands in the way. All quotas are per source address. */
export type Obstacle =
  | { readonly kind: "none" }
  /** At most `most` connections at once (nft `ct count over`). */
  | { readonly kind: "concurrent"; readonly most: number; readonly verdict: Verdict }
  /** `perMinute` SYNs a minute, refilled evenly, at most `burst` saved up (nft `limit rate over`). */
  | {
      readonly kind: "rate"
      readonly perMinute: number
      readonly burst: number
      readonly verdict: Verdict
    }
  /** `perWindow` SYNs in each window, then none until the next (a quota that a timer resets). */
  | {
      readonly kind: "rate-window"
      readonly perWindow: number
      readonly windowSec: number
      readonly verdict: Verdict
    }
  /** `perMinute` saved up at once; whoever exceeds it is blocked altogether for so long. */
  | {
      readonly kind: "rate-block"
      readonly perMinute: number
      readonly blockSec: number
      readonly verdict: Verdict
    }
  /** At most `most` unanswered SYNs of a source; a dead target holds its slot for `slotSec`. */
  | {
      readonly kind: "embryonic"
      readonly most: number
      readonly slotSec: number
      readonly verdict: Verdict
    }
  /** The host itself has at most `most` connects under way (Windows XP SP2: 10). */
  | { readonly kind: "local-embryonic"; readonly most: number }
  /** Packets lost of 100, both ways. */
  | { readonly kind: "loss"; readonly percent: number }
  /** Port 445 is denied to part of the targets, or to all. */
  | { readonly kind: "policy"; readonly share: number; readonly verdict: Verdict }

export type Verdict = "drop" | "reset" | "icmp"

/** Which system's SYN timing the client shows: 0 1 3 7 s, 0 1 2 3 4 5 7 s, 0 3 9 s. */
export type SynSchedule = "doubling" | "linear" | "windows"

/** Where packets are taken; "both" is every interface of the router, as a mirror port sees it. */
export type VantageName = "client" | "inside" | "outside" | "both"

export type Vantage = {
  readonly name: VantageName
  /** The clock of that machine against the true one: t' = t + offset + drift · (t − first packet). */
  readonly clock?: { readonly offsetSec: number; readonly driftPpm: number }
}

/** How the management program goes about it. Times in milliseconds. */
export type Sweep = {
  readonly targets: number
  /** Of the targets, parts of 1. */
  readonly deadShare: number
  readonly refusedShare: number
  /** Threads, each connecting to one target at a time. */
  readonly threads: number
  /** Connects begun per second, all threads together. */
  readonly perSec: number
  /** How long an open connection is kept, drawn between the two. */
  readonly holdMs: readonly [number, number]
  /** Patience for one connect. */
  readonly timeoutMs: number
  /** How often a failed target is tried again, and after what pause. */
  readonly retries: number
  readonly retryAfterMs: number
  /** Sweeps of the whole list. */
  readonly rounds: number
  /** Between requests on an open connection; 0 for one request after connecting, -1 for none. */
  readonly talkEveryMs: number
}

export type Scenario = {
  readonly id: string
  readonly describe: string
  readonly sweep: Sweep
  readonly obstacle: Obstacle
  readonly sources: 1 | 2
  readonly synSchedule: SynSchedule
  /** The router puts its own address in place of the sources'. */
  readonly nat: boolean
  readonly vantages: readonly Vantage[]
  /** From the first connect to the start of the capture; 0 for before. */
  readonly captureAfterMs: number
  /** From the first connect to the end of everything. */
  readonly runMs: number
  /** What a diagnosis of the captures must say. */
  readonly expect: Expectation
}

export type Expectation = {
  /** The first claim; "none" for no claim. */
  readonly limit: string
  readonly accepted?: readonly string[]
  readonly capacity?: number
  /** Part of the capacity by which it may be off. */
  readonly tolerance?: number
  readonly standing?: "established" | "likely"
  /** Never claimed. */
  readonly not: readonly string[]
  /** Of those, what this evidence cannot exclude: at most "possible", and never first. */
  readonly open?: readonly string[]
}
