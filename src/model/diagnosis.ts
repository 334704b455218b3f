/**
 * What a diagnosis says, in the public JSON form (`fourtuple.diagnosis/1`). Numbers that are not known are
 * left out, never zero. Standing: established, likely and possible are claims; ruled-out means evidence
 * speaks against it; untested means nothing speaks for or against: nobody looked.
 */
import type { LimitId, Place } from "./limit.ts"
import type { Instant } from "./quantity.ts"
import type { State } from "./state.ts"

export type Standing = "established" | "likely" | "possible" | "ruled-out" | "untested"

/** One observation for or against a hypothesis. */
export type Exhibit = {
  readonly for: boolean
  /** Weight of evidence in decibans: 10 × log10 of the likelihood ratio, always positive. */
  readonly weight: number
  readonly says: string
  readonly source: string
  /** Place in the source: "line 12", "sample 2", "frame 812". */
  readonly at?: string
}

/** A file a remedy proposes to write. */
export type RemedyFile = { readonly name: string; readonly content: string }

export type ProposedRemedy = {
  readonly change: string
  /** What it would do here, in numbers where they are known. */
  readonly predicted: string
  readonly commands?: readonly string[]
  /** Side effects. */
  readonly price?: string
  readonly files: readonly RemedyFile[]
}

export type Verdict = {
  readonly limit: LimitId
  readonly place: Place
  /** Whom it concerns: "10.1.1.5 → *:445", "pid 812 (nginx)", "listener 0.0.0.0:80". */
  readonly subject: string
  readonly standing: Standing
  readonly confidence: number
  readonly capacity?: number
  readonly used?: number
  readonly heldBy?: string
  /** One sentence for the first screen: what is dry and what that does. */
  readonly says: string
  readonly exhibits: readonly Exhibit[]
  /** The other limits that were considered for the same symptom, and by what they are excluded. */
  readonly rivals: readonly {
    readonly limit: LimitId
    readonly standing: Standing
    readonly by: string
  }[]
  readonly remedies: readonly ProposedRemedy[]
}

/** Use of one limit in one scope. `unknown` true: it exists here but could not be read. */
export type Headroom = {
  readonly limit: LimitId
  readonly scope: string
  readonly capacity?: number
  readonly used?: number
  readonly utilization?: number
  readonly unknown: boolean
  /** Why it is unknown, or a remark ("host-wide"). */
  readonly note?: string
}

export type CollectNext = { readonly what: string; readonly why: string }

/** One row of the four-tuple ledger: the port pool of one (local address, remote endpoint). */
export type LedgerRow = {
  readonly localAddress: string
  readonly remoteAddress: string
  readonly remotePort: number
  readonly held: number
  readonly heldBy: Readonly<Partial<Record<State, number>>>
  readonly processes: readonly {
    readonly name: string
    readonly pid?: number
    readonly ports: number
  }[]
  readonly pool?: number
  readonly free?: number
  /** Ports that come free within so many ms, soonest first: [ms from now, how many]. */
  readonly freeing: readonly (readonly [number, number])[]
}

/** A line for a chart: a quantity over time. */
export type Series = {
  readonly name: string
  readonly unit: string
  readonly points: readonly (readonly [Instant, number])[]
}

/** What one vantage saw over time, one above the other on the common time line. */
export type Lane = {
  readonly source: string
  readonly kind:
    | "capture"
    | "connection log"
    | "firewall log"
    | "event log"
    | "sockets"
    | "client log"
  /** Connections open at a time. */
  readonly level?: { readonly name: string; readonly points: Series["points"] }
  /** How many of each outcome fell into each bin of the time line. */
  readonly counts: readonly {
    readonly name: string
    readonly isTrouble: boolean
    readonly perBin: readonly number[]
  }[]
  readonly marks: readonly { readonly time: Instant; readonly says: string }[]
}

export type Timeline = {
  readonly from: Instant
  readonly to: Instant
  readonly binSec: number
  readonly lanes: readonly Lane[]
}

/** How the clock of one vantage stood to the one all times are given in, and whether addresses differ there. */
export type Clock = {
  readonly source: string
  readonly reference: string
  /** Added to its times where `isMoved`. */
  readonly offsetSec: number
  readonly driftPpm: number
  readonly spreadMs: number
  /** Moments both saw. */
  readonly matched: number
  readonly isMoved: boolean
  /** A translator in between: the source address here and there. */
  readonly translation?: { readonly here: string; readonly there: string }
}

export type DiagnosisOddity = { readonly name: string; readonly says: string; readonly at: string }

export type Diagnosis = {
  readonly schema: "fourtuple.diagnosis/1"
  readonly vantage: string
  /** ISO 8601; absent where the evidence has no time. */
  readonly from?: string
  readonly to?: string
  /** Best first. */
  readonly verdicts: readonly Verdict[]
  readonly headroom: readonly Headroom[]
  readonly collectNext: readonly CollectNext[]
  readonly oddities: readonly DiagnosisOddity[]
  /** The busiest pools of the four-tuple ledger, fullest first. */
  readonly ledger: readonly LedgerRow[]
  readonly series: readonly Series[]
  /** Absent where nothing in the evidence has a course over time. */
  readonly timeline?: Timeline
  /** Vantages that saw the same connections; absent where no two did. */
  readonly clocks?: readonly Clock[]
  /** What was read: files with format, encoding, lines; or the live source. */
  readonly evidence: readonly {
    readonly source: string
    readonly formats: readonly string[]
    readonly says: string
  }[]
  /** The system as far as it was recognised: "Linux 6.18", "Windows XP SP2 or SP3 (event 4226)". */
  readonly system?: string
  /** What could not be seen, and why (rights, missing facility). */
  readonly blind: readonly string[]
}
