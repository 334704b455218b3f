/**
 * `fourtuple connections` for people. First what there is and how it ended, then what failed, grouped, then single
 * connections: all where they fit, else those that failed first. With --summary the totals, all of them.
 */
import { CONNECTION_STATES } from "../model/connection.ts"
import { formatEndpoint } from "../model/fourtuple.ts"
import { formatCount, formatDuration, formatMany, formatShare } from "../model/quantity.ts"
import { asciiOf } from "./ascii.ts"
import type { ConnectionRow } from "./connection-row.ts"
import type { CaptureSummary, ConnectionSummary } from "./connection-summary.ts"
import { tableLines } from "./connection-table-text.ts"
import { STATE_WORDS } from "./connection-words.ts"
import type { FailedGroup } from "./failed-groups.ts"
import { printable } from "./printable.ts"
import { section, type TextOptions } from "./text-section.ts"
import { clockText, dayText, spanOf } from "./times.ts"
import type { Typesetter } from "./typesetter.ts"

const widthMin = 40
const widthMax = 140
/** The first screen, as that of a diagnosis. */
const screenLines = 40
const rowsMin = 8
const failuresShown = 8
const capturesShown = 6

/** `typesetter`: one that knows no more than ASCII will do where the report has nothing else (isAscii). */
export type ConnectionTextOptions = TextOptions & { readonly typesetter: Typesetter }

export type ConnectionReport = {
  readonly summary: ConnectionSummary
  /** Connections to show one by one, as many as were kept; the ones that failed first. */
  readonly rows: readonly ConnectionRow[]
  /** Only the totals. */
  readonly isSummary: boolean
  /** What was asked for, where not everything was: "state S0, to 10.7.0.21:445". */
  readonly filter?: string
}

/** Whether all names in it are ASCII: then a character is a column. */
export function isAscii(report: ConnectionReport): boolean {
  return /^[\0-\x7f]*$/.test(JSON.stringify(report))
}

/** The report as text that ends with a line end. */
export function writeConnections(report: ConnectionReport, options: ConnectionTextOptions): string {
  const width = Math.min(Math.max(options.width, widthMin), widthMax)
  const bounded = { ...options, width }
  const lines = report.isSummary ? totals(report, bounded) : screen(report, bounded)
  const trimmed = lines.map((line) => line.trimEnd())
  const text = `${trimmed.join("\n")}\n`
  return options.unicode ? text : asciiOf(text)
}

function screen(report: ConnectionReport, options: ConnectionTextOptions): readonly string[] {
  const { summary, rows } = report
  const { paint } = options
  const lines = [
    ...header(report, options),
    ...section("How they ended", stateLines(summary, options), paint),
    ...section("Failed to connect", failureLines(summary, failuresShown, options), paint),
    ...noteLines(summary, options),
  ]
  const room = Math.max(rowsMin, screenLines - lines.length - 4)
  const shown = rows.slice(0, room)
  const isPart = shown.length < summary.connections
  const title =
    isPart && summary.failed > 0 ? "Connections, those that failed first" : "Connections"
  const more = summary.connections - shown.length
  const note = isPart ? [paint.dim(`  ${formatCount(more)} more; --ndjson or --csv lists all`)] : []
  return [...lines, ...section(title, [...tableLines(shown, options), ...note], paint)]
}

function totals(report: ConnectionReport, options: ConnectionTextOptions): readonly string[] {
  const { summary } = report
  const { paint } = options
  return [
    ...header(report, options),
    ...section("How they ended", stateLines(summary, options), paint),
    ...section("What the SYNs were answered with", answerLines(summary, options), paint),
    ...section("Failed to connect", failureLines(summary, summary.failures.length, options), paint),
    ...section("Sources", endLines(summary, "sources", options), paint),
    ...section("Destinations", endLines(summary, "destinations", options), paint),
    ...noteLines(summary, options),
  ]
}

function header(
  { summary, filter }: ConnectionReport,
  options: ConnectionTextOptions,
): readonly string[] {
  const { paint, width, typesetter } = options
  const { wrap } = typesetter
  const { captures, connections, failed } = summary
  const lines = captures
    .slice(0, capturesShown)
    .flatMap((capture) => wrap(captureText(capture), width))
    .map(paint.dim)
  const more = captures.length - capturesShown
  if (more > 0) lines.push(paint.dim(`and ${formatMany(more, "more capture", "more captures")}`))
  if (captures.length === 0) {
    const span = spanOf(summary.first, summary.last)
    if (span !== "") lines.push(paint.dim(span))
  }
  const which = filter === undefined ? "" : ` with ${filter}`
  const count = `${formatMany(connections, "connection", "connections")}${which}`
  const share = failed === 0 ? "none failed" : `${formatCount(failed)} failed`
  const percent = failed === 0 ? "" : ` (${shareText(failed / connections)})`
  const says = connections === 0 ? `No connections${which}` : `${count}, ${share}${percent}`
  return [...lines, ...wrap(says, width).map(paint.bold)]
}

