/**
 * `fourtuple connections`: the connections of captures, connection logs, firewall logs and flow tables, listed or
 * counted. Rows of text files go on while the file is read; a capture is folded to its end first, and its connections
 * come by their start. Nothing is held but what the form of output needs.
 */
import type { FoldedCapture } from "../evidence/capture/folded-capture.ts"
import type { RowConnections } from "../evidence/logs/row-connections.ts"
import type { Sink } from "../evidence/reader.ts"
import { type EvidenceFile, findEvidence } from "../host/evidence-files.ts"
import { type FedFile, feedFile, refuseUnread } from "../host/files.ts"
import { formatCitation, type Observation } from "../model/observation.ts"
import { formatCount } from "../model/quantity.ts"
import { Refusal } from "../model/refusal.ts"
import { type ConnectionRow, rowOfConnection, rowOfFlow } from "../report/connection-row.ts"
import type { ExitCode, Invocation } from "./command.ts"
import { lazyFeed } from "./connection-feed.ts"
import { type ConnectionFilter, filterOf } from "./connection-filter.ts"
import { type ConnectionOutput, openOutput } from "./connection-output.ts"
import { progressText, saySkipped } from "./evidence.ts"
import type { Terminal } from "./terminal.ts"

const odditiesShown = 5
const forms = ["json", "ndjson", "csv"] as const

/** Lists connections, or with --summary counts them. */
export async function runConnections(invocation: Invocation): Promise<ExitCode> {
  const { args, flags, terminal } = invocation
  refuseContradictions(flags)
  const filter = filterOf(flags)
  const list = await findEvidence(args)
  saySkipped(list.skipped, terminal)
  const output = await openOutput(invocation, filter)
  const reading = new Reading(output, filter, terminal)
  const fed: FedFile[] = []
  try {
    for (const file of list.files) {
      fed.push(await reading.file(file, invocation))
      if (invocation.signal.aborted) break
    }
    terminal.clearProgress()
    refuseUnread(fed)
    if (!reading.hasSource) throw nothingListed(fed)
    await output.end()
  } catch (error) {
    await output.discard()
    throw error
  }
  reading.sayOddities()
  return 0
}

function refuseContradictions(flags: Invocation["flags"]): void {
  const asked = forms.filter((name) => flags[name] === true)
  const totals = flags["summary"] === true ? asked.filter((name) => name !== "json") : []
  const names = totals.length > 0 ? ["summary", ...totals] : asked
  if (names.length < 2) return
  const message = `Cannot print ${names.map((name) => `--${name}`).join(" and ")} at once`
  throw new Refusal("bad-usage", message, "Choose one of them")
}

function nothingListed(fed: readonly FedFile[]): Refusal {
  const formats = [...new Set(fed.flatMap(({ summary }) => summary.formats))]
  const names = fed.length === 1 ? `"${fed[0]?.file.path}"` : `any of ${fed.length} files`
  const message = `Cannot list connections of ${names}: ${formats.join(", ")} tells of none`
  const hint = "Give a capture, Zeek's conn.log, conntrack -L or a firewall log; or fourtuple read"
  return new Refusal("nothing-readable", message, hint)
}

/** One file after another to the output. */
class Reading {
  /** Whether any file was of a kind that has connections, even if it had none. */
  hasSource = false
  readonly #output: ConnectionOutput
  readonly #filter: ConnectionFilter | undefined
  readonly #terminal: Terminal
  #captures: FoldedCapture[] = []
  /** What the rows of a log come to; absent where the file is a capture. */
  #rows: RowConnections | undefined
  #oddities = 0
  readonly #oddTexts: string[] = []
  readonly #sink: Sink = {
    section: () => undefined,
    mark: () => undefined,
    observe: (observation) => this.#observe(observation),
    // Listings of sockets are not connections in time; as batches they cost nothing.
    rows: () => undefined,
    captured: (capture) => {
      this.#captures.push(capture)
    },
  }

  constructor(output: ConnectionOutput, filter: ConnectionFilter | undefined, terminal: Terminal) {
    this.#output = output
    this.#filter = filter
    this.#terminal = terminal
  }

  async file(file: EvidenceFile, { signal }: Invocation): Promise<FedFile> {
    const sinks = { capture: this.#sink, other: () => this.#sinkOfRows() }
    const feed = lazyFeed(file.path, sinks, () => this.#output.flush())
    const done = await feedFile(file, feed, {
      signal,
      keepsWhatCame: true,
      onProgress: (progress) => this.#terminal.progress(progressText(progress)),
    })
    this.#rows?.finish()
    this.#rows = undefined
    const captures = this.#captures
    this.#captures = []
    for (const capture of captures) {
      this.hasSource = true
      await this.#output.capture(capture, file.path)
    }
    await this.#output.flush()
    if (done.cut !== undefined) this.#terminal.say(`Cut short ${file.path}: ${done.cut}`)
    return done
  }

  /** Names some of what was malformed: the rest is counted. */
  sayOddities(): void {
    for (const text of this.#oddTexts) this.#terminal.say(text)
    const more = this.#oddities - this.#oddTexts.length
    if (more > 0) this.#terminal.say(`${formatCount(more)} more; fourtuple read names them all`)
  }

  async #sinkOfRows(): Promise<Sink> {
    const { RowConnections } = await import("../evidence/logs/row-connections.ts")
    this.#rows = new RowConnections((connection, at, vantage) => {
      const where = vantage === undefined ? {} : { vantage }
      this.#row({ ...connection, ...where, at: formatCitation(at) })
    })
    return this.#sink
  }

  #observe(observation: Observation): void {
    switch (observation.kind) {
      case "connection":
        this.#row(rowOfConnection(observation))
        return
      case "flow": {
        const row = rowOfFlow(observation)
        if (row !== undefined) this.#row(row)
        return
      }
      case "log":
        this.#rows?.add(observation)
        return
      case "oddity": {
        this.#oddities++
        const text = `Odd: ${formatCitation(observation.at)}: ${observation.says}`
        if (this.#oddTexts.length < odditiesShown) this.#oddTexts.push(text)
        return
      }
      default:
    }
  }

  #row(row: ConnectionRow): void {
    this.hasSource = true
    if (this.#filter?.keeps(row) ?? true) this.#output.row(row)
  }
}
