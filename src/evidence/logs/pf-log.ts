/**
 * What pf logs: packets of pflog0 as tcpdump prints them ("rule 4/0(match): block in on em0: 192.0.2.44.44823 > …"),
 * and the lines of filterlog, as pfSense and OPNsense write them to syslog (comma-separated; Netgate, Raw Filter Log
 * Format; OPNsense filterlog description). A rule that has no room for the source says so in the reason.
 */
import type { Endpoint } from "../../model/fourtuple.ts"
import type { LogObservation } from "../../model/observation.ts"
import type { Instant } from "../../model/quantity.ts"
import type { Reader, Section, SectionContext } from "../reader.ts"
import type { ClockYears } from "./clock-years.ts"
import { FileMemory, memoryPerFile } from "./device-log.ts"
import { stampAt } from "./frame-stamp.ts"
import type { RowTexts } from "./row-texts.ts"
import { type Frame, frameOf } from "./syslog-frame.ts"
import { tcpdumpPacket } from "./tcpdump-line.ts"
import { TextClock, textStampAt } from "./text-clock.ts"

type Row = Omit<LogObservation, "kind" | "at" | "time" | "vantage">
type OpenRow = { -readonly [Key in keyof Row]: Row[Key] }

const lineLengthMax = 4096
const synOnly = 2
const flagMask = 0b10111

const memoryOf = memoryPerFile((file) => new FileMemory(file))

const didOf: Readonly<Record<string, "deny" | "open">> = { block: "deny", pass: "open" }

const ruleHead =
  /\brule (\S+?)\/(?:\d+)?\(([\w-]+)\):? (?:\[[^\]]{0,60}\] )?(block|pass|match|nat|binat|rdr|scrub|unkn\S*) (in|out) on ([\w.]+): /

export const pflogReader: Reader = {
  format: "pflog",
  title: "packets logged by pf (tcpdump -i pflog0)",
  words: [
    "block in on",
    "block out on",
    "pass in on",
    "pass out on",
    "match in on",
    "match out on",
  ],
  sniff: (line) => (line.length <= lineLengthMax && ruleHead.test(line) ? 0.92 : 0),
  open: (context) => new PflogSection(context),
}

class PflogSection implements Section {
  readonly #context: SectionContext
  readonly #texts: RowTexts
  readonly #years: ClockYears
  readonly #clock: TextClock
  /** The first of two lines that -v gives a packet. */
  #head: { readonly text: string; readonly line: number } | undefined
  #isDateSaid = false

  constructor(context: SectionContext) {
    const { texts, years } = memoryOf(context.file)
    this.#context = context
    this.#texts = texts
    this.#years = years
    this.#clock = new TextClock(context.file)
    this.#clock.isSteps = true
  }

  line(text: string): boolean {
    if (text.length > lineLengthMax) return false
    const head = this.#head
    this.#head = undefined
    if (head !== undefined && /^\s+\S+ > /.test(text)) {
      return this.#row(`${head.text} ${text.trim()}`, head.line)
    }
    const line = this.#context.lineNumber()
    if (text.endsWith(")") && !text.includes(" > ") && ruleHead.test(text)) {
      this.#head = { text, line }
      return true
    }
    return this.#row(text, line) || isBelow(text)
  }

  #row(text: string, line: number): boolean {
    const match = ruleHead.exec(text)
    if (match === null) return false
    const row = pflogRow(match, text, this.#texts)
    const time = this.#timeOf(text)
    const dated = time === undefined ? {} : { time }
    this.#context.emit({ kind: "log", at: this.#context.here(line), ...row, ...dated })
    return true
  }

  #timeOf(text: string): Instant | undefined {
    const clock = stampAt(text, 0)?.clock
    const time =
      clock === undefined
        ? this.#clock.timeOf(textStampAt(text, 0))
        : this.#years.timeOf({ clock, message: "" })
    if (time !== undefined && this.#clock.isDated) return time
    if (!this.#isDateSaid) {
      this.#isDateSaid = true
      this.#context.odd("date-unknown", "Times of packets have no date: they are left out")
    }
    return undefined
  }
}

/** Hex dumps and what tcpdump says of itself. */
function isBelow(text: string): boolean {
  return /^\s+0x[0-9a-f]{4}:|^\d+ packets? (?:captured|received|dropped)|^(?:tcpdump: |listening on )|^\t/.test(
    text,
  )
}

function pflogRow(match: RegExpExecArray, text: string, texts: RowTexts): OpenRow {
  const [head, rule = "", reason = "", action = "", direction = "", device = ""] = match
  const row: OpenRow = {
    source: "pf",
    action,
    rule: texts.word(`${rule} ${direction} on ${device}`),
  }
  const packet = tcpdumpPacket(text)
  const isTcp = packet !== undefined
  if (isTcp) {
    row.protocol = "tcp"
    row.from = packet.from
    row.to = packet.to
  } else addOtherEnds(row, text.slice(match.index + head.length), texts)
  if (reason !== "match") row.result = texts.word(reason)
  const isAttempt = isTcp && (packet.flags & flagMask) === synOnly
  const did = didOf[action]
  if (did !== undefined && (isAttempt || row.protocol === "udp")) row.did = did
  return row
}

