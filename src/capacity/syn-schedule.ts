/**
 * Which system sends like this: the times at which an unanswered SYN is sent again are the system's own and no program
 * changes them (RFC 6298 says only how they double). Matched against the schedules of the host profiles.
 */
import { PROFILES } from "../catalog/profiles.ts"
import type { HostProfile } from "../model/profile.ts"

export type SynFingerprint = {
  /** Seconds after the first SYN, middle value over all connections. */
  readonly retransmitSec: readonly number[]
  /** How many unanswered connections that is taken from. */
  readonly connections: number
  /** Profiles that send so, those that also give up there first. */
  readonly profiles: readonly HostProfile[]
}

const connectionsMin = 2
const connectionsMax = 2_000
/** Timers of kernels tick; captures are late; schedules are told in whole seconds. */
const slackSec = 0.3
const slackShare = 0.06

/** From the SYN times of unanswered connections, each in seconds; undefined where too few were sent again. */
export function fingerprintOf(attempts: readonly Float64Array[]): SynFingerprint | undefined {
  const repeated = attempts.filter((times) => times.length > 1).slice(0, connectionsMax)
  if (repeated.length < connectionsMin) return undefined
  const retransmitSec: number[] = []
  for (let step = 1; ; step++) {
    const delays = repeated
      .filter((times) => times.length > step)
      .map((times) => (times[step] ?? 0) - (times[0] ?? 0))
    // The last step of one connection alone may be chance: a port used again.
    if (delays.length < Math.max(connectionsMin, 0.02 * repeated.length)) break
    retransmitSec.push(middleOf(delays))
  }
  if (retransmitSec.length === 0) return undefined
  return { retransmitSec, connections: repeated.length, profiles: profilesFor(retransmitSec) }
}

function profilesFor(seen: readonly number[]): readonly HostProfile[] {
  const fitting = PROFILES.filter((profile) => profile.kind === "host").filter((profile) =>
    schedulesOf(profile).some((schedule) => startsLike(schedule, seen)),
  )
  const isWhole = (profile: HostProfile): boolean =>
    schedulesOf(profile).some(
      (schedule) => schedule.length === seen.length && startsLike(schedule, seen),
    )
  return [...fitting].sort((a, b) => Number(isWhole(b)) - Number(isWhole(a)))
}

function schedulesOf({ synSchedule }: HostProfile): readonly (readonly number[])[] {
  if (synSchedule === undefined) return []
  const { value, also = [] } = synSchedule
  return [value, ...also.map((each) => each.value)].map(({ retransmitSec }) => retransmitSec)
}

function startsLike(schedule: readonly number[], seen: readonly number[]): boolean {
  if (seen.length > schedule.length) return false
  return seen.every((delay, index) => {
    const due = schedule[index] ?? Number.POSITIVE_INFINITY
    return Math.abs(delay - due) <= slackSec + slackShare * due
  })
}

function middleOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}
