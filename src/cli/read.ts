/**
 * `fourtuple read`: what the readers understood, one observation a line. Streams: a slow reader of the output
 * holds back the file, so memory does not grow with it.
 */
import { Feed, type FileSummary } from "../evidence/feed.ts"
import type { Sink } from "../evidence/reader.ts"
import { findEvidence } from "../host/evidence-files.ts"
import { type FedFile, feedFile, refuseUnread } from "../host/files.ts"
import { jsonOfObservation, type Observation } from "../model/observation.ts"
import { formatCount } from "../model/quantity.ts"
import { jsonText } from "../report/json.ts"
import { printable } from "../report/printable.ts"
import type { ExitCode, Invocation } from "./command.ts"
import { progressText, saySkipped } from "./evidence.ts"
import type { Terminal } from "./terminal.ts"

/** Where observations go while a file is read. */
type Output = {
  readonly begin: () => Promise<void>
  readonly observe: (observation: Observation) => void
  /** Absent where each row is to be seen. */
  readonly rows?: NonNullable<Sink["rows"]>
  /** Hands on what has come together; awaited after each chunk of a file. */
  readonly flush: () => Promise<void>
  readonly file: (summary: FileSummary) => void
  readonly end: () => Promise<void>
}

/** Prints observations, or with --summary what became of each file. */
export async function runRead(invocation: Invocation): Promise<ExitCode> {
  const { args, flags, terminal, signal } = invocation
  const list = await findEvidence(args)
  saySkipped(list.skipped, terminal)
  const asJson = flags["json"] === true
  const output = flags["summary"] === true ? summaryTo(terminal, asJson) : rowsTo(terminal, asJson)
  const fed: FedFile[] = []
  await output.begin()
  for (const file of list.files) {
    const feed = new Feed(file.path, sinkOf(output))
    const held = {
      push: (bytes: Uint8Array) => {
        feed.push(bytes)
        return output.flush()
      },
      end: () => feed.end(),
    }
    const done = await feedFile(file, held, {
      signal,
      onProgress: (progress) => terminal.progress(progressText(progress)),
    })
    output.file(done.summary)
    await output.flush()
    if (done.cut !== undefined) terminal.say(`Cut short ${file.path}: ${done.cut}`)
    fed.push(done)
  }
  terminal.clearProgress()
  await output.end()
  refuseUnread(fed)
  return 0
}

function sinkOf(output: Output): Sink {
  const { observe, rows } = output
  const sink = { section: () => undefined, mark: () => undefined, observe }
  return rows === undefined ? sink : { ...sink, rows }
}

function rowsTo(terminal: Terminal, asJson: boolean): Output {
  let lines: string[] = []
  let isFirst = true
  const separator = () => (isFirst ? "" : ",\n")
  return {
    begin: async () => {
      if (asJson) lines.push('{"schema":"fourtuple.observations/1","observations":[\n')
    },
    observe: (observation) => {
      const text = jsonText(jsonOfObservation(observation))
      lines.push(asJson ? separator() + text : `${text}\n`)
      isFirst = false
    },
    flush: async () => {
      const text = lines.join("")
      lines = []
      await terminal.write(text)
    },
    file: () => undefined,
    end: async () => {
      await terminal.write(asJson ? "\n]}\n" : "")
    },
  }
}

function summaryTo(terminal: Terminal, asJson: boolean): Output {
  const files: (FileSummary & { readonly kinds: Readonly<Record<string, number>> })[] = []
  let kinds = new Map<string, number>()
  return {
    begin: async () => undefined,
    observe: ({ kind }) => {
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    },
    rows: ({ length }) => {
      kinds.set("socket", (kinds.get("socket") ?? 0) + length)
    },
    flush: async () => undefined,
    file: (summary) => {
      files.push({ ...summary, kinds: Object.fromEntries(kinds) })
      kinds = new Map()
    },
    end: async () => {
      const document = { schema: "fourtuple.reading/1", files }
      await terminal.write(asJson ? `${jsonText(document, 2)}\n` : files.map(summaryText).join(""))
    },
  }
}

function summaryText(
  summary: FileSummary & { readonly kinds: Readonly<Record<string, number>> },
): string {
  const { path, encoding, lines, linesUnread, formats, kinds, binary } = summary
  const counts = Object.entries(kinds).map(([kind, count]) => `${kind} ${formatCount(count)}`)
  const rows = [
    printable(path),
    `  format    ${formats.join(", ") || "not recognised"}`,
    binary ? "  encoding  binary" : `  encoding  ${encoding}`,
    `  lines     ${formatCount(lines)}, of them not understood ${formatCount(linesUnread)}`,
    `  gives     ${counts.join(", ") || "nothing"}`,
  ]
  return `${rows.join("\n")}\n`
}
