/**
 * The frame of a log line: when, where and by whom, and the message that is left. Knows RFC 3164 with
 * and without priority, RFC 5424, octet counting (RFC 6587), rsyslog's and syslog-ng's files, busybox
 * and logread, Kiwi, Cisco's heads with sequence numbers, journalctl's one-line outputs and its JSON,
 * dmesg in all its time formats, /dev/kmsg, container prefixes (CRI, docker), Android's logcat and
 * macOS's `log show`. A head within a message (a relay's in front of a device's own) is taken off too.
 * What is no head is message: the frame of a line without one is the whole line.
 */
import type { Instant } from "../../model/quantity.ts"
import { headAt, kept, skipSpaces, tagAt } from "./frame-head.ts"
import { recordIn } from "./frame-json.ts"
import { facilityOfName, levelOfName } from "./frame-levels.ts"
import { isDigit, matchAt, stampAt } from "./frame-stamp.ts"

export type Frame = {
  /** Absent where the stamp has no year: ClockYears knows what the file says of it. */
  readonly time?: Instant
  /** The text of a stamp without a year: "Jan 15 10:00:00". */
  readonly clock?: string
  /** Seconds since the machine was started, as the kernel stamps its messages. */
  readonly uptimeSec?: number
  readonly host?: string
  /** "kernel", "sshd", "filterlog": the tag without its number. */
  readonly program?: string
  readonly pid?: number
  /** Severity 0 (emergency) to 7 (debug), RFC 5424 table 2. */
  readonly level?: number
  /** RFC 5424 table 1; 0 is the kernel. */
  readonly facility?: number
  /** "message repeated 3 times: [ … ]": how often; the message is the repeated one. */
  readonly count?: number
  /** RFC 5424's structured data, with its brackets. */
  readonly structured?: string
  readonly message: string
}

/** A frame that is being taken off a line. */
export type OpenFrame = { -readonly [Key in keyof Frame]: Frame[Key] }

/** A container's head, a relay's, priority, sequence number, stamp and uptime of the device's own. */
const headsMax = 7

/** Takes the heads off a line. Costs next to nothing where the first characters fit none. */
export function frameOf(line: string): Frame {
  const frame: OpenFrame = { message: line }
  let at = 0
  for (let heads = 0; heads < headsMax; heads++) {
    if (line.charCodeAt(at) === 123) return withRecord(frame, line.slice(at))
    const next = headEnd(line, at, frame)
    if (next <= at) break
    at = next
  }
  if (at > 0) frame.message = line.slice(at)
  if (frame.message.startsWith("message repeated ")) takeRepetition(frame)
  return frame
}

/** What a JSON record says counts before what its message says of itself. */
function withRecord(outer: OpenFrame, text: string): Frame {
  outer.message = text
  const record = recordIn(text)
  if (record === undefined) return outer
  const inner = frameOf(record.message)
  return { ...inner, ...outer, ...record, message: inner.message }
}

/** The offset behind the head that begins there; the same offset where there is none. */
function headEnd(line: string, at: number, frame: OpenFrame): number {
  const code = line.charCodeAt(at)
  if (code === 60) return priorityEnd(line, at, frame)
  if (code === 91) return bracketEnd(line, at, frame)
  if (isDigit(code)) return numberEnd(line, at, frame)
  if (code === 42 || code === 46) {
    // Cisco's clock was never set, or has lost its source.
    const end = stampedEnd(line, at + 1, frame)
    return end === at + 1 ? at : end
  }
  // Record separator of json-seq, and server-sent events of json-sse.
  if (code === 30) return at + 1
  if (code === 100 && line.startsWith("data: {", at)) return at + 6
  if (code < 65 || code > 122) return at
  const end = stampedEnd(line, at, frame)
  return end === at ? decodedEnd(line, at, frame) : end
}

function stampedEnd(line: string, at: number, frame: OpenFrame): number {
  const stamp = stampAt(line, at)
  if (stamp === undefined) return at
  if (stamp.instant !== undefined) frame.time ??= stamp.instant
  else if (stamp.clock !== undefined) frame.clock ??= stamp.clock
  return headAt(line, stamp, frame)
}