function captureText(capture: CaptureSummary): string {
  const { source, container, packets, bytes, copies, first, last } = capture
  const parts = [
    `${source}: ${container}`,
    `${formatMany(packets, "packet", "packets")}, ${formatBytes(bytes)}`,
    spanOf(first, last),
  ]
  if (copies > 0) parts.push(`${formatCount(copies)} of them recorded twice`)
  return parts.filter((part) => part !== "").join(" · ")
}

function stateLines(summary: ConnectionSummary, options: ConnectionTextOptions): readonly string[] {
  const { states, flowStates = {}, connections } = summary
  const { padEnd, padStart } = options.typesetter
  const rows = [
    ...CONNECTION_STATES.filter((state) => states[state] !== undefined).map(
      (state) => [state, STATE_WORDS[state], states[state] ?? 0] as const,
    ),
    ...Object.entries(flowStates).map(
      ([word, count]) => ["", word === "" ? "state not known" : word, count] as const,
    ),
  ]
  const widest = Math.max(0, ...rows.map(([, , count]) => formatCount(count).length))
  const wordWidth = Math.min(38, options.width - 18 - widest)
  return rows
    .toSorted(([, , a], [, , b]) => b - a)
    .map(([code, word, count]) => {
      const share = padStart(shareText(count / connections), 6)
      const isWhole = word.length <= wordWidth
      const says = padEnd(isWhole ? printable(word) : `${word.slice(0, wordWidth - 1)}…`, wordWidth)
      return `  ${padEnd(code, 6)}  ${says}  ${padStart(formatCount(count), widest)} ${share}`
    })
}

function answerLines(
  { answers }: ConnectionSummary,
  options: ConnectionTextOptions,
): readonly string[] {
  const rows = Object.entries(answers)
  const { padStart, shorten } = options.typesetter
  const widest = Math.max(0, ...rows.map(([, count]) => formatCount(count).length))
  const room = options.width - 4 - widest
  return rows.map(
    ([answer, count]) => `  ${padStart(formatCount(count), widest)}  ${shorten(answer, room)}`,
  )
}

function failureLines(
  summary: ConnectionSummary,
  most: number,
  options: ConnectionTextOptions,
): readonly string[] {
  const { failures, failed, first } = summary
  const shown = failures.slice(0, most)
  const widest = Math.max(0, ...shown.map(({ attempts }) => formatCount(attempts).length))
  const lines = shown.flatMap((group) => failureLine(group, widest, first, options))
  const left = failed - shown.reduce((sum, { attempts }) => sum + attempts, 0)
  if (left > 0) lines.push(options.paint.dim(`  ${formatCount(left)} more; see --summary`))
  return lines
}

function failureLine(
  group: FailedGroup,
  widest: number,
  start: number | undefined,
  { width, paint, typesetter }: ConnectionTextOptions,
): readonly string[] {
  const { hang, padStart } = typesetter
  const { attempts, syns, outcome, first, last } = group
  const tries = syns > attempts ? `, ${Number((syns / attempts).toFixed(1))} SYNs each` : ""
  const when =
    first === undefined || last === undefined ? "" : `, ${whenText(first, last, start ?? first)}`
  const text = `${routeText(group)}: ${outcome}${tries}${when}`
  const count = padStart(formatCount(attempts), widest)
  const [head = "", ...rest] = hang(`  ${count}  `, text, width)
  return [head.replace(count, paint.red(count)), ...rest]
}

/** "10.1.1.5 → 340 hosts, port 445" */
function routeText({ from, sources, to, targets, port }: FailedGroup): string {
  const source = from ?? `${formatCount(sources)} hosts`
  const single = to === undefined ? undefined : to.includes(":") ? `[${to}]` : to
  if (single !== undefined) return `${source} → ${single}:${port ?? "*"}`
  const where = port === undefined ? "several ports" : `port ${port}`
  return `${source} → ${formatMany(targets, "host", "hosts")}, ${where}`
}

/** The day is named where the first of all is of another one. */
function whenText(first: number, last: number, start: number): string {
  const day = dayText(first) === dayText(start) ? "" : `${dayText(first)} `
  if (Math.floor(first) === Math.floor(last)) return `${day}${clockText(first)}`
  const lastDay = dayText(last) === dayText(first) ? "" : `${dayText(last)} `
  return `${day}${clockText(first)} – ${lastDay}${clockText(last)}`
}

