/**
 * Timers and bounds that registry values of Windows and sysctls of the BSDs change (facts: windows.md 2.4; FreeBSD
 * tcp(4)). What is not set is the profile's.
 */

import { second } from "../second.ts"
import { numberOf, type Settings } from "../settings.ts"
import type { TcpRules } from "./rules.ts"

const millisecond = 1000

export function windowsTimers(settings: Settings, waits: readonly number[]): Partial<TcpRules> {
  const value = (name: string): number | undefined => numberOf(settings[name])
  // Until 2003 TcpMaxConnectRetransmissions and TcpInitialRtt, since Windows 8 netsh's names.
  const retries = value("TcpMaxConnectRetransmissions") ?? value("MaxSynRetransmissions")
  const first = value("TcpInitialRtt") ?? value("InitialRto")
  const answers = value("TcpMaxConnectResponseRetransmissions")
  const initial = first === undefined ? (waits[0] ?? second) : first * millisecond
  const doubling = (count: number): readonly number[] =>
    Array.from({ length: count + 1 }, (_, turn) => initial * 2 ** turn)
  const free = value("MaxFreeTcbs")
  return {
    ...(retries === undefined && first === undefined
      ? {}
      : { syn: doubling(retries ?? waits.length - 1) }),
    ...(answers === undefined ? {} : { synAck: doubling(answers) }),
    // KB Q151418: beyond it the oldest of TIME-WAIT make room.
    ...(free === undefined ? {} : { tcbMax: free, tcbsRecycleTimeWait: true }),
  }
}

export function bsdTimers(settings: Settings, waits: readonly number[]): Partial<TcpRules> {
  const lifetime = numberOf(settings["net.inet.tcp.msl"])
  const patience = numberOf(settings["net.inet.tcp.keepinit"])
  return {
    ...(lifetime === undefined ? {} : { timeWait: 2 * lifetime * millisecond }),
    ...(patience === undefined ? {} : { syn: cutTo(waits, patience * millisecond) }),
  }
}

/** The waits of a schedule, the last cut or drawn out so that all end together then. */
function cutTo(waits: readonly number[], total: number): readonly number[] {
  const kept: number[] = []
  let elapsed = 0
  for (const wait of waits) {
    const rest = total - elapsed
    kept.push(Math.min(wait, rest))
    elapsed += wait
    if (elapsed >= total) return kept
  }
  return [...kept.slice(0, -1), (kept.at(-1) ?? 0) + total - elapsed]
}
