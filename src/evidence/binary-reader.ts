/**
 * The contract of a reader of binary files. Unlike text, where sections follow each other, such a file is one thing
 * from beginning to end; it is told by its first bytes. Readers never throw on content and hold what they must, not
 * the file.
 */
import type { OddityName } from "../catalog/oddities.ts"
import type { Citation, Observation } from "../model/observation.ts"
import type { FoldedCapture } from "./capture/folded-capture.ts"
import type { FileHint, SectionMark } from "./reader.ts"

export type BinaryContext = {
  readonly file: FileHint
  readonly emit: (observation: Observation) => void
  readonly odd: (name: OddityName, says: string, at?: Omit<Citation, "source">) => void
  readonly mark: (mark: SectionMark) => void
  /** A whole capture at once; who keeps it keeps its memory. Without it its connections are emitted one by one. */
  readonly capture?: (capture: FoldedCapture) => void
}

export type BinarySection = {
  /** Takes the next bytes of the file, cut anywhere, and does not keep them. */
  readonly push: (bytes: Uint8Array) => void
  /** The file has ended, in order or not. */
  readonly end: () => BinarySummary
}

export type BinarySummary = {
  /** Packets, event records. */
  readonly records: number
  /** Records that could not be read. */
  readonly recordsUnread: number
  /** For the list of evidence: "pcapng, 812 packets of 160 connections". */
  readonly says: string
}

export type BinaryReader = {
  /** Stable id, printed in reports and `read`: "pcap", "evtx". */
  readonly format: string
  readonly title: string
  /** Whether these are the first bytes (at least 8, fewer only of a shorter file) of such a file. */
  readonly matches: (head: Uint8Array) => boolean
  readonly open: (context: BinaryContext) => BinarySection
}
