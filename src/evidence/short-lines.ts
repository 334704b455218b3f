/**
 * A bound on the length of lines: the tools whose output is read here never print long ones, so a
 * longer line is not theirs, and no pattern has to be proof against a megabyte.
 */
import type { Reader } from "./reader.ts"

const lengthMax = 2048

/** The lines ahead that were looked at last: all readers are asked about the same. */
let last: { readonly ahead: readonly string[]; readonly near: readonly string[] } | undefined

function nearOf(ahead: readonly string[]): readonly string[] {
  if (last?.ahead === ahead) return last.near
  const isShort = ahead.every((next) => next.length <= lengthMax)
  const near = isShort ? ahead : ahead.map((next) => next.slice(0, lengthMax))
  last = { ahead, near }
  return near
}

/** The reader, for lines of at most 2,048 characters; longer ones are handed back. */
export function shortLines(reader: Reader): Reader {
  return {
    ...reader,
    sniff(line, ahead, file) {
      if (line.length > lengthMax) return 0
      return reader.sniff(line, nearOf(ahead), file)
    },
    open(context) {
      const section = reader.open(context)
      return {
        line: (text) => text.length <= lengthMax && section.line(text),
        ...(section.end === undefined ? {} : { end: () => section.end?.() }),
      }
    },
  }
}
