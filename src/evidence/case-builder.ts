/**
 * Builds a case: one sink per file, whole live readings, in any mix. Which machine and moment an
 * observation belongs to is decided from what the file says, else from its name, else from its age.
 */
import type { HostSamples } from "../model/host-samples.ts"
import type {
  ConnectionObservation,
  Observation,
  OddityObservation,
  SocketObservation,
} from "../model/observation.ts"
import { BatchFold } from "./batch-fold.ts"
import type { RowBatch } from "./bulk-batch.ts"
import type { FoldedCapture } from "./capture/folded-capture.ts"
import type { Case, Coverage, EvidenceSource, HostEvidence } from "./case.ts"
import type { FileSummary } from "./feed.ts"
import { FlowCounts } from "./flow-counts.ts"
import { HostDraft, type SnapshotDraft } from "./host-draft.ts"
import { type Moment, momentsOf } from "./moment.ts"
import type { SectionInfo, SectionMark, Sink } from "./reader.ts"
import { joinVantages } from "./vantages.ts"

/** A file of the case, named before any is read so that siblings can be compared. */
export type CaseFile = { readonly path: string; readonly modified?: number }

/** A sink for one file, to be closed with what became of the file. */
export type FileSink = Sink & { readonly close: (summary: FileSummary) => void }

export class CaseBuilder {
  readonly #moments: ReadonlyMap<string, Moment>
  readonly #modified = new Map<string, number>()
  readonly #hosts = new Map<string, HostDraft>()
  readonly #sources: EvidenceSource[] = []
  /** Files in which no reader recognised anything. */
  readonly #unknown: OddityObservation[] = []
  #isLive = false
  #name = ""

  constructor(files: readonly CaseFile[] = []) {
    this.#moments = momentsOf(files.map((file) => file.path))
    for (const { path, modified } of files) {
      if (modified !== undefined) this.#modified.set(path, modified)
    }
  }

