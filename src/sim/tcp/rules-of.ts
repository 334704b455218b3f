/**
 * TCP rules of a host profile: its family's behaviour, with the timers, schedules and bounds of the profile and of what
 * is set on the machine (registry values and sysctls by their catalogue names).
 */

import type { HostProfile, Schedule } from "../../model/profile.ts"
import { second } from "../second.ts"
import { numberOf, type Settings } from "../settings.ts"
import { RESET } from "./errors.ts"
import { linuxSynAckWaits, linuxSynWaits } from "./linux-timers.ts"
import type { TcpRules } from "./rules.ts"
import { doubling, RFC9293 } from "./rules-documents.ts"
import { bsdTimers, windowsTimers } from "./set-timers.ts"
import { NEVER } from "./tcbs.ts"

/** Linux 6.18 (Linux 6.12 tcp_input.c, tcp_minisocks.c; measured on 6.18.44). */
export const LINUX: TcpRules = {
  ...RFC9293,
  id: "linux",
  timeWait: 60 * second,
  finWait2: 60 * second,
  finWait2IsRecord: true,
  syn: [1, 1, 1, 1, 1, 2, 4, 8, 16, 32, 64].map((seconds) => seconds * second),
  synAck: doubling(1, 6),
  data: doubling(0.2, 16, 120),
  orphanData: doubling(0.2, 9, 120),
  rtoMax: 120 * second,
  userTimeoutAfterRetransmission: true,
  window: "linux",
  dropsBareFirst: true,
  limitsOutside: true,
  resetBeforeFin: true,
  resetInCloseWaitBreaksPipe: true,
  bothEndedIsClosed: true,
  resetsTextAcrossFin: true,
  challengesOldAck: "acknowledged",
  pawsSlack: 1,
  pawsSlackOfRepeats: 240,
  missingStamp: "accept",
  hastensSyn: true,
  takesTextOfSyn: false,
  dropsSynFin: true,
  requests: "linux",
  repeatsSynAck: true,
  resetTogether: RESET,
  takesOldAckTogether: true,
  acceptQueueExtra: 1,
  icmpEndsOpening: ["net", "host", "protocol", "port", "admin-prohibited"],
  icmpEndsConnection: [],
  shutdownEndsAttempt: true,
  shutdownWaitsForOpen: true,
  abortEndsTimeWait: false,
  abortAcks: true,
  challengesResetInTimeWait: false,
  reopening: "either",
  reopeningOffset: 65_537,
  ackRestartsTimeWait: true,
}

/** FreeBSD 14 (tcp_input.c, tcp_syncache.c). */
export const FREEBSD: TcpRules = {
  ...RFC9293,
  id: "freebsd",
  timeWait: 60 * second,
  finWait2: 60 * second,
  requests: "freebsd",
  repeatsSynAck: true,
  repeatsFin: true,
  takesAckOfRepeats: true,
  acceptQueueExtra: 1,
  synDrawsOwnReset: true,
  icmpEndsOpening: ["port", "protocol", "admin-prohibited"],
  icmpEndsConnection: [],
  abortAcks: true,
  resetEndsTimeWait: false,
  reopening: "sequence",
  reopensForNobody: true,
  refusedSynDraws: "drop",
}

/** Windows before Vista. */
const windows: TcpRules = {
  ...RFC9293,
  id: "windows",
  challengeInterval: 0,
  resetInWindow: "accept",
  synInWindow: "accept",
  synOnRequest: "reset",
  repeatsSynAck: true,
  refusesWhenFull: true,
  finWait2: 240 * second,
  reopening: "sequence",
  abortAcks: true,
  timeWaitEvicts: "oldest",
}

/** "A short delay": after 5 s all connections of a log-off are free again (KB Q94246). */
const lanManagerWaitMs = 4000

const families: Readonly<Record<HostProfile["family"], TcpRules>> = {
  linux: LINUX,
  freebsd: FREEBSD,
  macos: FREEBSD,
  windows,
  "lan-manager": windows,
}

/**
 * The rules of a system as it is set up. MaxFreeTWTcbs bounds TIME-WAIT only where it is set: were its default of 1000
 * enforced, TIME-WAIT could never hold the 3,976 ports that reports say it does.
 */
