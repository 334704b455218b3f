/** The forms `fourtuple connections` prints in: text for people, JSON, lines of JSON, CSV, and Parquet beside them. */
import type { FoldedCapture } from "../evidence/capture/folded-capture.ts"
import { csvHead, csvLine } from "../report/connection-columns.ts"
import type { ConnectionRow } from "../report/connection-row.ts"
import type { ConnectionSummary } from "../report/connection-summary.ts"
import { ConnectionTally } from "../report/connection-tally.ts"
import { failureOf, judgedOf } from "../report/connection-words.ts"
import { FirstRows } from "../report/first-rows.ts"
import { jsonText } from "../report/json.ts"
import type { Typesetter } from "../report/typesetter.ts"
import type { Invocation } from "./command.ts"
import type { ConnectionFilter } from "./connection-filter.ts"
import type { Terminal } from "./terminal.ts"

/** Where connections go. */
export type ConnectionOutput = {
  /** One that the filter keeps. */
  readonly row: (row: ConnectionRow) => void
  /** A whole capture; what the filter does not keep is left out. */
  readonly capture: (capture: FoldedCapture, source: string) => Promise<void>
  /** Hands on what has come together. */
  readonly flush: () => Promise<void>
  readonly end: () => Promise<void>
  /** Something failed: nothing half done is left behind. */
  readonly discard: () => Promise<void>
}

/** Connections of a capture between two flushes. */
const rowsAtOnce = 2000
/** Lines of JSON that are written at once. */
const bytesAtOnce = 1 << 16
/** Kept for the table, failed ones and others: more than any screen shows. */
const rowsKept = 100

/** The output the options ask for. */
export async function openOutput(
  { flags, terminal }: Invocation,
  filter: ConnectionFilter | undefined,
): Promise<ConnectionOutput> {
  const printed = printedOutput(flags, terminal, filter)
  const { parquet } = flags
  if (typeof parquet !== "string") return outputTo(printed, filter)
  const { openParquet } = await import("./connection-parquet.ts")
  const file = await openParquet(parquet, terminal)
  return outputTo(bothOf(printed, file), filter)
}

/** What a form does with rows. */
export type RowTaker = {
  readonly row: (row: ConnectionRow) => void
  /** What the packets of a capture were, where its connections come row by row. */
  readonly packets?: (capture: FoldedCapture, source: string) => void
  /** Takes a whole capture, faster than row by row. */
  readonly capture?: (capture: FoldedCapture, source: string) => Promise<void>
  readonly flush: () => Promise<void>
  readonly end: () => Promise<void>
  readonly discard: () => Promise<void>
}

function outputTo(taker: RowTaker, filter: ConnectionFilter | undefined): ConnectionOutput {
  const { row, flush, end, discard } = taker
  const byRow = async (capture: FoldedCapture, source: string): Promise<void> => {
    taker.packets?.(capture, source)
    let taken = 0
    for (const index of capture.byStart()) {
      const each = rowOf(capture, index, source)
      if (filter?.keeps(each) ?? true) row(each)
      if (++taken % rowsAtOnce === 0) await flush()
    }
  }
  const whole = filter === undefined ? taker.capture : undefined
  return { row, flush, end, discard, capture: whole ?? byRow }
}

function rowOf(capture: FoldedCapture, index: number, source: string): ConnectionRow {
  return { ...capture.connection(index), at: `${source} frame ${capture.frame(index)}` }
}

function printedOutput(
  flags: Invocation["flags"],
  terminal: Terminal,
  filter: ConnectionFilter | undefined,
): RowTaker {
  const isSummary = flags["summary"] === true
  if (flags["ndjson"] === true) return jsonLinesTo(terminal)
  if (flags["csv"] === true) return linesTo(terminal, csvLine, csvHead())
  if (flags["json"] === true) return documentTo(terminal, isSummary)
  return reportTo(terminal, isSummary, filter)
}

function jsonOf(row: ConnectionRow): Readonly<Record<string, unknown>> {
  return { kind: "connection", ...row }
}

/** The lines of a capture come from its own writer, which makes no object of a connection. */
function jsonLinesTo(terminal: Terminal): RowTaker {
  const lines = linesTo(terminal, (row) => `${jsonText(jsonOf(row))}\n`)
  return {
    ...lines,
    capture: async (capture) => {
      await lines.flush()
      await writeJsonLines(capture, terminal)
    },
  }
}

