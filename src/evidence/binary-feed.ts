/** Feeds one binary file to the reader that knows its beginning. Loads no reader of text. */
import type { BinaryReader, BinarySection } from "./binary-reader.ts"
import { BINARY_READERS } from "./binary-readers.ts"
import type { FileSummary } from "./feed.ts"
import { type FileHint, hintOf, type Sink } from "./reader.ts"

/** The reader of binary files that knows these first bytes. */
export function binaryReaderOf(head: Uint8Array): BinaryReader | undefined {
  return BINARY_READERS.find((reader) => reader.matches(head))
}

export class BinaryFeed {
  readonly #file: FileHint
  readonly #format: string
  readonly #section: BinarySection

  constructor(path: string, sink: Sink, reader: BinaryReader) {
    const file = hintOf(path)
    const { path: source } = file
    const { format, title } = reader
    sink.section({ format, title, file, source, line: 1 })
    this.#file = file
    this.#format = format
    this.#section = reader.open({
      file,
      emit: (observation) => sink.observe(observation),
      odd: (name, says, at) => sink.observe({ kind: "oddity", name, says, at: { source, ...at } }),
      mark: (mark) => sink.mark(mark),
      ...(sink.captured === undefined ? {} : { capture: (capture) => sink.captured?.(capture) }),
    })
  }

  /** Takes the next bytes of the file, and does not keep them. */
  push(bytes: Uint8Array): void {
    this.#section.push(bytes)
  }

  /** The file has ended. */
  end(): FileSummary {
    const { records, recordsUnread, says } = this.#section.end()
    return {
      path: this.#file.path,
      encoding: "binary",
      lines: records,
      linesUnread: recordsUnread,
      formats: [this.#format],
      binary: true,
      says,
    }
  }
}
