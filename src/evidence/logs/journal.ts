/**
 * journalctl's outputs with many lines a record: `-o export` (systemd's Journal Export Format), `-o verbose` and
 * `-o json-pretty`. A record is written again as one line with its stamp, host and program, and given to the readers of
 * logs; what they say is cited at the line of the record's message. Binary fields of an export are passed over.
 */
import type { Citation } from "../../model/observation.ts"
import type { Instant } from "../../model/quantity.ts"
import type { Reader, Section, SectionContext } from "../reader.ts"
import { frameOfFields } from "./frame-json.ts"
import { stampAt } from "./frame-stamp.ts"
import type { Frame } from "./syslog-frame.ts"

const recordLinesMax = 500
const sniffMin = 0.3
const wanted: ReadonlySet<string> = new Set([
  ...["MESSAGE", "_HOSTNAME", "SYSLOG_IDENTIFIER", "_COMM", "_PID", "SYSLOG_PID", "PRIORITY"],
  ...["SYSLOG_FACILITY", "__REALTIME_TIMESTAMP", "_SOURCE_MONOTONIC_TIMESTAMP", "_TRANSPORT"],
])

type Style = "export" | "verbose" | "pretty"
type Field = { readonly name: string; readonly value: unknown }

/** Reads journals with the readers of logs. */
export function journalReader(readers: readonly Reader[]): Reader {
  return {
    format: "journal",
    title: "journal records (journalctl -o export, verbose or json-pretty)",
    begins: "_{MTWFS",
    sniffMax: 0.9,
    sniff: (line, ahead) => (styleOf(line, ahead) === undefined ? 0 : 0.9),
    open: (context) => new Journal(context, readers).section(),
  }
}

function styleOf(line: string, ahead: readonly string[]): Style | undefined {
  if (line.startsWith("__CURSOR=")) return "export"
  if (line === "{") return /^\s*"_{0,2}[A-Z][A-Z_]+" ?:/.test(ahead[0] ?? "") ? "pretty" : undefined
  return isVerboseHead(line) ? "verbose" : undefined
}

/** "Mon 2024-01-15 10:00:00.123456 UTC [s=…;i=…;b=…]" */
function isVerboseHead(line: string): boolean {
  const bracket = line.indexOf(" [s=")
  return bracket > 20 && bracket < 50 && stampAt(line, 0) !== undefined
}

class Journal {
  readonly #context: SectionContext
  readonly #readers: readonly Reader[]
  readonly #inner: SectionContext
  #section: Section | undefined
  #style: Style | undefined
  #fields = new Map<string, unknown>()
  #lines = 0
  #messageLine = 0
  #time: Instant | undefined
  /** Between the name of a binary field and its end. */
  #isBinary = false

  constructor(context: SectionContext, readers: readonly Reader[]) {
    this.#context = context
    this.#readers = readers
    const lineNumber = () => this.#messageLine
    const here = (line = this.#messageLine): Citation => context.here(line)
    const odd: SectionContext["odd"] = (name, says, line = this.#messageLine) =>
      context.odd(name, says, line)
    this.#inner = { ...context, lineNumber, here, odd }
  }

  section(): Section {
    return { line: (text) => this.#line(text), end: () => this.#end() }
  }

  #line(text: string): boolean {
    this.#style ??= styleOf(text, ['"_AB":'])
    if (this.#style === "pretty") return this.#prettyLine(text)
    if (this.#style === "verbose") return this.#verboseLine(text)
    return this.#exportLine(text)
  }

  #exportLine(text: string): boolean {
    if (text === "") {
      this.#isBinary = false
      this.#flush()
      return true
    }
    const equals = text.indexOf("=")
    const name = equals < 0 ? text : text.slice(0, equals)
    if (/^_{0,2}[A-Z][A-Z0-9_]*$/.test(name)) {
      this.#isBinary = equals < 0
      if (equals > 0) this.#add({ name, value: text.slice(equals + 1) })
      return this.#isWithinBounds()
    }
    return this.#isBinary && this.#isWithinBounds()
  }

  #verboseLine(text: string): boolean {
    if (isVerboseHead(text)) {
      this.#flush()
      this.#time = stampAt(text, 0)?.instant
      return true
    }
    const match = /^ {4}(_{0,2}[A-Z][A-Z0-9_]*)=/.exec(text)
    if (match?.[1] !== undefined) {
      this.#add({ name: match[1], value: text.slice(match[0].length) })
      return this.#isWithinBounds()
    }
    // A message of several lines goes on indented; "-- Boot … --" stands between records.
    return (text.startsWith("     ") || text.startsWith("-- ")) && this.#isWithinBounds()
  }

  #prettyLine(text: string): boolean {
    const trimmed = text.trim()
    if (trimmed === "{") return this.#isWithinBounds()
    if (trimmed === "}" || trimmed === "},") {
      this.#flush()
      return true
    }
    const field = prettyField(trimmed)
    if (field !== undefined) this.#add(field)
    // Values that are lists of bytes have a line each.
    return (field !== undefined || /^[\d,[\]\s]*$/.test(trimmed)) && this.#isWithinBounds()
  }

  #add({ name, value }: Field): void {
    if (!wanted.has(name)) return
    this.#fields.set(name, value)
    if (name === "MESSAGE") this.#messageLine = this.#context.lineNumber()
  }

  #isWithinBounds(): boolean {
    this.#lines++
    return this.#lines <= recordLinesMax
  }

  #end(): void {
    this.#flush()
    this.#section?.end?.()
  }

  /** The record has ended. */
  #flush(): void {
    const fields = this.#fields
    const time = this.#time
    this.#lines = 0
    this.#time = undefined
    if (fields.size === 0) return
    this.#fields = new Map()
    const frame = frameOfFields(Object.fromEntries(fields))
    if (frame !== undefined) this.#take(lineOf(frame, time))
  }

  #take(text: string): void {
    if (this.#section?.line(text) === true) return
    this.#section?.end?.()
    this.#section = undefined
    const reader = this.#surest(text)
    if (reader === undefined) return
    const section = reader.open(this.#inner)
    if (section.line(text)) this.#section = section
    else section.end?.()
  }

  #surest(text: string): Reader | undefined {
    let best: Reader | undefined
    let bestSniff = sniffMin
    for (const reader of this.#readers) {
      const sniff = reader.sniff(text, [], this.#context.file)
      if (sniff <= bestSniff) continue
      best = reader
      bestSniff = sniff
    }
    return best
  }
}

/** `"MESSAGE" : "text",` */
function prettyField(text: string): Field | undefined {
  const match = /^"([^"]{1,80})" ?: ?(.*?),?$/.exec(text)
  if (match?.[1] === undefined) return undefined
  try {
    return { name: match[1], value: JSON.parse(match[2] ?? "") }
  } catch {
    return { name: match[1], value: undefined }
  }
}

/** As `journalctl -o short-iso-precise` would write it. */
function lineOf(frame: Frame, headTime: Instant | undefined): string {
  const time = frame.time ?? headTime
  const { host, program = "unknown", pid } = frame
  const message = frame.message.replace(/\s*\n\s*/g, " ")
  const tag = pid === undefined ? `${program}:` : `${program}[${pid}]:`
  const stamp = time === undefined ? undefined : stampOf(time)
  return [stamp, host, tag, message].filter((part) => part !== undefined).join(" ")
}

function stampOf(time: Instant): string | undefined {
  const date = new Date(time * 1000)
  return Number.isNaN(date.getTime()) ? undefined : `${date.toISOString().slice(0, 23)}+0000`
}
