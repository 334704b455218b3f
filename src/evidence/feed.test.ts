import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { Feed } from "./feed.ts"
import type { Reader } from "./reader.ts"

/** Takes lines that begin with "+", tells each with its number. */
function plusReader(seen: string[]): Reader {
  return {
    format: "plus",
    title: "plus",
    sniff: (line) => (line.startsWith("+") ? 1 : 0),
    open: (context) => ({
      line: (text) => {
        if (!text.startsWith("+")) return false
        seen.push(`${context.lineNumber()}${text.slice(0, 20)}`)
        return true
      },
    }),
  }
}

function feed(text: string, chunk: number): { seen: readonly string[]; odd: readonly string[] } {
  const seen: string[] = []
  const odd: string[] = []
  const sink = {
    section: () => {},
    mark: () => {},
    observe: (observation: { kind: string; name?: unknown; at: { line?: number } }) => {
      if (observation.kind === "oddity")
        odd.push(`${String(observation.name)}:${observation.at.line}`)
    },
  }
  const reading = new Feed("a.txt", sink, [plusReader(seen)])
  const bytes = new TextEncoder().encode(text)
  for (let at = 0; at < bytes.length; at += chunk) reading.push(bytes.subarray(at, at + chunk))
  const { lines } = reading.end()
  seen.push(`lines ${lines}`)
  return { seen, odd }
}

test("chunk borders change nothing", () => {
  const line = fc.constantFrom("+a", "+bb", "", "x", "+c\r", "no plus", "ü")
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 60 }),
      fc.integer({ min: 1, max: 9000 }),
      (all, chunk) => {
        const text = `${"pad\n".repeat(20)}${all.join("\n")}`
        assert.deepEqual(feed(text, chunk), feed(text, 1 << 20))
      },
    ),
    { numRuns: 60 },
  )
})

for (const chunk of [1000, 5000, 1 << 16, 1 << 24]) {
  test(`a line over 1 MiB is named once and the numbers stay right (chunks of ${chunk})`, () => {
    const text = `+1\nx\n+3\n${"y".repeat(3_000_000)}\n+5\n`
    assert.deepEqual(feed(text, chunk), {
      seen: ["1+1", "3+3", "5+5", "lines 5"],
      odd: ["line-too-long:4"],
    })
  })
}

/** Takes lines that begin with "+", and what is longer than a line may be in parts. */
function partReader(seen: string[]): Reader {
  return {
    format: "parts",
    title: "parts",
    longLines: true,
    sniff: (line) => (line.startsWith("+") ? 1 : 0),
    open: (context) => {
      let length = 0
      return {
        line: (text) => {
          if (length > 0) seen.push(`${context.lineNumber()} long ${length}`)
          else if (text.startsWith("+")) seen.push(`${context.lineNumber()} ${text}`)
          else return false
          length = 0
          return true
        },
        part: (text) => {
          length += text.length
          return true
        },
      }
    },
  }
}

for (const chunk of [1000, 70_000, 1 << 20, 1 << 24]) {
  test(`a long line goes in parts to who takes them, first or later (chunks of ${chunk})`, () => {
    const long = `+${"y".repeat(2_500_000)}`
    for (const [text, want] of [
      [`${long}\n+b\n`, [`1 long ${long.length}`, "2 +b"]],
      [`x\n+a\n${long}\n+b\nx\n`, ["2 +a", `3 long ${long.length}`, "4 +b"]],
      [`+a\n${long}`, ["1 +a", `2 long ${long.length}`]],
    ] as const) {
      const seen: string[] = []
      const odd: string[] = []
      const sink = {
        section: () => {},
        mark: () => {},
        observe: (observation: { readonly kind: string }) => void odd.push(observation.kind),
      }
      const reading = new Feed("a.txt", sink, [partReader(seen)])
      const bytes = new TextEncoder().encode(text)
      for (let at = 0; at < bytes.length; at += chunk) {
        reading.push(bytes.subarray(at, at + chunk))
      }
      const { lines } = reading.end()
      assert.deepEqual(seen, want)
      assert.equal(lines, text.split("\n").length - (text.endsWith("\n") ? 1 : 0))
      assert.deepEqual(odd, [])
    }
  })
}
