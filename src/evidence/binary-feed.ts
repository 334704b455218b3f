/** Feeds one binary file to the reader that knows its beginning (binary-readers.ts). Loads no reader. */
import type { BinaryReader, BinarySection } from "./binary-reader.ts"
import type { FileSummary } from "./feed.ts"
import { type FileHint, hintOf, type Sink } from "./reader.ts"

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