/** "<134>" and, with a version behind it, the whole head of RFC 5424. */
function priorityEnd(line: string, at: number, frame: OpenFrame): number {
  let value = 0
  let index = at + 1
  for (; isDigit(line.charCodeAt(index)) && index < at + 4; index++) {
    value = value * 10 + line.charCodeAt(index) - 48
  }
  if (index === at + 1 || line.charCodeAt(index) !== 62 || value > 191) return at
  frame.level = value & 7
  frame.facility = value >> 3
  const isVersioned = line.charCodeAt(index + 1) === 49 && line.charCodeAt(index + 2) === 32
  if (isVersioned) return structuredEnd(line, index + 3, frame) ?? index + 3
  const next = skipSpaces(line, index + 1)
  // ASA's EMBLEM form has a colon before the stamp.
  const behind = line.charCodeAt(next) === 58 ? next + 1 : next
  return tagAt(line, behind, frame) ?? behind
}

/** RFC 5424 6: stamp, host, program, process, message id, structured data; "-" for none. */
function structuredEnd(line: string, at: number, frame: OpenFrame): number | undefined {
  const fields: string[] = []
  let index = at
  while (fields.length < 5) {
    const end = line.indexOf(" ", index)
    if (end < 0) return undefined
    fields.push(line.slice(index, end))
    index = end + 1
  }
  const [stamp = "", host = "-", program = "-", process = "-", id = "-"] = fields
  const time = stampAt(stamp, 0)?.instant
  if (time === undefined && stamp !== "-") return undefined
  if (time !== undefined) frame.time ??= time
  if (host !== "-") frame.host ??= kept(host)
  if (program !== "-" && !program.startsWith("%")) frame.program = kept(program)
  if (/^\d{1,9}$/.test(process)) frame.pid = Number(process)
  const end = structuredDataEnd(line, index)
  if (end > index + 1) frame.structured = line.slice(index, end)
  const message = line.charCodeAt(end) === 32 ? end + 1 : end
  // A device's mnemonic is part of its message: "%ASA-6-302013".
  if (!program.startsWith("%") && !id.startsWith("%")) return skipMark(line, message)
  return at + stamp.length + 1 + host.length + 1
}

/** Over "[id name=\"value\"][…]" or "-"; a quote or bracket in a value has a backslash. */
function structuredDataEnd(line: string, at: number): number {
  if (line.charCodeAt(at) !== 91) return line.charCodeAt(at) === 45 ? at + 1 : at
  let isQuoted = false
  for (let index = at; index < line.length; index++) {
    const code = line.charCodeAt(index)
    if (code === 92 && isQuoted) index++
    else if (code === 34) isQuoted = !isQuoted
    else if (code === 93 && !isQuoted && line.charCodeAt(index + 1) !== 91) return index + 1
  }
  return at
}

/** Over a byte order mark, also one that was read as Latin-1. */
function skipMark(line: string, at: number): number {
  if (line.charCodeAt(at) === 0xfeff) return at + 1
  return line.startsWith("\u00ef\u00bb\u00bf", at) ? at + 3 : at
}

const bootClock = / *(\d{1,9}\.\d{1,9})(?: +<[ \d.]+>)?\](?:\[ *[TC]\d+\])? ?/y
const uptimeOnly = /\[ *\d{1,9}\] /y
const difference = /\[(?:<|[ +]) *\+?\d+\.\d+>?\] ?/y
const shortClock = /\[([A-Z][a-z]{2} ?\d{1,2} \d\d:\d\d)\] ?/y