export function rulesOf(profile: HostProfile, settings: Settings = {}): TcpRules {
  const family = families[profile.family]
  const { timeWaitMs, synSchedule, synAckSchedule, tcbMax } = profile
  const isLanManager = profile.family === "lan-manager"
  const usualMs = isLanManager ? lanManagerWaitMs : 240_000
  const syn = synSchedule === undefined ? family.syn : waitsOf(synSchedule.value)
  return {
    ...family,
    id: profile.id,
    timeWait: secondsOf(settings["TcpTimedWaitDelay"]) ?? (timeWaitMs?.value ?? usualMs) * 1000,
    syn,
    synAck: synAckSchedule === undefined ? family.synAck : waitsOf(synAckSchedule.value),
    finWait2: secondsOf(settings["net.ipv4.tcp_fin_timeout"]) ?? family.finWait2,
    // LAN Manager's blocks are its allocator's slots.
    tcbMax: isLanManager
      ? NEVER
      : (numberOf(settings["TcpNumConnections"]) ?? tcbMax?.value ?? NEVER),
    ...(profile.family === "windows" ? windowsTimers(settings, syn) : {}),
    ...(profile.family === "freebsd" || profile.family === "macos" ? bsdTimers(settings, syn) : {}),
    ...linuxSchedules(profile, settings),
    ...sysctlRules(
      profile.family === "linux" ? { ...usualOf(profile), ...settings } : settings,
      family,
    ),
  }
}

function usualOf({ settings }: HostProfile): Settings {
  return Object.fromEntries(Object.entries(settings).map(([name, { value }]) => [name, value]))
}

/** What sysctls make of the schedules; the profile's where none is set. */
function linuxSchedules(profile: HostProfile, settings: Settings): Partial<TcpRules> {
  const value = (name: string): number | undefined => {
    const number = Number(settings[`net.ipv4.${name}`] ?? Number.NaN)
    return Number.isFinite(number) ? number : undefined
  }
  const usual = (name: string): number =>
    Number(profile.settings[`net.ipv4.${name}`]?.value ?? Number.NaN)
  const retries = value("tcp_syn_retries")
  const linear = value("tcp_syn_linear_timeouts")
  const answers = value("tcp_synack_retries")
  const syn =
    retries === undefined && linear === undefined
      ? {}
      : {
          syn: linuxSynWaits(
            retries ?? (usual("tcp_syn_retries") || 6),
            linear ?? (usual("tcp_syn_linear_timeouts") || 0),
            profile.synSchedule?.value.retransmitSec[0],
          ),
        }
  return { ...syn, ...(answers === undefined ? {} : { synAck: linuxSynAckWaits(answers) }) }
}

/** What sysctls change. */
export function sysctlRules(settings: Settings, family: TcpRules): Partial<TcpRules> {
  const number = (name: string): number | undefined => {
    const value = Number(settings[name] ?? Number.NaN)
    return Number.isFinite(value) ? value : undefined
  }
  const buckets = number("net.ipv4.tcp_max_tw_buckets") ?? number("MaxFreeTWTcbs")
  const betweenChallengesMs = number("net.ipv4.tcp_invalid_ratelimit")
  return {
    ...(betweenChallengesMs === undefined ? {} : { challengeInterval: betweenChallengesMs * 1000 }),
    ...synQueueRules(number),
    ...(number("net.ipv4.tcp_rfc1337") === 1 ? { resetEndsTimeWait: false } : {}),
    ...(number("net.ipv4.tcp_abort_on_overflow") === 1 ? { abortOnOverflow: true } : {}),
    ...(buckets === undefined ? {} : { timeWaitMax: buckets }),
    ...(number("net.ipv4.tcp_timestamps") === 0 ? { timestamps: false } : {}),
    orphanMax: number("net.ipv4.tcp_max_orphans") ?? family.orphanMax,
  }
}

/**
 * Linux: SYN cookies answer what the queue has no place for; without them tcp_max_syn_backlog bounds it too, less its
 * last quarter, which is for proven peers (tcp_conn_request).
 */
function synQueueRules(number: (name: string) => number | undefined): Partial<TcpRules> {
  const cookies = number("net.ipv4.tcp_syncookies")
  if (cookies === undefined) return {}
  if (cookies > 0) return { synCookies: true }
  const most = number("net.ipv4.tcp_max_syn_backlog")
  return most === undefined ? {} : { synQueueMax: most - Math.floor(most / 4) + 1 }
}

function secondsOf(value: number | string | undefined): number | undefined {
  const seconds = numberOf(value)
  return seconds === undefined ? undefined : seconds * second
}

/** Times of retransmissions and of failure, as waits between them. */
export function waitsOf(schedule: Schedule): readonly number[] {
  const times = [0, ...schedule.retransmitSec, schedule.failSec]
  return times.slice(1).map((time, index) => (time - (times[index] ?? 0)) * second)
}