async function writeJsonLines(capture: FoldedCapture, terminal: Terminal): Promise<void> {
  const lines = capture.jsonLines()
  for (const index of capture.byStart()) {
    lines.add(index)
    if (lines.length >= bytesAtOnce) await terminal.write(lines.take())
  }
  await terminal.write(lines.take())
}

function linesTo(terminal: Terminal, lineOf: (row: ConnectionRow) => string, head = ""): RowTaker {
  let lines: string[] = head === "" ? [] : [head]
  const flush = async (): Promise<void> => {
    if (lines.length === 0) return
    const text = lines.join("")
    lines = []
    await terminal.write(text)
  }
  return {
    row: (row) => lines.push(lineOf(row)),
    flush,
    end: flush,
    discard: async () => undefined,
  }
}

/** `{"schema":…,"connections":[…],"summary":{…}}`, written while it comes. */
function documentTo(terminal: Terminal, isSummary: boolean): RowTaker {
  const tally = new ConnectionTally()
  const list = isSummary ? '{"schema":"fourtuple.connections/1",' : documentHead
  let isFirst = true
  let lines: string[] = []
  let isBegun = false
  const flush = async (): Promise<void> => {
    if (lines.length === 0) return
    const text = (isBegun ? "" : list) + lines.join("")
    isBegun = true
    lines = []
    await terminal.write(text)
  }
  return {
    row: (row) => {
      tally.add(row)
      if (isSummary) return
      lines.push(`${isFirst ? "" : ",\n"}${jsonText(jsonOf(row))}`)
      isFirst = false
    },
    packets: (capture, source) => tally.addPackets(source, capture.tally),
    ...(isSummary ? { capture: async (capture, source) => tally.addCapture(source, capture) } : {}),
    flush,
    end: async () => {
      const summary = await explained(tally.summary())
      lines.push(`${isSummary ? "" : "\n],"}"summary":${jsonText(summary)}}\n`)
      await flush()
    },
    discard: async () => undefined,
  }
}

const documentHead = '{"schema":"fourtuple.connections/1","connections":[\n'

function reportTo(
  terminal: Terminal,
  isSummary: boolean,
  filter: ConnectionFilter | undefined,
): RowTaker {
  const tally = new ConnectionTally()
  const kept = isSummary ? 0 : rowsKept
  const first = new FirstRows(kept)
  let count = 0
  return {
    row: (row) => {
      count++
      tally.add(row)
      first.add(row, failureOf(judgedOf(row)) !== undefined)
    },
    packets: (capture, source) => tally.addPackets(source, capture.tally),
    capture: async (capture, source) => {
      count += capture.length
      const left = { failed: kept, others: kept }
      tally.addCapture(source, capture, (index, isFailed) => {
        const kind = isFailed ? "failed" : "others"
        if (left[kind]-- > 0) first.add(rowOf(capture, index, source), isFailed)
      })
    },
    flush: async () => undefined,
    end: async () => {
      const { isAscii, writeConnections } = await import("../report/connection-text.ts")
      const rows = count <= rowsKept ? first.inOrder() : first.rows()
      const asked = filter === undefined ? {} : { filter: filter.says }
      const summary = await explained(tally.summary())
      const report = { summary, rows, isSummary, ...asked }
      const typesetter = await typesetterFor(isAscii(report))
      await terminal.write(writeConnections(report, { ...terminal, typesetter }))
    },
    discard: async () => undefined,
  }
}

/** Measuring what is not ASCII takes tables of 50 ms; few captures need them. */
async function typesetterFor(isAscii: boolean): Promise<Typesetter> {
  if (!isAscii) return (await import("../report/typeset.ts")).typesetter
  const { Typesetter } = await import("../report/typesetter.ts")
  return new Typesetter((text) => text.length)
}

/** Codes of firewalls with their meaning; the tables of these are loaded where there are any. */
async function explained(summary: ConnectionSummary): Promise<ConnectionSummary> {
  if (!summary.failures.some(({ outcome }) => outcome.startsWith("denied"))) return summary
  const { explainDenials } = await import("../report/denials.ts")
  return { ...summary, failures: explainDenials(summary.failures) }
}

function bothOf(one: RowTaker, two: RowTaker): RowTaker {
  return {
    row: (row) => {
      one.row(row)
      two.row(row)
    },
    packets: (capture, source) => one.packets?.(capture, source),
    flush: async () => {
      await one.flush()
      await two.flush()
    },
    end: async () => {
      await two.end()
      await one.end()
    },
    discard: async () => {
      await one.discard()
      await two.discard()
    },
  }
}