function endLines(
  summary: ConnectionSummary,
  which: "sources" | "destinations",
  options: ConnectionTextOptions,
): readonly string[] {
  const ends = summary[which]
  const { padEnd, padStart, shorten } = options.typesetter
  const more = summary[`${which}InAll`] - ends.length
  const widest = Math.max(0, ...ends.map((end) => formatCount(end.connections).length))
  const nameWidth = Math.min(45, options.width - widest - 26)
  const lines = ends.map(({ address, port, connections, failed }) => {
    const name = port === undefined ? address : formatEndpoint({ address, port })
    const share = padStart(shareText(connections / summary.connections), 6)
    const bad = failed === 0 ? "" : options.paint.red(`  ${formatCount(failed)} failed`)
    const count = padStart(formatCount(connections), widest)
    return `  ${count} ${share}  ${padEnd(shorten(name, nameWidth), nameWidth)}${bad}`
  })
  const note = options.paint.dim(`  ${formatCount(more)} more`)
  return more > 0 ? [...lines, note] : lines
}

/** What else is worth knowing: a sentence each. */
function noteLines(summary: ConnectionSummary, options: ConnectionTextOptions): readonly string[] {
  const notes = [
    synNote(summary),
    handshakeNote(summary),
    reuseNote(summary),
    challengeNote(summary),
    ...summary.captures.flatMap(captureNotes),
  ].filter((note) => note !== undefined)
  const lines = notes.flatMap((note) => options.typesetter.hang("  ", note, options.width))
  return section("Also", lines, options.paint)
}

function synNote({ syns, synsAgain, captures }: ConnectionSummary): string | undefined {
  // A log of connections tells of the first SYN only.
  if (syns === 0 || captures.length === 0) return undefined
  const share = formatShare(synsAgain / syns)
  return `${formatMany(syns, "SYN", "SYNs")}, ${formatCount(synsAgain)} of them sent again (${share})`
}

function handshakeNote({ handshakeMs }: ConnectionSummary): string | undefined {
  if (handshakeMs === undefined) return undefined
  const { p50, p90, p99, max } = handshakeMs
  const ms = (value: number): string =>
    value < 10 ? `${Number(value.toPrecision(2))} ms` : formatDuration(value)
  return `Handshake: half within ${ms(p50)}, 90 % within ${ms(p90)}, 99 % within ${ms(p99)}, the slowest ${ms(max)}`
}

function reuseNote({ reuse }: ConnectionSummary): string | undefined {
  if (reuse === undefined) return undefined
  const { connections, gapMs, inTimeWait, reopenedBy } = reuse
  const count = formatMany(connections, "four-tuple was used again", "four-tuples were used again")
  const gaps = `after ${formatDuration(gapMs.min)} to ${formatDuration(gapMs.max)} (half within ${formatDuration(gapMs.p50)})`
  const held = inTimeWait
    .filter(({ from, to }) => from + to > 0)
    .map(({ withinMs, from, to }) => {
      const sides = [
        ...(from > 0 ? [`${formatCount(from)} at the opener`] : []),
        ...(to > 0 ? [`${formatCount(to)} at the target`] : []),
      ]
      return `within ${withinMs / 1000} s of an orderly close, in TIME-WAIT: ${sides.join(", ")}`
    })
  const { sequence, timestamp } = reopenedBy
  const open =
    sequence + timestamp === 0
      ? []
      : [
          `let in by sequence number ${formatCount(sequence)}, by timestamp ${formatCount(timestamp)}`,
        ]
  return [`${count} ${gaps}`, ...held.slice(0, 1), ...open].join("; ")
}

function challengeNote({ challengeAcks }: ConnectionSummary): string | undefined {
  if (challengeAcks === 0) return undefined
  const count = formatMany(challengeAcks, "SYN or RST was", "SYNs or RSTs were")
  return `${count} answered with an ACK of an older connection (challenge ACK, RFC 5961)`
}

function captureNotes(capture: CaptureSummary): readonly string[] {
  const { source, unknownLinks, icmpErrors, unkept } = capture
  const links = Object.entries(unknownLinks).map(
    ([link, packets]) =>
      `${source}: ${formatMany(packets, "packet", "packets")} of ${link} not read`,
  )
  if (unkept !== undefined) {
    const count = formatMany(unkept.connections, "connection", "connections")
    links.push(`${source}: ${count} beyond those that can be kept are not counted here`)
  }
  if (icmpErrors === 0) return links
  return [...links, `${formatMany(icmpErrors, "ICMP error", "ICMP errors")} about TCP`]
}

/** "83 %", "6.5 %", "0.02 %" */
function shareText(share: number): string {
  return share >= 0.01
    ? `${Number((share * 100).toFixed(share < 0.095 ? 1 : 0))} %`
    : formatShare(share)
}

/** 465248995 → "465 MB" */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"]
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${Number(value.toPrecision(3))} ${units[unit]}`
}
