/**
 * What stands between a stamp and the message: host, level, program and process, in the ways of syslog
 * (RFC 3164 4.1.2 and 4.1.3), busybox and logread ("kern.warn kernel:"), Cisco (": %ASA-…"), Kiwi (tabs),
 * containers ("stdout F"), macOS's `log show` and Android's logcat.
 */
import { facilityOfName, levelOfName } from "./frame-levels.ts"
import { isDigit, type Stamp } from "./frame-stamp.ts"
import type { OpenFrame } from "./syslog-frame.ts"

const space = 32
const tab = 9
const colon = 58
const tagLengthMax = 64
const namesMax = 4096

/** Reads on behind a stamp: the offset of the message, or of the next head. */
export function headAt(line: string, stamp: Stamp, frame: OpenFrame): number {
  const at = stamp.end
  const code = line.charCodeAt(at)
  if (code === colon) return skipSpaces(line, at + 1)
  if (code === tab) return tabbedAt(line, at, frame)
  if (code !== space) return at
  const word = skipSpaces(line, at)
  if (stamp.shape === "logcat") return logcatAt(line, word, frame)
  if (stamp.hasComma) return word
  if (stamp.shape === "iso") {
    const special = containerAt(line, word) ?? appleAt(line, word, frame)
    if (special !== undefined) return special
  }
  const tagged = tagAt(line, word, frame) ?? levelAt(line, word, frame)
  return tagged ?? hostAt(line, word, stamp, frame)
}

/** A host and what may follow it; elsewhere than in syslog's own form a word is a host only before a tag. */
function hostAt(line: string, at: number, stamp: Stamp, frame: OpenFrame): number {
  const end = wordEnd(line, at)
  if (end >= line.length || !isHost(line, at, end)) return at
  const next = skipSpaces(line, end)
  const code = line.charCodeAt(next)
  let rest = tagAt(line, next, frame) ?? levelAt(line, next, frame)
  if (rest === undefined && code === colon) rest = skipSpaces(line, next + 1)
  if (rest === undefined && stamp.shape !== "bsd" && !isDeviceText(line, next)) return at
  frame.host ??= hostName(line.slice(at, line.charCodeAt(end - 1) === colon ? end - 1 : end))
  return rest ?? next
}

/** What devices write right behind their name: "%ASA-…", "date=…", "1,2024/…", "<134>", "CEF:0". */
function isDeviceText(line: string, at: number): boolean {
  const code = line.charCodeAt(at)
  if (code === 37 || code === 60) return true
  const end = wordEnd(line, at)
  const mark = line.indexOf(isDigit(code) ? "," : "=", at)
  return mark > at && mark < end
}

/** Letters, digits and "-._:@/" with a letter or a dot or colon among them; no level's name. */
function isHost(line: string, at: number, end: number): boolean {
  if (end - at > 255) return false
  for (let index = at; index < end; index++) {
    const code = line.charCodeAt(index)
    const isPart = isWordCode(code) || (code >= 45 && code <= 47) || code === colon || code === 64
    if (!isPart) return false
  }
  return end - at > 9 || levelOfName(line.slice(at, end)) === undefined
}

/** syslog-ng keeps the way a message took: "source@relay/host". */
function hostName(text: string): string {
  const from = Math.max(text.lastIndexOf("@"), text.lastIndexOf("/")) + 1
  return kept(from === 0 || from === text.length ? text : text.slice(from))
}

/** "sshd[812]: ", "kernel: ", "su(pam_unix)[4]: ", "kernel[0] <Notice>: ": the offset behind it. */
export function tagAt(line: string, at: number, frame: OpenFrame): number | undefined {
  let index = at
  let letters = 0
  const limit = Math.min(line.length, at + tagLengthMax)
  for (; index < limit; index++) {
    const code = line.charCodeAt(index)
    if (isLetter(code)) letters++
    else if (!isTagCode(code)) break
  }
  if (letters === 0) return undefined
  const program = index
  let after = index
  if (line.charCodeAt(index) === 91) {
    const close = line.indexOf("]", index)
    if (close < 0 || close - index > 24) return undefined
    after = macLevelEnd(line, close + 1)
  }
  if (line.charCodeAt(after) !== colon) return undefined
  const behind = line.charCodeAt(after + 1)
  if (!(behind === space || behind === tab || after + 1 >= line.length)) return undefined
  frame.program = kept(line.slice(at, program))
  if (line.charCodeAt(program) === 91) setPid(frame, line, program + 1)
  return skipSpaces(line, after + 1)
}

/** The old macOS: "kernel[0] <Notice>: ", "com.apple.launchd[1] (com.apple.foo[12]): ". */
function macLevelEnd(line: string, at: number): number {
  if (line.charCodeAt(at) !== space) return at
  const open = line.charCodeAt(at + 1)
  if (open !== 60 && open !== 40) return at
  const close = line.indexOf(open === 60 ? ">:" : "):", at)
  return close < 0 || close - at > 120 ? at : close + 1
}

