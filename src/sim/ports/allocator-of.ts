/**
 * The allocator of a system as it is set up: its profile's range and rule, changed by registry values and sysctls under
 * their own names. Where documents disagree or say nothing, a value under `ports.` chooses.
 */

import { type PortPool, type PortRange, parsePortList, parsePortRange } from "../../model/ports.ts"
import type { Allocator, HostProfile, PortSharing } from "../../model/profile.ts"
import type { Random } from "../random.ts"
import { second } from "../second.ts"
import { numberOf, type Settings } from "../settings.ts"
import { HashedPorts, type HashedSetting } from "./hashed-ports.ts"
import type { PortAllocator } from "./port-allocator.ts"
import type { ReuseAfter } from "./port-table.ts"
import { RandomPorts, type RandomRule } from "./random-ports.ts"
import { SequentialPorts, type SequentialRule } from "./sequential-ports.ts"

/** What no document settles, and what a program decides; a host sets them like registry values. */
export const PORT_SWITCHES = {
  "ports.allocator": "one of the Allocator names: another rule than the profile's",
  "ports.sharing": "four-tuple or host-wide: whether an open connection takes its port from all",
  "ports.tries":
    "one or all: whether a port in TIME-WAIT to the same destination fails the call or is passed over",
  "ports.start": "random or next: where FreeBSD, macOS and Windows since Vista begin to look",
  "ports.reseedSec": "Linux: seconds after which the hashed start changes; 0 never",
  "ports.bind": "first: bind(addr, 0) before connect, so that a port is one connection's",
  "ports.excluded": "ranges never handed out, where the system has no setting for it",
} as const

export type AllocatorContext = {
  /** This host's chance for ports: new Random(seed, "<host> ports"). */
  readonly random: Random
  /** Destinations reached over loopback; for tcp_tw_reuse = 2. */
  readonly isLoopback?: (destination: number) => boolean
  /** Destinations that answer with timestamps, without which TIME-WAIT is not reused; all where not given. */
  readonly hasTimestamps?: (destination: number) => boolean
}

/** EPHEMERAL_PORT_SHUFFLE_PERIOD of net/core/secure_seq.c. */
const linuxReseedSec = 10
/** Linux draws a step of 2 to 16 (`__inet_hash_connect`). */
const linuxSteps = 8
/** LAN Manager's ports are not documented; its slots run out first. */
const undocumented: PortRange = { first: 1025, last: 5000 }

/** An unknown switch value throws a RangeError; a range that is none too. */
export function allocatorOf(
  profile: HostProfile,
  settings: Settings,
  context: AllocatorContext,
): PortAllocator {
  const pool = poolOf(profile, settings)
  const name = allocatorNameOf(profile, settings)
  const sharing = oneOf<PortSharing>(
    settings,
    "ports.sharing",
    ["four-tuple", "host-wide"],
    profile.portSharing?.value ?? (profile.family === "windows" ? "host-wide" : "four-tuple"),
  )
  const isOpenHostWide = sharing === "host-wide"
  const sequential = (rule: SequentialRule): PortAllocator =>
    new SequentialPorts({ pool, rule, isOpenHostWide })
  const random = (rule: RandomRule): PortAllocator =>
    new RandomPorts({ pool, rule, isOpenHostWide, isWaitHostWide: false }, context.random)
  // A port in TIME-WAIT cannot be the whole host's if an open one is not.
  const hostWide = { pool, isOpenHostWide: true, isWaitHostWide: true }
  const start = oneOf(settings, "ports.start", ["random", "next"], "random")
  const search = start === "next" ? "next" : "then-next"
  const tries = oneOf(settings, "ports.tries", ["one", "all"], "one")
  switch (name) {
    case "sequential":
      return sequential(tries === "all" ? "search" : "one-try")
    case "sequential-time-wait-free":
      return sequential("blind")
    case "smart":
    case "smart-by-destination":
      return sequential(name)
    case "random":
      return random(tries === "all" ? "redraw" : "one-draw")
    case "random-start":
      return random(search)
    case "random-start-host-wide":
      return new RandomPorts({ ...hostWide, rule: search }, context.random)
    case "hash":
    case "hash-parity":
    case "double-hash-parity":
      return hashed(name, pool, settings, reuseOf(profile, settings, context), context.random)
    case "slots":
      return new SequentialPorts({
        pool,
        rule: "search",
        isOpenHostWide: true,
        isWaitHostWide: true,
        slotsMax: slotsOf(profile, settings),
      })
  }
}

function hashed(
  name: "hash" | "hash-parity" | "double-hash-parity",
  pool: PortPool,
  settings: Settings,
  reuseAfter: ReuseAfter,
  random: Random,
): PortAllocator {
  const isDouble = name === "double-hash-parity"
  const reseedSec = numberOf(settings["ports.reseedSec"]) ?? (isDouble ? linuxReseedSec : 0)
  const bindsFirst = oneOf(settings, "ports.bind", ["first", "late"], "late") === "first"
  const setting: HashedSetting = {
    pool,
    byParity: name !== "hash",
    cursor: isDouble ? "destination" : "host",
    steps: isDouble ? linuxSteps : 1,
    reseedAfter: reseedSec > 0 ? reseedSec * second : Number.POSITIVE_INFINITY,
    reuseAfter,
    bindsFirst,
    neverBinds: !bindsFirst,
  }
  return new HashedPorts(setting, random)
}