  /** A sink for the named file. */
  file(path: string): FileSink {
    const moment = this.#moments.get(path) ?? { label: "" }
    const host = this.#host(moment.vantage ?? "")
    const folder = new FileFold(host, moment, path, this.#modified.get(path))
    return {
      section: (info) => folder.section(info),
      mark: (mark) => {
        if (mark.host !== undefined && this.#name === "") this.#name = mark.host
        folder.mark(mark)
      },
      observe: (observation) => folder.observe(observation),
      rows: (batch) => folder.rows(batch),
      captured: (capture) => folder.captured(capture),
      close: (summary) => {
        this.#sources.push(sourceOf(summary))
        const oddity = oddityOf(summary)
        if (oddity?.name === "format-unknown") this.#unknown.push(oddity)
        else if (oddity !== undefined) host.observe(oddity)
      },
    }
  }

  /** Adds a live reading. */
  live(samples: HostSamples): void {
    this.#isLive = true
    const host = this.#host(samples.vantage)
    host.live = true
    host.systems.push(samples.system)
    host.blind.push(...samples.blind)
    for (const [index, sample] of samples.samples.entries()) {
      const draft = host.snapshot(`sample ${index + 1}`, index)
      draft.time = sample.time
      draft.tables.set(sample.method, sample.sockets)
      draft.covers.add("all")
      if (sample.boundSeen) draft.covers.add("bound")
      for (const observation of sample.observations) foldMoment(host, draft, observation)
    }
    for (const observation of samples.observations) host.observe(observation)
    const method = samples.samples[0]?.method ?? "none"
    const says = `${samples.samples.length} samples, sockets by ${method}`
    this.#sources.push({ source: `${samples.vantage} (live)`, formats: [method], says })
  }

  /** The case; the builder may not be used afterwards. */
  finish(): Case {
    for (const oddity of summarized(this.#unknown)) {
      this.#host([...this.#hosts.keys()][0] ?? "").observe(oddity)
    }
    const orders = new Set<string>()
    const hosts: HostEvidence[] = []
    for (const [vantage, draft] of this.#hosts) {
      const own = draft.name ?? (this.#name || draft.nameInRows())
      const name = vantage === "" ? own : vantage
      const { host, orderedBy } = draft.finish(name)
      hosts.push(host)
      if (host.snapshots.length > 1) orders.add(orderedBy)
    }
    const orderedBy = this.#isLive ? "live" : [...orders].join(", ")
    return joinVantages({ hosts, sources: this.#sources, clocks: [], orderedBy })
  }

  #host(vantage: string): HostDraft {
    let host = this.#hosts.get(vantage)
    if (host === undefined) {
      host = new HostDraft()
      this.#hosts.set(vantage, host)
    }
    return host
  }
}

/** Folds one file; a repeated listing in one file is a later moment. */
class FileFold {
  readonly #host: HostDraft
  readonly #moment: Moment
  readonly #path: string
  readonly #modified: number | undefined
  #repeat = 0
  #seen = new Set<string>()
  #format = ""
  #time: number | undefined
  #batches: BatchFold | undefined

  constructor(host: HostDraft, moment: Moment, path: string, modified: number | undefined) {
    this.#host = host
    this.#moment = moment
    this.#path = path
    this.#modified = modified
  }

  section(info: SectionInfo): void {
    this.#format = info.format
    if (!momentaryFormats.test(info.format)) return
    if (this.#seen.has(info.format)) this.#nextRepeat()
    this.#seen.add(info.format)
  }

  mark(mark: SectionMark): void {
    if (mark.host !== undefined) this.#host.named(mark.host, this.#path)
    if (mark.system !== undefined && !this.#host.systems.includes(mark.system)) {
      this.#host.systems.push(mark.system)
    }
    if (mark.time !== undefined) {
      if (this.#time !== undefined && this.#time !== mark.time && this.#seen.size > 0) {
        this.#nextRepeat()
      }
      this.#time = mark.time
      if (this.#moment.label !== "" || this.#seen.size > 0) this.#snapshot().time ??= mark.time
    }
    if (mark.covers !== undefined) this.#snapshot().covers.add(coverageOf(mark.covers))
  }

  observe(observation: Observation): void {
    if (observation.kind === "socket") this.#socket(observation)
    else if (observation.kind === "connection") this.#connection(observation)
    else foldMoment(this.#host, this.#snapshot, observation)
  }

  /** Many rows at once. */
  rows(batch: RowBatch): void {
    const table = this.#snapshot().table(this.#listing())
    if (this.#batches?.table !== table) this.#batches = new BatchFold(table)
    this.#batches.add(batch)
  }

  /** A whole capture. */
  captured(capture: FoldedCapture): void {
    const traffic = this.#host.traffic(this.#path, "capture")
    for (const index of capture.byStart()) {
      traffic.add(capture.connection(index), capture.frame(index))
    }
    const { first, last } = capture.tally
    if (first !== undefined) traffic.covers(first)
    if (last !== undefined) traffic.covers(last)
  }

  #connection(observation: ConnectionObservation): void {
    const { line = 0, frame = line } = observation.at
    this.#host.traffic(this.#path, "connection log").add(observation, frame)
  }

  #socket(row: SocketObservation): void {
    if (row.protocol !== "tcp") return
    this.#snapshot().addRow(this.#listing(), row)
  }

  #listing(): string {
    return `${this.#path} ${this.#format}`
  }

  readonly #snapshot = (): SnapshotDraft => {
    const label = this.#moment.label
    const name = this.#repeat === 0 ? label : `${label || this.#path} #${this.#repeat + 1}`
    const draft = this.#host.snapshot(name, (this.#moment.rank ?? 0) + this.#repeat / 1e6)
    if (this.#time !== undefined) draft.time ??= this.#time
    if (this.#modified !== undefined) draft.modified ??= this.#modified
    if (this.#moment.time !== undefined && this.#repeat === 0) draft.named ??= this.#moment.time
    return draft
  }

  #nextRepeat(): void {
    this.#repeat++
    this.#seen.clear()
  }
}

const unknownShown = 4

/** Formats that show one moment; a second such section in a file is a second moment. */
const momentaryFormats =
  /^(netstat|ss|proc-net|nstat|conntrack|sockstat|powershell|get-net|lsof|nft|iptables|cisco-asa-|fortigate-sessions|paloalto-|haproxy-)/

const kernelFile = /(?:^|\/)(?:dmesg|kern\.log)[^/]*$/

function foldMoment(
  host: HostDraft,
  snapshot: SnapshotDraft | (() => SnapshotDraft),
  observation: Observation,
): void {
  const draft = (): SnapshotDraft => (typeof snapshot === "function" ? snapshot() : snapshot)
  if (observation.kind === "counter") {
    draft().addCounter(observation)
  } else if (observation.kind === "flow") {
    const moment = draft()
    moment.flows ??= new FlowCounts()
    moment.flows.add(observation)
  } else if (observation.kind === "log" && observation.packets !== undefined) {
    draft().addRule(observation)
  } else host.observe(observation)
}

/** A support bundle has thousands of files that say nothing of connections: one line for all. */
function summarized(unknown: readonly OddityObservation[]): readonly OddityObservation[] {
  const [first] = unknown
  if (first === undefined || unknown.length <= unknownShown) return unknown
  const names = unknown.slice(0, unknownShown).map(({ at }) => at.source)
  const says = `No reader recognised anything in ${unknown.length} files: ${names.join(", ")} …`
  return [{ ...first, says }]
}

function coverageOf(covers: NonNullable<SectionMark["covers"]>): Coverage {
  return covers
}

function sourceOf(summary: FileSummary): EvidenceSource {
  const { path, formats, encoding, lines, linesUnread } = summary
  if (summary.says !== undefined) return { source: path, formats, says: summary.says }
  if (summary.binary) return { source: path, formats: [], says: "not text; no reader knows it" }
  const unread = linesUnread === 0 ? "" : `, ${linesUnread} not understood`
  return { source: path, formats, says: `${encoding}, ${lines} lines${unread}` }
}

function oddityOf(summary: FileSummary): OddityObservation | undefined {
  const at = { source: summary.path }
  if (summary.binary && summary.says === undefined) {
    const says = "The file is not text and no reader knows its format"
    return { kind: "oddity", name: "binary-file", says, at }
  }
  if (summary.formats.length > 0 || summary.lines === 0) return undefined
  // A kernel log that says nothing of limits is what a quiet machine has.
  if (kernelFile.test(summary.path)) return undefined
  return { kind: "oddity", name: "format-unknown", says: "No reader recognised anything", at }
}