function setPid(frame: OpenFrame, line: string, at: number): void {
  let pid = 0
  let index = at
  for (; isDigit(line.charCodeAt(index)) && index - at < 10; index++) {
    pid = pid * 10 + line.charCodeAt(index) - 48
  }
  if (index > at && !isLetter(line.charCodeAt(index))) frame.pid = pid
}

/** "kern.warn kernel: ", "user.notice root: ", as busybox and logread have it. */
function levelAt(line: string, at: number, frame: OpenFrame): number | undefined {
  const end = wordEnd(line, at)
  const dot = line.indexOf(".", at)
  if (dot < 0 || dot >= end || end - at > 20 || !setLevel(frame, line, at, end)) return undefined
  const next = skipSpaces(line, end)
  return tagAt(line, next, frame) ?? next
}

function setLevel(frame: OpenFrame, line: string, at: number, end: number): boolean {
  const dot = line.indexOf(".", at)
  const facility = facilityOfName(line.slice(at, dot))
  const level = levelOfName(line.slice(dot + 1, end))
  if (facility === undefined || level === undefined) return false
  frame.facility = facility
  frame.level = level
  return true
}

/** Kiwi's files: stamp, level, host and message between tabs. */
function tabbedAt(line: string, at: number, frame: OpenFrame): number {
  const level = line.indexOf("\t", at + 1)
  if (level < 0 || level - at > 24 || !setLevel(frame, line, at + 1, level)) return at + 1
  const host = line.indexOf("\t", level + 1)
  if (host < 0 || host - level > 255) return level + 1
  frame.host ??= kept(line.slice(level + 1, host))
  return tagAt(line, host + 1, frame) ?? host + 1
}

/** CRI: "stdout F message". */
function containerAt(line: string, at: number): number | undefined {
  const isStream = line.startsWith("stdout ", at) || line.startsWith("stderr ", at)
  if (!isStream) return undefined
  const flag = line.charCodeAt(at + 7)
  const isFlag = (flag === 70 || flag === 80) && line.charCodeAt(at + 8) === space
  return isFlag ? at + 9 : at + 7
}

const appleRow = /0x[0-9a-f]+ +[A-Z]\w* +0x[0-9a-f]+ +(\d+) +(?:\d+ +)?/y
const appleCompact = /[A-Z][a-z]? +(?=[\w .-]{1,64}\[\d+:[0-9a-f]+\] )/y

/** `log show`: "0x1a2b Default 0x0 0 0 kernel: …" or, compact, "Df kernel[0:1a2b] …". */
function appleAt(line: string, at: number, frame: OpenFrame): number | undefined {
  const code = line.charCodeAt(at)
  if (code === 48) {
    appleRow.lastIndex = at
    const match = appleRow.exec(line)
    if (match === null) return undefined
    const next = at + match[0].length
    const rest = tagAt(line, next, frame) ?? next
    frame.pid = Number(match[1])
    return rest
  }
  if (code < 65 || code > 90) return undefined
  appleCompact.lastIndex = at
  const match = appleCompact.exec(line)
  if (match === null) return undefined
  const name = at + match[0].length
  const open = line.indexOf("[", name)
  frame.program = kept(line.slice(name, open))
  setPid(frame, line, open + 1)
  return line.indexOf("] ", open) + 2
}

const logcatRow = / *\d+ +\d+ ([VDIWEF]) ([^:]{1,64}?) *: /y
const logcatLevels: ReadonlyMap<string, number> = new Map([
  ["F", 2],
  ["E", 3],
  ["W", 4],
  ["I", 6],
])

function logcatAt(line: string, at: number, frame: OpenFrame): number {
  logcatRow.lastIndex = at
  const match = logcatRow.exec(line)
  if (match === null) return at
  frame.level = logcatLevels.get(match[1] ?? "") ?? 7
  frame.program = kept(match[2] ?? "")
  return at + match[0].length
}

export function skipSpaces(line: string, at: number): number {
  let index = at
  while (line.charCodeAt(index) === space || line.charCodeAt(index) === tab) index++
  return index
}

export function wordEnd(line: string, at: number): number {
  const end = line.indexOf(" ", at)
  return end < 0 ? line.length : end
}

const names = new Map<string, string>()

/** A copy that does not hold its whole chunk of the file, the same for the same text. */
export function kept(text: string): string {
  const known = names.get(text)
  if (known !== undefined) return known
  if (names.size >= namesMax) names.clear()
  const copy = ` ${text}`.slice(1)
  names.set(copy, copy)
  return copy
}

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90)
}

function isWordCode(code: number): boolean {
  return isLetter(code) || isDigit(code) || code === 95
}

/** Programs: letters, digits and "._/-()@+". */
function isTagCode(code: number): boolean {
  if (isWordCode(code)) return true
  return (code >= 45 && code <= 47) || code === 40 || code === 41 || code === 64 || code === 43
}