const allocators: readonly Allocator[] = [
  "sequential",
  "sequential-time-wait-free",
  "smart",
  "smart-by-destination",
  "random",
  "random-start",
  "hash",
  "hash-parity",
  "double-hash-parity",
  "random-start-host-wide",
  "slots",
]

/** The rule by which this host chooses; a profile that names none has its family's. */
function allocatorNameOf(profile: HostProfile, settings: Settings): Allocator {
  return oneOf(
    settings,
    "ports.allocator",
    allocators,
    profile.allocator?.value ?? familyAllocators[profile.family],
  )
}

const familyAllocators: Readonly<Record<HostProfile["family"], Allocator>> = {
  windows: "random-start",
  "lan-manager": "slots",
  linux: "double-hash-parity",
  macos: "random-start-host-wide",
  freebsd: "random-start",
}

/** Which ports the host hands out, as it is set up. */
export function poolOf(profile: HostProfile, settings: Settings): PortPool {
  const value = (name: string): number | string | undefined =>
    settings[name] ?? profile.settings[name]?.value
  const range = rangeSet(profile, value) ?? profile.ephemeral?.value ?? undocumented
  const excluded = ["net.ipv4.ip_local_reserved_ports", "ReservedPorts", "ports.excluded"]
    .concat("excludedportrange.ipv4.tcp")
    .flatMap((name) => listOf(name, String(value(name) ?? "")))
  return { range, excluded }
}

/** The range by the system's own setting; undefined where it has none. */
function rangeSet(
  profile: HostProfile,
  value: (name: string) => number | string | undefined,
): PortRange | undefined {
  const text = value("net.ipv4.ip_local_port_range")
  if (text !== undefined && profile.family === "linux") return rangeOf(String(text))
  const first = numberOf(value("net.inet.ip.portrange.first"))
  const last = numberOf(value("net.inet.ip.portrange.last"))
  if (first !== undefined && last !== undefined) return rangeOf(`${first} ${last}`)
  if (profile.family !== "windows") return undefined
  const start = numberOf(value("dynamicport.ipv4.tcp.start"))
  const num = numberOf(value("dynamicport.ipv4.tcp.num"))
  if (start !== undefined && num !== undefined) return rangeOf(`${start} ${start + num - 1}`)
  const top = numberOf(value("MaxUserPort"))
  // Vista and later do not look at it; they have another range and none of this name in their settings.
  if (top === undefined || profile.settings["MaxUserPort"] === undefined) return undefined
  // KB196271: 5000 to 65534.
  const highest = Math.max(5000, Math.min(65_534, top))
  return rangeOf(`${profile.ephemeral?.value.first ?? undocumented.first} ${highest}`)
}

function rangeOf(text: string): PortRange {
  const range = parsePortRange(text)
  if (range === undefined) throw new RangeError(`Cannot take "${text}" as a port range`)
  return range
}

function listOf(name: string, text: string): readonly PortRange[] {
  const ranges = parsePortList(text)
  if (ranges === undefined) throw new RangeError(`Cannot take "${text}" as ${name}`)
  return ranges
}

/** LAN Manager: TCPCONNECTIONS, or the sum that stands for it where a part is set (KB Q94246). */
function slotsOf(profile: HostProfile, settings: Settings): number {
  const parts = ["NBSESSIONS", "NUMSOCKETS", "NSESSIONS"]
  const set = numberOf(settings["TCPCONNECTIONS"])
  if (set !== undefined) return set
  if (parts.every((name) => settings[name] === undefined)) {
    return profile.tcbMax?.value ?? Number.POSITIVE_INFINITY
  }
  const values = parts.map((name) => numberOf(settings[name] ?? profile.settings[name]?.value) ?? 0)
  return values.reduce((sum, each) => sum + each, 1)
}

/**
 * When TIME-WAIT no longer keeps a port from connect(). Kernels without tcp_tw_reuse_delay compare whole seconds; a
 * second stands for that.
 */
function reuseOf(
  profile: HostProfile,
  settings: Settings,
  { isLoopback, hasTimestamps }: AllocatorContext,
): ReuseAfter {
  const value = (name: string): number | undefined =>
    numberOf(settings[name] ?? profile.settings[name]?.value)
  const reuse = value("net.ipv4.tcp_tw_reuse") ?? 0
  const delay = (value("net.ipv4.tcp_tw_reuse_delay") ?? 1000) * 1000
  const never = Number.POSITIVE_INFINITY
  if (value("net.ipv4.tcp_timestamps") === 0 || reuse === 0) return () => never
  if (reuse === 1 && hasTimestamps === undefined) return () => delay
  const isReused = reuse === 1 ? () => true : (isLoopback ?? (() => false))
  return (destination) =>
    isReused(destination) && hasTimestamps?.(destination) !== false ? delay : never
}

function oneOf<T extends string>(
  settings: Settings,
  name: string,
  values: readonly T[],
  otherwise: T,
): T {
  const set = settings[name]
  if (set === undefined) return otherwise
  const found = values.find((each) => each === set)
  if (found !== undefined) return found
  throw new RangeError(`Cannot take ${name} = "${set}": one of ${values.join(", ")} is needed`)
}
