/**
 * What programs said of their attempts to connect: any log, terminal output or pasted text. Lines
 * with an error of catalog/errors.ts, a stack trace or property block after it, HAProxy and
 * load-tester summaries, structured records. It sniffs lowest of all readers and leaves every line
 * alone that it does not understand. A sentence about errors in a document is no attempt: a line
 * needs a log's mark beside the words (name, number, target, time, or the text right after a
 * colon).
 */
import type { AttemptObservation } from "../model/observation.ts"
import type { Instant } from "../model/quantity.ts"
import { type ErrorInText, errorInText, errorWords, mayContainError } from "./client-log-error.ts"
import {
  recordOfPairs,
  recordOfRow,
  recordsOfJson,
  type TableHead,
  tableHead,
} from "./client-log-json.ts"
import { type Attempt, attemptOfRecord, recordFieldWords } from "./client-log-record.ts"
import { attemptsOfSummary, haproxyCounts } from "./client-log-summary.ts"
import { routeInText } from "./client-log-target.ts"
import { type LogTime, readLogTime } from "./client-log-time.ts"
import { isChainMark, isTraceLine, mergeTrace, repeatsFailure } from "./client-log-trace.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"

/** Text is looked at this far; JSON rows have their own bound. */
const textMax = 4096
/** Lines of one stack trace or property block. */
const traceLinesMax = 400
const letters = "abcdefghijklmnopqrstuvwxyz"
/** One of these stands in a line that announces a failure (Reader.words). */
const complaintWords = ["err", "warn", "crit", "fatal", "severe", "exception", "fail"]

const lineReader = {
  format: "client-log",
  title: "what programs said (log or terminal text)",
  sniffMax: 0.33,
  open: (context: SectionContext) => new ClientLog(context).section(),
} as const

export const clientLogReader: Reader = {
  ...lineReader,
  words: [...errorWords, ...recordFieldWords, ...complaintWords, haproxyCounts],
  sniff: (line, ahead) => {
    if (isOneWord(line)) return 0
    if (readLine(line).length > 0) return 0.32
    return announcesFailure(line, ahead) ? 0.31 : 0
  },
}

/** The header of a table of attempts; its rows have no names. */
export const clientTableReader: Reader = {
  ...lineReader,
  begins: `"@#${letters}${letters.toUpperCase()}`,
  sniff: (line) => (isOneWord(line) || tableHead(line) === undefined ? 0 : 0.33),
}

