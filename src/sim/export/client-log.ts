/**
 * What a program says of its attempts to connect, a line when each has ended: in the words of its system. Linux and the
 * BSDs by strerror, Windows programs by their Winsock error, what calls `net use` by its system error. LAN Manager's
 * batch files leave the transcript of the DOS prompt, which has no times.
 */
import { ERRORS } from "../../catalog/errors.ts"
import type { KnownError } from "../../catalog/known-error.ts"
import { formatEndpoint } from "../../model/fourtuple.ts"
import type { Family } from "../../model/profile.ts"
import type { Instant } from "../../model/quantity.ts"
import type { AttemptRow } from "../engine/simulated-run.ts"
import { isoOf } from "./content.ts"

const errors: ReadonlyMap<string, KnownError> = new Map(ERRORS.map((error) => [error.name, error]))

/** Lines of the log. */
export function* clientLog(
  attempts: readonly AttemptRow[],
  family: Family,
  start: Instant,
): Generator<string> {
  if (family === "lan-manager") {
    for (const [index, attempt] of attempts.entries()) yield* promptOf(attempt, index)
    return
  }
  for (const attempt of attempts) {
    const stamp = isoOf(start + attempt.timeSec + attempt.ms / 1000)
    yield family === "windows" ? windowsLine(attempt, stamp) : unixLine(attempt, stamp)
  }
}

function targetOf({ to, port }: AttemptRow): string {
  return formatEndpoint({ address: to, port })
}

/** Up to three digits behind the point: a loopback answers in microseconds. */
function msOf({ ms }: AttemptRow): string {
  return `${Number(ms.toFixed(3))} ms`
}

function unixLine(attempt: AttemptRow, stamp: string): string {
  const target = targetOf(attempt)
  if (attempt.ok) return `${stamp} connected to ${target} in ${msOf(attempt)}`
  const { error = "failed" } = attempt
  const texts = errors.get(error)?.texts
  const says = texts?.["glibc"]?.[0]
  const reason = says === undefined ? error : `${says} (${error})`
  return `${stamp} connect to ${target}: ${reason} after ${msOf(attempt)}`
}

/** "2026-01-05 09:00:21.005 connect to 10.0.0.2:445 failed: WSAETIMEDOUT (10060) A connection attempt …" */
function windowsLine(attempt: AttemptRow, stamp: string): string {
  const time = stamp.replace("T", " ").replace("Z", "")
  const target = targetOf(attempt)
  const { error = "failed" } = attempt
  const number = /^error (\d+)$/.exec(error)?.[1]
  if (attempt.ok) return `${time} connected to ${target} in ${msOf(attempt)}`
  const known = errors.get(error)
  const says = known?.texts["windows"]?.[0] ?? ""
  if (number !== undefined) {
    const command = `net use \\\\${attempt.to}\\ipc$ (connect to ${target})`
    return `${time} ${command}: System error ${number} has occurred. ${says} after ${msOf(attempt)}`
  }
  const winsock = known?.numbers.winsock
  const reason = winsock === undefined ? error : `${error} (${winsock}) ${says}`
  return `${time} connect to ${target} failed: ${reason} after ${msOf(attempt)}`
}

const firstDrive = 4
const letters = 22

function* promptOf(attempt: AttemptRow, index: number): Generator<string> {
  const drive = String.fromCharCode(97 + firstDrive + (index % letters))
  yield `C:\\>net use ${drive}: \\\\${attempt.to}\\share${index + 1}`
  if (attempt.ok) yield "The command completed successfully."
  else {
    const number = /\d+$/.exec(attempt.error ?? "")?.[0] ?? "53"
    const says = dosTexts[number] ?? "The command failed."
    yield `Error ${number}: ${says}`
  }
  yield ""
}

/** LAN Manager's own words, where they are known. */
const dosTexts: Readonly<Record<string, string>> = {
  "53": "The computer name specified in the network path cannot be located.",
  "71": "No more connections can be made to this remote computer at this time.",
}