/** dmesg: "[   12.345678] ", "[Mon Jan 15 10:00:00 2024] ", "[Jan15 10:00] ", "[  +0.000012] ". */
function bracketEnd(line: string, at: number, frame: OpenFrame): number {
  const uptime = matchAt(bootClock, line, at + 1)
  if (uptime !== null) {
    frame.uptimeSec ??= Number(uptime[1])
    return bootedEnd(line, at + 1 + uptime[0].length, frame)
  }
  const isDifference = isAt(difference, line, at)
  if (isDifference) return difference.lastIndex
  if (frame.program === "kernel" && isAt(uptimeOnly, line, at)) return uptimeOnly.lastIndex
  if (frame.program === "unix" && line.startsWith("[ID ", at)) return line.indexOf("]", at) + 2
  const stamp = stampAt(line, at + 1)
  if (stamp !== undefined && line.charCodeAt(stamp.end) === 93) {
    if (stamp.instant !== undefined) frame.time ??= stamp.instant
    else if (stamp.clock !== undefined) frame.clock ??= stamp.clock
    return skipSpaces(line, stamp.end + 1)
  }
  const short = matchAt(shortClock, line, at)
  if (short === null) return at
  frame.clock ??= short[1] ?? ""
  return at + short[0].length
}

/** journalctl -o short-monotonic: a host and a program behind the uptime. */
function bootedEnd(line: string, at: number, frame: OpenFrame): number {
  if (frame.program !== undefined) return at
  const hostEnd = line.indexOf(" ", at)
  if (hostEnd < 0 || hostEnd - at > 64) return at
  const probe: OpenFrame = { message: "" }
  const next = tagAt(line, hostEnd + 1, probe)
  const isHost = next !== undefined && /^[\w.-]+$/.test(line.slice(at, hostEnd))
  // A kernel message may begin like that too ("eth0 link: up"), but not with the kernel's own name.
  if (!isHost || (probe.pid === undefined && probe.program !== "kernel")) return at
  Object.assign(frame, { host: kept(line.slice(at, hostEnd)), program: probe.program })
  if (probe.pid !== undefined) frame.pid = probe.pid
  return next
}

const octets = /\d{1,6} (?=<\d{1,3}>)/y
/** Cisco: "45: ", and with an origin "45: rtr1: 000123: ". */
const sequence = /\d{1,9}: (?:([A-Za-z][\w.-]*): (?=[*.%\d]|[A-Z][a-z]{2} ))?(?=[*.]?[A-Z%\d])/y
const deviceMessage = /(\d{1,3}),\d+,\d+,[-c][^;]{0,200};/y

/** An octet count, a stamp, Cisco's sequence number, or /dev/kmsg's numbers. */
function numberEnd(line: string, at: number, frame: OpenFrame): number {
  const end = stampedEnd(line, at, frame)
  if (end > at) return end
  if (frame.program !== undefined) return at
  if (isAt(octets, line, at)) return octets.lastIndex
  const numbered = matchAt(sequence, line, at)
  if (numbered?.[1] !== undefined) frame.host ??= kept(numbered[1])
  if (numbered !== null) return at + numbered[0].length
  const match = matchAt(deviceMessage, line, at)
  if (match === null) return at
  const [text, priority] = match
  frame.level = Number(priority) & 7
  frame.facility = Number(priority) >> 3
  frame.uptimeSec ??= Number(text.split(",")[2]) / 1e6
  return at + text.length
}

const decoded = /([a-z0-9]+) *: *([a-z]+) *: /y

/** dmesg -x: "kern  :info  : ". */
function decodedEnd(line: string, at: number, frame: OpenFrame): number {
  if (at > 0 || !isAt(decoded, line, at)) return at
  const end = decoded.lastIndex
  const [facilityText = "", levelText = ""] = line.slice(at, end).split(":")
  const facility = facilityOfName(facilityText.trim())
  const level = levelOfName(levelText.trim())
  if (facility === undefined || level === undefined) return at
  frame.facility = facility
  frame.level = level
  return end
}

/** rsyslog's and the journal's "message repeated 3 times: [ text]". */
function takeRepetition(frame: OpenFrame): void {
  const match = /^message repeated (\d{1,9}) times: \[ ?(.*)\]$/.exec(frame.message)
  if (match === null) return
  frame.count = Number(match[1])
  frame.message = match[2] ?? ""
}

function isAt(pattern: RegExp, line: string, at: number): boolean {
  pattern.lastIndex = at
  return pattern.test(line)
}
