/**
 * What follows the columns of an `ss` row, on the same line (-O) or on the next ones: users:((…))
 * of -p, timer:(…) of -o, uid: of -e, and the TCP_INFO words of -i. Follows iproute2 misc/ss.c.
 */
import type { SocketObservation } from "../model/observation.ts"
import { isEmbryonic } from "../model/state.ts"

/** A row that is still being filled. */
export type OpenSocket = { -readonly [K in keyof SocketObservation]: SocketObservation[K] }

const timers: Readonly<Record<string, NonNullable<SocketObservation["timer"]>>> = {
  on: "on",
  keepalive: "keepalive",
  timewait: "timewait",
  persist: "persist",
  off: "off",
}

/**
 * Adds what the text says to the row; returns false when the text is cut in the middle of a group.
 */
export function addSsExtras(row: OpenSocket, text: string): boolean {
  const isWhole = addUsers(row, text) && addTimer(row, text)
  const uid = numberAfter(text, "uid:")
  if (uid !== undefined) row.uid = uid
  if (text.includes("rto:") || text.includes("rtt:") || text.includes("mss:")) addInfo(row, text)
  return isWhole
}

/** users:(("nginx",pid=812,fd=6),…), before iproute2 3.18 users:(("nginx",812,6)). */
function addUsers(row: OpenSocket, text: string): boolean {
  const at = text.indexOf("users:((")
  if (at < 0) return true
  const nameStart = text.indexOf('"', at) + 1
  const nameEnd = nameStart === 0 ? -1 : text.indexOf('",', nameStart)
  if (nameEnd < 0) return false
  const process = text.slice(nameStart, nameEnd)
  const pidStart = nameEnd + (text.startsWith("pid=", nameEnd + 2) ? 6 : 2)
  const pid = leadingNumber(text, pidStart)
  if (process !== "") row.process = process
  if (pid !== undefined) row.pid = pid
  return text.indexOf("))", nameEnd) > 0
}

function addTimer(row: OpenSocket, text: string): boolean {
  const at = text.indexOf("timer:(")
  if (at < 0) return true
  const close = text.indexOf(")", at)
  const parts = text.slice(at + 7, close < 0 ? text.length : close).split(",")
  const timer = timers[parts[0] ?? ""]
  if (timer !== undefined) row.timer = timer
  if (close < 0) return false
  const expiresMs = parseSsTime(parts[1] ?? "")
  if (expiresMs !== undefined) row.expiresMs = expiresMs
  const retransmits = leadingNumber(parts[2] ?? "", 0)
  if (retransmits !== undefined) row.retransmits = retransmits
  return true
}

/**
 * "852ms", "59sec", "1min59sec", "18min", "" (expired). "2.804ms" is 2 s and 804 ms: ss prints
 * seconds, a point and the milliseconds when there are fewer than ten seconds, and never fractions
 * of a millisecond.
 */
export function parseSsTime(text: string): number | undefined {
  if (text === "") return 0
  const match =
    /^(?:(\d{1,6})hr?)?(?:(\d{1,7})min)?(?:(\d{1,3})(?:sec|\.(\d{3})ms))?(?:(\d{1,3})ms)?$/.exec(
      text,
    )
  if (match === null) return undefined
  const [hours = 0, minutes = 0, seconds = 0, after = 0, alone = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0))
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + after + alone
}

function addInfo(row: OpenSocket, text: string): void {
  const rttMs = numberAfter(text, "rtt:")
  if (rttMs !== undefined) row.rttMs = rttMs
  const mss = numberAfter(text, "mss:")
  if (mss !== undefined) row.mss = mss
  const at = wordAt(text, "retrans:")
  if (at >= 0) addRetransmissions(row, text, at)
  // A listener's "unacked" is its accept queue, which Recv-Q says already.
  const unacked = row.state === "LISTEN" ? undefined : numberAfter(text, "unacked:")
  if (unacked !== undefined) row.unacked = unacked
  // Before the first segment these count from the start of the machine's clock.
  if (row.state === undefined || row.state === "LISTEN" || isEmbryonic(row.state)) return
  const lastSendMs = numberAfter(text, "lastsnd:")
  if (lastSendMs !== undefined) row.lastSendMs = lastSendMs
  const lastReceiveMs = numberAfter(text, "lastrcv:")
  if (lastReceiveMs !== undefined) row.lastReceiveMs = lastReceiveMs
  // The SYN is one acknowledged byte. Where ss knows that count it leaves out the other only when it is zero.
  const acked = numberAfter(text, "bytes_acked:")
  if (acked === undefined) return
  row.bytesAcked = Math.max(0, acked - 1)
  row.bytesReceived = numberAfter(text, "bytes_received:") ?? 0
}

/** retrans:unrecovered/total */
function addRetransmissions(row: OpenSocket, text: string, at: number): void {
  const slash = text.indexOf("/", at)
  const total = slash < 0 ? undefined : leadingNumber(text, slash + 1)
  if (total !== undefined) row.retransTotal = total
  const now = leadingNumber(text, at)
  if (now !== undefined && row.retransmits === undefined) row.retransmits = now
}

/** Where the value of `key` begins, when the key stands at the start of a word; -1 otherwise. */
function wordAt(text: string, key: string): number {
  let at = text.indexOf(key)
  while (at > 0 && text.charCodeAt(at - 1) > 32) at = text.indexOf(key, at + 1)
  return at < 0 ? -1 : at + key.length
}

function numberAfter(text: string, key: string): number | undefined {
  const at = wordAt(text, key)
  return at < 0 ? undefined : leadingNumber(text, at)
}

function leadingNumber(text: string, start: number): number | undefined {
  let end = start
  while (end < text.length && end - start < 15) {
    const code = text.charCodeAt(end)
    if (code !== 46 && (code < 48 || code > 57)) break
    end++
  }
  if (end === start) return undefined
  const value = Number(text.slice(start, end))
  return Number.isFinite(value) ? value : undefined
}
