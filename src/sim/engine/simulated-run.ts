/**
 * What a run yields: plain data for reports, sweeps and exports. Times are seconds since the run began; hosts of a
 * group are `name` (one machine) or `name[17]` (counted from 0).
 */
import type { LimitId, Place } from "../../model/limit.ts"
import type { HostProfile } from "../../model/profile.ts"
import type { State } from "../../model/state.ts"
import type { ScenarioRule } from "../scenario/scenario.ts"
import type { Settings } from "../settings.ts"

export type SimulatedRun = {
  readonly schema: "fourtuple.run/1"
  readonly title: string
  readonly seed: number
  readonly durationSec: number
  readonly applications: readonly ApplicationOutcome[]
  /** Every pool of hosts and boxes that was used. */
  readonly pools: readonly PoolUse[]
  /** Those that refused something, the first to refuse first; behind them those that only made attempts wait. */
  readonly bound: readonly PoolUse[]
  readonly timeline: Timeline
  readonly events: readonly RunEvent[]
  readonly totals: {
    readonly connections: number
    readonly segments: number
    /** Connections on a four-tuple that was in TIME-WAIT less long ago than the system's own 2MSL: what cutting it short risks. */
    readonly reusedEarly?: number
  }
}

export type ApplicationOutcome = {
  readonly name: string
  readonly kind: string
  readonly on: string
  readonly started: number
  readonly succeeded: number
  readonly failed: number
  /** Neither, when the run ended. */
  readonly pending: number
  /** Successes per second from the start of the application until it stops, or its last attempt of so many ends. */
  readonly successesPerSec: number
  readonly firstFailureSec?: number
  readonly lastSuccessSec?: number
  /** By the name that system gives them; most first. */
  readonly errors: readonly {
    readonly error: string
    readonly count: number
    readonly firstSec: number
  }[]
  /** Of successful attempts. */
  readonly connectMs?: { readonly p50: number; readonly p95: number; readonly max: number }
  /** What its user saw, where that is more than errors: "alternating". */
  readonly symptoms: readonly string[]
  /** Other figures of that kind of program, by name. */
  readonly figures: Readonly<Record<string, number>>
}

export type PoolUse = {
  readonly limit: LimitId
  readonly place: Place
  /** The machine or box, and whose share: "isa, per source". */
  readonly at: string
  readonly per: string
  /** Absent: not bounded. */
  readonly capacity?: number
  /** The most that was taken at one time. */
  readonly peak: number
  readonly refused: number
  readonly firstRefusedSec?: number
  /** Taken when the run ended. */
  readonly used: number
}

export type Timeline = {
  readonly stepSec: number
  /** One value for each step, the first at 0. */
  readonly series: readonly {
    readonly name: string
    /** "state": connections of a group in a state; "pool": units taken; "attempts": ended since the step before. */
    readonly kind: "state" | "pool" | "attempts"
    readonly of: string
    readonly capacity?: number
    readonly values: readonly number[]
  }[]
}

/** A record of an event log, a kernel message, or an alert of a firewall. */
export type RunEvent = {
  readonly timeSec: number
  readonly on: string
  /** "Tcpip", "Srv", "kernel", "Microsoft Firewall". */
  readonly source: string
  /** Windows: the number. Kernel: our name of the message (catalog/events.ts). */
  readonly id: number | string
  readonly data?: Readonly<Record<string, string | number>>
}

/** Everything seen, for exports and for diagnosis; bounded, and says when it was cut. */
export type Recording = {
  readonly run: SimulatedRun
  readonly hosts: readonly HostRecord[]
  readonly boxes: readonly BoxRecord[]
  readonly attempts: readonly AttemptRow[]
  /** What passed the interface of the machine that was asked for. */
  readonly packets?: CapturedPackets
  /** What was cut, in words. */
  readonly cut: readonly string[]
}

export type HostRecord = {
  readonly name: string
  readonly address: string
  readonly profile: HostProfile
  readonly settings: Settings
  readonly descriptors?: number
  /** When asked for: each moment's sockets. */
  readonly snapshots: readonly Snapshot[]
  /** Since the run began, by the names of catalog/counters.ts (TcpExt.ListenOverflows, …). */
  readonly counters: Readonly<Record<string, number>>
}

export type Snapshot = {
  readonly timeSec: number
  readonly sockets: readonly SocketRow[]
  /** Counters up to then, named as those of the host. */
  readonly counters?: Readonly<Record<string, number>>
}

export type SocketRow = {
  readonly state: State
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
  /** Name of the program that holds it. */
  readonly process?: string
  /** Bytes sent that are not acknowledged, and how often the oldest has been sent again. */
  readonly sendQueue?: number
  readonly retransmits?: number
  /** Until it is sent again. */
  readonly timerMs?: number
  /** Since text last came. */
  readonly lastReceiveMs?: number
  /** LISTEN: waiting for accept, and the backlog. */
  readonly acceptQueue?: number
  readonly backlog?: number
}

export type BoxRecord = {
  readonly name: string
  /** Host it is in, for a machine's own. */
  readonly at?: string
  readonly profileId: string
  readonly rows: readonly BoxRow[]
  readonly flows: number
  readonly flowsMax?: number
  /** As `conntrack -S` or the metrics of a cloud have them: names of catalog/counters.ts. */
  readonly counters: Readonly<Record<string, number>>
  /** What it counted up to earlier moments. */
  readonly readings?: readonly BoxReading[]
  /** Rules with the packets they have refused. */
  readonly rules?: readonly { readonly rule: ScenarioRule; readonly packets: number }[]
}

export type BoxReading = {
  readonly timeSec: number
  readonly flows: number
  readonly counters: Readonly<Record<string, number>>
  /** Of its rules, in order. */
  readonly packets?: readonly number[]
}

/** A row of a firewall's log. */
export type BoxRow = {
  readonly timeSec: number
  readonly action: "establish" | "terminate" | "fail" | "deny"
  readonly code: number
  readonly from: string
  readonly fromPort: number
  readonly to: string
  readonly toPort: number
  readonly startedSec: number
}

export type AttemptRow = {
  readonly timeSec: number
  readonly application: string
  readonly on: string
  readonly from: string
  readonly to: string
  readonly port: number
  readonly ok: boolean
  /** As that system names it: ETIMEDOUT, WSAENOBUFS, "error 53". */
  readonly error?: string
  readonly ms: number
}

/** Columns, one row a segment; addresses as indexes into `addresses`. */
export type CapturedPackets = {
  readonly count: number
  readonly addresses: readonly string[]
  /** Microseconds since the run began. */
  readonly time: Float64Array
  readonly from: Int32Array
  readonly to: Int32Array
  readonly fromPort: Uint16Array
  readonly toPort: Uint16Array
  /** Bits of tcp/states.ts; ICMP where `icmpCode` is not 255. */
  readonly flags: Uint16Array
  readonly sequence: Int32Array
  readonly acknowledgment: Int32Array
  readonly length: Int32Array
  readonly window: Uint16Array
  readonly stamp: Int32Array
  readonly echo: Int32Array
  /** 255: not ICMP; else type 3 with that code, about the segment whose ports and sequence these are. */
  readonly icmpCode: Uint8Array
  /** Time to live as it was captured; 0 and absent: that of the sender's system. Tells a box's answer from a host's. */
  readonly ttl?: Uint8Array
}