/** One long word is no log line, and some patterns below are slow on it. */
function isOneWord(line: string): boolean {
  return line.length < 8 || (line.length > 40 && !/[\s,;{]/.test(line))
}

class ClientLog {
  readonly #context: SectionContext
  #head: TableHead | undefined
  #pending: Attempt | undefined
  #pendingLine = 0
  #traceLines = 0
  #isChained = false
  #isFirst = true
  /** From a stamped line above a trace that has no stamp of its own. */
  #headTime: Instant | undefined

  constructor(context: SectionContext) {
    this.#context = context
  }

  section(): Section {
    return { line: (text) => this.#take(text), end: () => this.#flush() }
  }

  #take(line: string): boolean {
    if (this.#head !== undefined) return this.#row(line, this.#head)
    if (this.#pending !== undefined && this.#traceLines < traceLinesMax && isTraceLine(line)) {
      this.#traceLines++
      if (isChainMark(line)) this.#isChained = true
      this.#pending = mergeTrace(this.#pending, line)
      return true
    }
    const attempts = readLine(line)
    const [first] = attempts
    if (first === undefined && this.#isFirst) {
      this.#isFirst = false
      this.#headTime = readLogTime(line)?.instant
      if (this.#headTime !== undefined) return true
    }
    this.#isFirst = false
    if (first === undefined && this.#headTime !== undefined && isTraceLine(line)) return true
    if (first === undefined) {
      this.#head = tableHead(line)
      if (this.#head === undefined) return false
      this.#flush()
      return true
    }
    if (this.#isSameFailure(line, first)) return true
    this.#flush()
    const here = this.#context.lineNumber()
    if (attempts.length > 1 || first.ok) {
      for (const attempt of attempts) this.#emit(attempt, here)
      return true
    }
    const time = this.#headTime
    this.#headTime = undefined
    this.#pending = first.time === undefined && time !== undefined ? { ...first, time } : first
    this.#pendingLine = here
    this.#traceLines = 0
    this.#isChained = false
    return true
  }

  /**
   * "Caused by: …" and the last line of a Python chain repeat the failure whose trace is being
   * read.
   */
  #isSameFailure(line: string, attempt: Attempt): boolean {
    const pending = this.#pending
    if (pending === undefined || !repeatsFailure(line, this.#isChained)) return false
    this.#isChained = false
    this.#pending = {
      ...attempt,
      ...pending,
      ...(attempt.to?.port !== undefined && pending.to?.port === undefined
        ? { to: attempt.to }
        : {}),
    }
    return true
  }

  #row(line: string, head: TableHead): boolean {
    if (line.trim() === "") return false
    const record = recordOfRow(line, head)
    const attempt = record === undefined ? undefined : attemptOfRecord(record)
    if (record === undefined) return false
    if (attempt !== undefined) this.#emit(attempt, this.#context.lineNumber())
    return true
  }

  #flush(): void {
    if (this.#pending !== undefined) this.#emit(this.#pending, this.#pendingLine)
    this.#pending = undefined
  }

  #emit(attempt: Attempt, line: number): void {
    const observation: AttemptObservation = {
      kind: "attempt",
      at: this.#context.here(line),
      ...attempt,
    }
    this.#context.emit(observation)
  }
}

/** A stamped complaint right above an unstamped error or trace: the time of that error. */
function announcesFailure(line: string, ahead: readonly string[]): boolean {
  const [next] = ahead
  if (next === undefined || !complaint.test(line)) return false
  const stamp = readLogTime(line)
  if (stamp?.instant === undefined || stamp.start > 4) return false
  const error = next.startsWith("Traceback ")
    ? ahead.find((text) => /^\S+(?:Error|Exception)/.test(text))
    : next
  if (error === undefined || error.length > textMax || readLogTime(error) !== undefined)
    return false
  return readLine(error).some((attempt) => !attempt.ok)
}

const complaint = /\b(?:err(?:or)?|warn(?:ing)?|crit(?:ical)?|fatal|severe|exception|fail\w*)\b/i

/** The attempts one line tells of. */
function readLine(line: string): readonly Attempt[] {
  if (isRecordLine(line)) {
    const records = recordsOfJson(line)
    if (records !== undefined) {
      const attempts: Attempt[] = []
      for (const record of records) {
        const attempt = attemptOfRecord(record)
        if (attempt !== undefined) attempts.push(attempt)
      }
      return attempts
    }
  }
  const text = line.length > textMax ? line.slice(0, textMax) : line
  const summary = attemptsOfSummary(text)
  if (summary.length > 0) return summary
  const pairs = hasPairs(text) ? recordOfPairs(text) : undefined
  const paired = pairs === undefined ? undefined : attemptOfRecord(pairs)
  if (paired !== undefined) return [paired]
  const attempt = mayContainError(text) ? attemptOfText(text) : undefined
  return attempt === undefined ? [] : [attempt]
}

/** Three "=" at least, before the text is taken apart. */
function hasPairs(text: string): boolean {
  const first = text.indexOf("=")
  const second = first < 0 ? -1 : text.indexOf("=", first + 1)
  return second > 0 && text.includes("=", second + 1)
}

function isRecordText(line: string): boolean {
  return recordWords.test(line) || (messageWords.test(line) && mayContainError(line))
}

/** JSON with a field name of ours near: everything else is not parsed. */
function isRecordLine(line: string): boolean {
  const start = line.indexOf("{")
  return start >= 0 && start <= 200 && isRecordText(line)
}

const recordWords =
  /"(?:[\w.]*err\w*|\w*code|ok|success\w*|connected|reachable|exception|reason|result|outcome)"/i
const messageWords = /"(?:msg|message|status)"/

function attemptOfText(line: string): Attempt | undefined {
  const found = errorInText(line)
  if (found === undefined) return successOfText(line)
  const stamp = readLogTime(line)
  const body = stamp === undefined ? line : blank(line, stamp)
  const route = routeInText(body)
  if (!isReport(line, found, stamp, route.to !== undefined)) return undefined
  const ms = msIn(body)
  const count = countIn(line)
  const who = processIn(line)
  return {
    ...(stamp?.instant === undefined ? {} : { time: stamp.instant }),
    ok: false,
    ...route,
    error: found.error.name,
    ...(ms === undefined ? {} : { ms }),
    ...(found.call === undefined ? {} : { call: found.call }),
    ...(count === undefined ? {} : { count }),
    ...who,
  }
}

/** What a line must have beside an error's words to be a report of one. */
function isReport(
  line: string,
  found: ErrorInText,
  stamp: LogTime | undefined,
  hasTarget: boolean,
): boolean {
  if (
    /^\s*(?:[-*#>|]{1,4} |\d{1,2}\. |\/\/|\/\*|"""|<!--)/.test(line) &&
    !/^\s*(?:\*|>) (?:connect|Immediate|Failed|Could|Recv)/.test(line)
  ) {
    return false
  }
  if (/^\s*[=:]\s*\d/.test(line.slice(found.end))) return false
  if (localSocket.test(line)) return false
  if (isProse(line) || isQuoted(line, found.start)) return false
  return found.isFormal || stamp !== undefined || hasTarget
}

const proseMark = new RegExp(
  [
    String.raw`\b(?:if you|you (?:may|might|can|will|see)|might be|may be seen|for example|`,
    String.raw`e\.g\.|means that|is returned|are returned|indicates|when (?:the|a|you)|`,
    String.raw`should|described|explain\w*)\b`,
  ].join(""),
  "i",
)

/** Advice, conditions and documentation about errors. */
function isProse(line: string): boolean {
  return proseMark.test(line)
}

/** Between backticks, as documents quote; a panic of Rust has whole pairs before its error. */
function isQuoted(line: string, start: number): boolean {
  return line.slice(0, start).split("`").length % 2 === 0 && line.includes("`", start)
}

/** A socket of the file system has no ports. */
const localSocket = /\bunix:|\/\S+\.sock(?:et)?\b/

const success = new RegExp(
  [
    String.raw`\bconnect \S{3,120}:\d{1,5} (?:ok|succeeded|established)\b|`,
    String.raw`\b(?:connected to|connection to|connect to)\b.{0,100}?(?:succeeded|`,
    String.raw`established|open\b|ok\b)|\*? ?\b[Cc]onnected to\b|`,
    String.raw`[Cc]onnecting to .{1,200}\.\.\. ?connected\.|Successfully connected to|`,
    String.raw`\(\w+\) open$`,
  ].join(""),
  "i",
)

const noSuccess = new RegExp(
  [
    String.raw`\b(?:not|never|un|re|dis|if|when|was|failed|fail|unable|cannot|once|must|be|`,
    String.raw`get|is)\b|n't\b|disconnected`,
  ].join(""),
  "i",
)

/** A line that says clearly that a connection was made, with its target. */
function successOfText(line: string): Attempt | undefined {
  if (!success.test(line) || noSuccess.test(line)) {
    return undefined
  }
  const stamp = readLogTime(line)
  const body = stamp === undefined ? line : blank(line, stamp)
  const route = routeInText(body)
  if (route.to?.port === undefined || isProse(line)) return undefined
  const ms = msIn(body)
  return {
    ...(stamp?.instant === undefined ? {} : { time: stamp.instant }),
    ok: true,
    ...route,
    ...(ms === undefined ? {} : { ms }),
    call: "connect",
    ...processIn(line),
  }
}

/** The stamp made blank, so that its digits are not taken for ports. */
function blank(line: string, stamp: LogTime): string {
  return `${line.slice(0, stamp.start)} ${line.slice(stamp.end)}`
}

const units: Readonly<Record<string, number>> = { ms: 1, m: 1, s: 1000, µ: 1e-3, u: 1e-3 }

const durationInText = new RegExp(
  [
    String.raw`\b(?:after|in|took|elapsed|timeout|duration|within|`,
    String.raw`of)[=: ]{1,3}"?(\d{1,9}(?:\.\d{1,6})?)\s?(ms|msec|milliseconds|s|sec|secs|`,
    String.raw`seconds|µs|us)\b`,
  ].join(""),
  "i",
)

/** How long the program will wait before it tries again: not how long the attempt took. */
const untilNext =
  /\b(?:retry\w*|again|back-?off|sleep\w*)\b[^,;]{0,20}?\b(?:in|after|for|of)[=: ]\S+/i

function msIn(whole: string): number | undefined {
  const line = whole.replace(untilNext, "")
  const match =
    durationInText.exec(line) ??
    /\((?:connect timeout|timeout)=(\d{1,6}(?:\.\d{1,6})?)\)/.exec(line) ??
    /(?<![\w.])(\d{1,9}(?:\.\d{1,6})?)\s?(ms)\b/.exec(line)
  if (match === null) return undefined
  const unit = (match[2] ?? "s").toLowerCase()
  const scale = unit.startsWith("mil") || unit.startsWith("ms") ? 1 : (units[unit[0] ?? "s"] ?? 1)
  return Number(match[1]) * scale
}

/** hey's "[12]", uniq -c's leading number, rsyslog's repetition. */
function countIn(line: string): number | undefined {
  const match =
    /^\s*\[(\d{1,9})\]\s/.exec(line) ??
    /message repeated (\d{1,9}) times/.exec(line) ??
    /^ {1,7}(\d{1,9}) (?=[A-Za-z([{"*])/.exec(line) ??
    /\(x(\d{1,9})\)\s*$/.exec(line)
  const count = Number(match?.[1] ?? 1)
  return count > 1 ? count : undefined
}

const commandHead = new RegExp(
  [
    String.raw`^\s*(curl|wget|ssh|scp|psql|nc|ncat|telnet|redis-cli|mysql|mysqladmin|mongo|`,
    "mongosh|k6|wrk|ab|git|rsync|ftp|bash|sh): ",
  ].join(""),
)

/**
 * program[pid]: of syslog, nginx's pid#tid, Apache's [pid N], the command before the first colon.
 */
function processIn(line: string): Pick<Attempt, "process" | "pid"> {
  const syslog = /(?:^|\s)([A-Za-z][\w./-]{0,40})\[(\d{1,9})\]:/.exec(line)
  if (syslog?.[1] !== undefined) return { process: syslog[1], pid: Number(syslog[2]) }
  const nginx = /\[(?:emerg|alert|crit|error|warn|info)\] (\d{1,9})#\d+:/.exec(line)
  if (nginx !== null) return { process: "nginx", pid: Number(nginx[1]) }
  const apache = /\[pid (\d{1,9})(?::tid \d+)?\]/.exec(line)
  if (apache !== null) return { process: "httpd", pid: Number(apache[1]) }
  const command = commandHead.exec(line)
  return command?.[1] === undefined ? {} : { process: command[1] }
}
