/**
 * The contract of a text reader. Evidence arrives as lines; a file may hold several outputs one after
 * another (a support transcript, a pasted ticket, a document with a listing in it), so a reader does not own
 * a file but a section: it recognises the line where its output begins, takes lines as long as they are its
 * own, and hands the rest back. Readers never throw on content: what is malformed becomes a named oddity.
 */
import type { OddityName } from "../catalog/oddities.ts"
import type { Citation, Observation } from "../model/observation.ts"
import type { Instant } from "../model/quantity.ts"
import type { ByteSpan, RowBatch } from "./bulk-batch.ts"
import type { FoldedCapture } from "./capture/folded-capture.ts"

/** What is known of the file before its text is seen. */
export type FileHint = {
  /** Path as given, with "/" separators: "case/proc/net/tcp". */
  readonly path: string
  /** Last component, lower case. */
  readonly name: string
}

export function hintOf(path: string): FileHint {
  const normal = path.replaceAll("\\", "/")
  return { path: normal, name: normal.slice(normal.lastIndexOf("/") + 1).toLowerCase() }
}

/** Facts about the section that are not observations: they place its observations in the case. */
export type SectionMark = {
  readonly time?: Instant
  readonly host?: string
  /** Family and version words seen ("windows", "linux 6.1", "macos"). */
  readonly system?: string
  /** For socket tables: which sockets the listing can contain. */
  readonly covers?: "all" | "connected" | "listening" | "bound"
  /** The locale or dialect that was detected, for the report ("German", "net-tools", "iproute2"). */
  readonly dialect?: string
}

/** What a section may do. */
export type SectionContext = {
  readonly file: FileHint
  /** 1-based number of the line being read. */
  readonly lineNumber: () => number
  /** Citation of the line being read (or of another one). */
  readonly here: (line?: number) => Citation
  readonly emit: (observation: Observation) => void
  /** Emits an oddity citing the current line. */
  readonly odd: (name: OddityName, says: string, line?: number) => void
  /** May be called more than once; later marks add to earlier ones. */
  readonly mark: (mark: SectionMark) => void
}

export type Section = {
  /** Takes a line (no line end). False: not mine, the section has ended before this line. */
  readonly line: (text: string) => boolean
  /**
   * Fills the batch with rows that begin at span.from, as far as they are of one plain shape, and gives the offset
   * after the last one taken. Only a way to be faster: read line by line, the same rows give the same. Asked
   * between two lines, for text whose bytes below 0x80 are ASCII.
   */
  readonly rows?: (batch: RowBatch, span: ByteSpan) => number
  /**
   * Takes a piece of a line that is longer than a line may be (1 MiB), for readers with `longLines`; where that line
   * ends, line("") is called. False: not mine.
   */
  readonly part?: (text: string) => boolean
  /** The section or the file has ended. */
  readonly end?: () => void
}

export type Reader = {
  /** Stable id, printed in reports and `read`: "netstat", "ss", "proc-net-tcp". */
  readonly format: string
  readonly title: string
  /**
   * The characters (of ASCII) one of which its first line begins with; absent where any may. It is not asked of
   * other lines: a file has millions that nobody claims.
   */
  readonly begins?: string
  /**
   * One of these texts (three characters of ASCII or more) stands in every line that its sections begin with, whatever
   * the case, or the line is not all ASCII; a run of digits is written "0", a blank of any kind " ". Absent: asked
   * whatever the line says. All readers' words are looked for at once (word-gate.ts).
   */
  readonly words?: readonly string[]
  /** False: no section begins at a line with the head of a log line, such as a listing's. */
  readonly inLogs?: false
  /** Its sections have `part`: what they read is often written without any line break. */
  readonly longLines?: true
  /** The most that `sniff` ever says; absent: 1. It is not asked when another is surer than that. */
  readonly sniffMax?: number
  /**
   * How sure it is, 0 (never) to 1 (certainly), that a section of this format begins at this line. The highest
   * sniff above 0.3 wins. `ahead` holds up to 8 following lines. Must be cheap: it is asked for every line that
   * nobody claimed; test a character or two before any regular expression.
   */
  readonly sniff: (line: string, ahead: readonly string[], file: FileHint) => number
  readonly open: (context: SectionContext) => Section
}

/** For `begins` of a reader that allows indented text. */
export const BLANKS = " \t\v\f\r"

/** What a file's sections are told to. The case and `fourtuple read` are the two sinks. */
export type Sink = {
  readonly section: (info: SectionInfo) => void
  readonly mark: (mark: SectionMark) => void
  readonly observe: (observation: Observation) => void
  /** Rows of a socket table at once, valid during the call. Without it they are observed one by one. */
  readonly rows?: (batch: RowBatch) => void
  /** A whole capture at once; who keeps it keeps its memory. Without it its connections are observed one by one. */
  readonly captured?: (capture: FoldedCapture) => void
}

export type SectionInfo = {
  readonly format: string
  readonly title: string
  readonly file: FileHint
  readonly source: string
  readonly line: number
}
