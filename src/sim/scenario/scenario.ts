/**
 * What a run is made of, after reading and checking (schema.ts is the form people write). Every name is resolved, every
 * default filled in; times are seconds, shares are from 0 to 1.
 */

import type { LimitId } from "../../model/limit.ts"
import type { PortRange } from "../../model/ports.ts"
import type { HostProfile, MiddleboxProfile } from "../../model/profile.ts"
import type { Settings } from "../settings.ts"

export type Scenario = {
  readonly title: string
  readonly seed: number
  readonly durationSec: number
  readonly hosts: readonly ScenarioHost[]
  readonly middleboxes: readonly ScenarioBox[]
  readonly paths: readonly ScenarioPath[]
  readonly applications: readonly ScenarioApplication[]
}

/** One machine, or a group of equal machines with consecutive addresses. */
export type ScenarioHost = {
  readonly name: string
  readonly profile: HostProfile
  /** Of the first. */
  readonly address: string
  readonly count: number
  readonly settings: Settings
  /** File descriptors of each program; absent: not bounded. */
  readonly descriptors?: number
  readonly listeners: readonly ScenarioListener[]
  /** How many of them are switched off, spread evenly over the group. */
  readonly dead: number
  /** What a router answers for a dead one: nothing, or ICMP host unreachable after the time of ARP's tries. */
  readonly deadAnswers: "nothing" | "host-unreachable"
}

/** A server program on one port of every machine of the group. */
export type ScenarioListener = {
  readonly port: number
  readonly backlog: number
  /** It calls accept: at once, so many times a second, or never. */
  readonly accepts: "at-once" | "never" | number
  /** Requests served at once; others wait in the program. */
  readonly workers: number
  /** From a request to its answer. */
  readonly serviceSec: number
  /** Bytes of an answer. */
  readonly answerBytes: number
  /** What it does when the client has closed: closes too, or forgets to (CLOSE-WAIT stays). */
  readonly onClientClose: "closes" | "leaks"
  /** It closes a connection that has been idle for so long. */
  readonly idleSec?: number
  /** Sessions it admits, of all clients and of one; above: refused by the program's own answer. */
  readonly sessions?: number
  readonly sessionsPerClient?: number
  /** How it turns away: a session error in the protocol (SMB: 71), closing, RST. */
  readonly turnsAwayBy: "error" | "close" | "reset"
  /** In front of its port on the same machine: RST for everyone, or silence. */
  readonly isFiltered: "no" | "silence" | "reset"
}

/** A rule on new connections (nftables); the first that refuses decides. */
export type ScenarioRule = {
  /** deny: every one; count: more than `over` at once; rate: more than `over` in `perSec` seconds. */
  readonly kind: "deny" | "count" | "rate"
  readonly over: number
  readonly perSec: number
  readonly burst: number
  /** Whose are counted together. */
  readonly per: "rule" | "source" | "destination" | "pair"
  readonly answer: "drop" | "reset" | "icmp"
  readonly icmpCode: number
  /** All where empty. */
  readonly ports: readonly number[]
  /** Names of host groups; all where empty. */
  readonly from: readonly string[]
  readonly to: readonly string[]
}

export type ScenarioBox = {
  readonly name: string
  readonly profile: MiddleboxProfile
  /** A host group whose every machine has this box in itself (its own conntrack, its own rules). */
  readonly at?: string
  /** In place of the profile's capacities; null: no such limit. */
  readonly limits: Readonly<Partial<Record<LimitId, number | null>>>
  /** The same for exceptions. */
  readonly customLimits: Readonly<Partial<Record<LimitId, number | null>>>
  /** Host groups on the list of exceptions. */
  readonly custom: readonly string[]
  readonly rules: readonly ScenarioRule[]
  readonly nat?: {
    /** Translated addresses. */
    readonly addresses: readonly string[]
    /** Host groups behind it. */
    readonly inside: readonly string[]
    readonly ports?: PortRange
    readonly isRandom: boolean
    /** Cloud translators: ports of one machine, and up to how many they grow. */
    readonly portsOfOne?: number
    readonly portsMost?: number
  }
  /** Entries of its flow table, and its timers in place of the profile's, by its names (seconds). */
  readonly flowsMax?: number
  /** Lists of its hash table (nf_conntrack_buckets). */
  readonly buckets?: number
  readonly timersSec: Readonly<Record<string, number>>
  /** Rate limits of ISA: a minute on the clock, or a moving one. */
  readonly rateWindow: "fixed" | "sliding"
  /** How long a connection still counts after its end. */
  readonly lingerSec: number
  /** What fits no flow: passed on as it is, or dropped (`ct state invalid drop`). */
  readonly dropsInvalid: boolean
  /** It lets a flow be taken up in its middle (nf_conntrack_tcp_loose). */
  readonly isLoose: boolean
}

