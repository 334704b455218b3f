/**
 * JSON exports of clouds as a text reader (pretty-printed documents and JSON lines, also inside a transcript) and, for
 * documents that are one long line of any size, as a reader of whole files. What a kind of export means is said by its
 * own file; here is how its elements are found.
 */
import type { OddityName } from "../../catalog/oddities.ts"
import type { Citation, Observation } from "../../model/observation.ts"
import type { BinaryContext, BinaryReader, BinarySection } from "../binary-reader.ts"
import { type Decoder, openDecoder } from "../encoding.ts"
import type { FileHint, Reader, Section, SectionContext } from "../reader.ts"
import { JsonElements } from "./json-elements.ts"

/** What a kind of export needs of the reader that finds its elements. */
export type DocumentContext = {
  readonly file: FileHint
  readonly here: () => Citation
  readonly emit: (observation: Observation) => void
  readonly odd: (name: OddityName, says: string) => void
}

/** One kind of export while it is read. */
export type DocumentFold = {
  /** False: the element is none of this kind. */
  readonly element: (value: Readonly<Record<string, unknown>>, key: string) => boolean
  readonly ended?: (scalars: ReadonlyMap<string, string>) => void
}

export type DocumentKind = {
  readonly format: string
  readonly title: string
  /** Arrays of the document's object whose elements are wanted. */
  readonly keys: readonly string[]
  /** Found in the first lines of every such document. */
  readonly telltale: RegExp
  readonly open: (context: DocumentContext) => DocumentFold
}

/** Longer first lines are read as a whole file: text is skipped from 1 MiB on. */
const headBytes = 4096
const lineFeed = 10
const odditiesMax = 100

/** The text reader of one kind. */
export function documentReader(kind: DocumentKind): Reader {
  return {
    format: kind.format,
    title: kind.title,
    begins: "{[",
    inLogs: false,
    sniff: (line, ahead) => {
      if (!isJsonStart(line)) return 0
      const head = line.length > headBytes ? line.slice(0, headBytes) : line
      if (kind.telltale.test(head)) return 0.9
      const isOpening = head.length < 3
      return isOpening && kind.telltale.test(ahead.join("\n").slice(0, headBytes)) ? 0.9 : 0
    },
    open: (context) => textSection(kind, context),
  }
}

/** An object with a member or nothing behind its brace; an array with an element or nothing behind its bracket. */
function isJsonStart(line: string): boolean {
  let at = 1
  while (line.charCodeAt(at) === 32) at++
  if (at >= line.length) return true
  const code = line.charCodeAt(at)
  return line.charCodeAt(0) === 123 ? code === 34 || code === 125 : code === 123
}

function textSection(kind: DocumentKind, context: SectionContext): Section {
  let begun = context.lineNumber()
  const fold = kind.open({
    file: context.file,
    here: () => context.here(begun),
    emit: context.emit,
    odd: (name, says) => context.odd(name, says),
  })
  const tally = new Tally(kind, {
    fold,
    odd: (name, says) => context.odd(name, says),
    began: () => {
      begun = context.lineNumber()
    },
  })
  return {
    line: (text) => {
      if (!tally.elements.isOpen) {
        const first = text.charCodeAt(0)
        if (text.trim() === "" || text === ",") return true
        if (first !== 123 && first !== 91) return false
        // Behind one document another kind may begin.
        if (tally.documents > 0 && text.length > 2 && !kind.telltale.test(text.slice(0, headBytes)))
          return false
      }
      tally.elements.push(text)
      tally.elements.push("\n")
      return true
    },
    end: () => tally.end(),
  }
}

/** The reader of files of one kind that are one long line. */
export function documentFileReader(kind: DocumentKind): BinaryReader {
  return {
    format: kind.format,
    title: kind.title,
    matches: (head) => {
      if (head.length < headBytes || head.subarray(0, headBytes).includes(lineFeed)) return false
      const text = new TextDecoder().decode(head.subarray(0, headBytes)).trimStart()
      return /^[[{]/.test(text) && kind.telltale.test(text)
    },
    open: (context) => new FileSection(kind, context),
  }
}

class FileSection implements BinarySection {
  readonly #kind: DocumentKind
  readonly #context: BinaryContext
  readonly #tally: Tally
  #decoder: Decoder | undefined
  #isText = true

  constructor(kind: DocumentKind, context: BinaryContext) {
    this.#kind = kind
    this.#context = context
    const { file } = context
    const here = (): Citation => ({ source: file.path, record: this.#tally.records + 1 })
    const odd = (name: OddityName, says: string): void =>
      context.odd(name, says, { record: this.#tally.records + 1 })
    const fold = kind.open({ file, here, emit: context.emit, odd })
    this.#tally = new Tally(kind, { fold, odd, began: () => {} })
  }

  push(bytes: Uint8Array): void {
    if (!this.#isText) return
    this.#decoder ??= openDecoder(bytes)
    if (this.#decoder === undefined) this.#isText = false
    else this.#tally.elements.push(this.#decoder.push(bytes))
  }

  end(): { records: number; recordsUnread: number; says: string } {
    this.#tally.elements.push(this.#decoder?.end() ?? "")
    this.#tally.end()
    if (!this.#isText) this.#context.odd("binary-file", "The document is not text")
    const { records, unread } = this.#tally
    return { records, recordsUnread: unread, says: `${this.#kind.title}, ${records} records` }
  }
}

/** Hands elements to the kind and counts what became of them. */
class Tally {
  readonly elements: JsonElements
  records = 0
  unread = 0
  documents = 0
  readonly #odd: (name: OddityName, says: string) => void
  #oddities = 0

  constructor(
    kind: DocumentKind,
    told: {
      readonly fold: DocumentFold
      readonly odd: (name: OddityName, says: string) => void
      readonly began: () => void
    },
  ) {
    const { fold, odd, began } = told
    this.#odd = odd
    this.elements = new JsonElements(kind.keys, {
      began,
      element: (value, key) => {
        if (!fold.element(value, key)) this.unread++
        this.records++
      },
      broken: (why) => {
        this.records++
        this.unread++
        const name = why === "too large" ? "section-too-large" : "row-malformed"
        const says = why === "too large" ? "is longer than can be held" : "is no JSON"
        if (++this.#oddities <= odditiesMax) this.#odd(name, `An element of the document ${says}`)
      },
      ended: (scalars) => {
        this.documents++
        fold.ended?.(scalars)
      },
    })
  }

  end(): void {
    if (this.elements.isOpen)
      this.#odd("section-truncated", "The document ends before it is closed")
  }
}