/** "10.0.0.1.53000 > 10.0.0.2.53: UDP, length 40": two ends with ports are UDP's. */
function addOtherEnds(row: OpenRow, text: string, texts: RowTexts): void {
  const match = /^(\S+) > (\S+): (.*)$/.exec(text)
  if (match === null) return
  const [, left = "", right = "", rest = ""] = match
  const from = dottedEnd(left, texts)
  const to = dottedEnd(right, texts)
  if (from === undefined || to === undefined) return
  row.from = from
  row.to = to
  if (from.port !== undefined) row.protocol = "udp"
  else if (/^ICMP6?/.test(rest)) row.protocol = "icmp"
}

function dottedEnd(text: string, texts: RowTexts): Endpoint | undefined {
  const whole = texts.endpoint(text)
  if (whole !== undefined) return whole
  const dot = text.lastIndexOf(".")
  return dot < 0 ? undefined : texts.endpoint(text.slice(0, dot), text.slice(dot + 1))
}

export const filterlogReader: Reader = {
  format: "filterlog",
  title: "packets logged by pfSense or OPNsense (filterlog)",
  words: ["filterlog", ",match,", ",block,", ",pass,"],
  sniff: (line) => (isFilterlog(line) ? 0.9 : 0),
  open: (context) => {
    const { texts, years } = memoryOf(context.file)
    return {
      line: (text) => {
        const cells = isFilterlog(text) ? cellsOf(text) : undefined
        const row = cells === undefined ? undefined : filterlogRow(cells.cells, texts)
        if (cells === undefined || row === undefined) return false
        const { host } = cells.frame
        const time = years.timeOf(cells.frame)
        context.emit({
          kind: "log",
          at: context.here(),
          ...(time === undefined ? {} : { time }),
          ...(host === undefined ? {} : { vantage: host }),
          ...row,
        })
        return true
      },
    }
  },
}

/** "rule,sub,anchor,label,interface,reason,action,direction,version,…" */
const filterlogHead =
  /(?:^|[ \]])\d{1,6},\d{0,6},[^,]{0,80},[^,]{0,80},[\w.]{1,20},[a-z-]{2,20},(?:block|pass|match|nat|rdr|binat|scrub|reject|synproxy-drop),(?:in|out|in\/out),[46],/

function isFilterlog(line: string): boolean {
  return line.length <= lineLengthMax && line.includes(",") && filterlogHead.test(line)
}

function cellsOf(line: string): { readonly frame: Frame; readonly cells: readonly string[] } {
  const frame = frameOf(line)
  const { message } = frame
  const at = filterlogHead.exec(message)?.index ?? 0
  return { frame, cells: message.slice(at).trim().split(",") }
}

function filterlogRow(cells: readonly string[], texts: RowTexts): OpenRow | undefined {
  const [
    rule = "",
    ,
    anchor = "",
    label = "",
    device = "",
    reason = "",
    action = "",
    direction = "",
    version,
  ] = cells
  const rest = cells.slice(9)
  // IPv4 has ten cells before the addresses, IPv6 six; protocol and its number have changed places.
  const isFour = version === "4"
  const protocol = (isFour ? rest[7] : rest[3])?.toLowerCase() ?? ""
  const [source, target, sourcePort, targetPort, , flags] = rest.slice(isFour ? 9 : 6)
  const hasPorts = protocol === "tcp" || protocol === "udp"
  const from =
    source === undefined ? undefined : texts.endpoint(source, hasPorts ? sourcePort : undefined)
  const to =
    target === undefined ? undefined : texts.endpoint(target, hasPorts ? targetPort : undefined)
  if (from === undefined || to === undefined) return undefined
  const name = [rule, anchor, label].filter((each) => each !== "" && each !== "0").join(" ")
  const row: OpenRow = {
    source: "pf",
    action: texts.word(action),
    protocol: texts.word(protocol),
    from,
    to,
    rule: texts.word(`${name} ${direction} on ${device}`.trim()),
  }
  const isSyn = flags === "S" || flags === "SEC" || flags === "SEW"
  if (reason !== "match") row.result = texts.word(reason)
  else if (protocol === "tcp" && flags !== undefined && flags !== "")
    row.result = texts.word(namesOf(flags))
  const did = action === "reject" ? "deny" : didOf[action]
  if (did !== undefined && (protocol !== "tcp" || isSyn)) row.did = did
  return row
}

const flagNames: Readonly<Record<string, string>> = {
  S: "SYN",
  A: "ACK",
  F: "FIN",
  R: "RST",
  P: "PSH",
  U: "URG",
}

/** "SA" → "ACK SYN", in the order of a LOG rule's rows; the bits of ECN are left out. */
function namesOf(flags: string): string {
  const order = ["U", "A", "P", "R", "S", "F"]
  return order
    .flatMap((letter) => (flags.includes(letter) ? (flagNames[letter] ?? []) : []))
    .join(" ")
}