/** Between two groups, in both directions. */
export type ScenarioPath = {
  /** Group names; "*" is every group. */
  readonly from: string
  readonly to: string
  /** One way. */
  readonly delaySec: number
  /** Added evenly from 0 up to this. */
  readonly jitterSec: number
  /** Of segments, each way. */
  readonly loss: number
  /** Names of middleboxes, from `from` to `to`. */
  readonly through: readonly string[]
  /** Times when nothing passes. */
  readonly down: readonly { readonly fromSec: number; readonly toSec: number }[]
  /** A router answers every first SYN with ICMP. */
  readonly unreachable?: "net" | "host" | "admin-prohibited"
  /** Segments with more bytes than this are lost in silence. */
  readonly mtu?: number
}

/** How long: always the same, evenly between two, or exponential. */
export type Spread =
  | { readonly kind: "fixed"; readonly sec: number }
  | { readonly kind: "between"; readonly fromSec: number; readonly toSec: number }
  | { readonly kind: "exponential"; readonly meanSec: number }

export type Retry = {
  readonly times: number
  readonly delaySec: number
  /** Each delay is so many times the last. */
  readonly factor: number
  readonly mostSec: number
  /** Evenly between nothing and the delay ("full jitter"). */
  readonly hasJitter: boolean
}

type Common = {
  readonly name: string
  /** Group whose every machine runs it. */
  readonly on: string
  readonly startSec: number
  readonly stopSec: number
}

/** A program that opens connections. The kinds sweep, net-use, http, streams and trace are this with other defaults. */
export type ClientApplication = Common & {
  readonly kind: "connect" | "sweep" | "net-use" | "http" | "streams" | "trace"
  /** Groups. */
  readonly to: readonly string[]
  /** Tried together: the first that is connected is kept, the others are closed. */
  readonly ports: readonly number[]
  readonly arrivals:
    | { readonly kind: "open"; readonly perSec: number; readonly isPoisson: boolean }
    | { readonly kind: "closed"; readonly threads: number; readonly thinkSec: number }
    | { readonly kind: "trace"; readonly timesSec: readonly number[] }
  /** Attempts in all; Infinity: until it stops. */
  readonly count: number
  /** once: every target one time, in order. */
  readonly order: "once" | "round" | "random"
  /** The program's own patience with connect(); Infinity: the system's. */
  readonly timeoutSec: number
  readonly retry: Retry
  /** Requests on one connection, one after another, and the pause before each but the first. */
  readonly requests: number
  readonly pauseSec: number
  readonly requestBytes: number
  /** Patience with an answer. */
  readonly answerTimeoutSec: number
  /** From connected (or the last answer) to the close. */
  readonly hold: Spread
  /** With threads: the thread is free again as soon as its work is done, while the connection is still held. */
  readonly isHeldAside: boolean
  readonly close: "client" | "server" | "reset" | "never"
  /** Names that do not resolve: a share of the attempts. */
  readonly unresolved: number
}

/** Requests over connections that are used again: at most so many, closed when idle. */
export type PoolApplication = Common & {
  readonly kind: "pool"
  readonly to: readonly string[]
  readonly port: number
  readonly max: number
  readonly perSec: number
  readonly isPoisson: boolean
  readonly count: number
  readonly requestBytes: number
  readonly idleSec: number
  /** How long a request waits for a connection. */
  readonly waitSec: number
  readonly timeoutSec: number
  readonly answerTimeoutSec: number
  readonly retry: Retry
}

/** SYNs whose answers nobody waits for, from addresses that are not there or from the machine's own. */
export type FloodApplication = Common & {
  readonly kind: "flood"
  readonly to: readonly string[]
  readonly port: number
  readonly perSec: number
  readonly count: number
  readonly isSpoofed: boolean
}

/** LAN Manager for MS-DOS (KB Q94246): a logon script that connects to many resources, and a second logon. */
export type LogonApplication = Common & {
  readonly kind: "logon-script"
  /** Servers, one `net use` each, in order. */
  readonly to: readonly string[]
  readonly port: number
  /** Resources the script connects, one connection each, over the servers in turn. */
  readonly resources: number
  /** When `net logon … /y` is entered again; Infinity: never. */
  readonly relogonSec: number
  /** `net logoff` first, and so long a wait before `net logon`. */
  readonly logoffWaitSec: number
  /** Connections other programs of the machine hold (telnet, sockets). */
  readonly others: number
}

/** Alarm provider and its clients (Tech Note 838). */
export type AlarmApplication = Common & {
  readonly kind: "alarms"
  /** `on` is the provider; these show its alarms. */
  readonly clients: readonly string[]
  readonly mode: "summary" | "historical"
  /** Who opens connections. */
  readonly direction: "provider-connects" | "client-connects"
  readonly port: number
  /** Areas whose alarms come over a connection of their own. */
  readonly areas: number
  readonly alarmsPerArea: number
  /** A client asks so often, and shows what has come after so long: "100 %". */
  readonly querySec: number
  readonly showsAfterSec: number
}

export type ScenarioApplication =
  | ClientApplication
  | PoolApplication
  | FloodApplication
  | LogonApplication
  | AlarmApplication
