import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { AskedReaders } from "./asked-readers.ts"
import { isLogHead } from "./log-head.ts"
import type { Reader } from "./reader.ts"
import { hasSet, LineBytes, setsOf, WordFilter, WordGate } from "./word-gate.ts"

const encoder = new TextEncoder()

/** What the gate promises, said with patterns: case, kinds of blanks and numbers of digits do not matter. */
function naive(words: readonly string[], line: string): boolean {
  const plain = (text: string) => text.toLowerCase().replace(/\d+/g, "0").replace(/\s/g, " ")
  return words.some((word) => plain(line).includes(plain(word)))
}

const word = fc
  .stringMatching(/^[ab0 :(]{3,6}$/)
  .filter((text) => text.replace(/0+/g, "0").length >= 3)

test("finds the words that a search for each finds", () => {
  const line = fc.stringMatching(/^[abAB019 \t:(]{0,40}$/)
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), line, (words, text) => {
      assert.equal(new WordFilter(words).mayHave(text), naive(words, text))
      const bytes = encoder.encode(`${text}\n`)
      const end = new WordGate([words]).endWithout(setsOf([0], 1), bytes, 0, bytes.length)
      // The line feed may be taken for a blank of a word.
      if (naive(words, text)) assert.equal(end, -1)
      else if (!naive(words, `${text} `)) assert.equal(end, text.length)
    }),
    { numRuns: 2000 },
  )
})

test("tells sets apart, however many", () => {
  const sets = Array.from({ length: 70 }, (_, set) => [
    `word ${String.fromCharCode(97 + (set % 26)).repeat(3 + set)}!`,
  ])
  const gate = new WordGate([...sets, ["refused", "(0: "]])
  const scan = (line: string) => {
    const bytes = encoder.encode(line)
    return gate.scan(bytes, 0, bytes.length)
  }
  assert.ok(scan(`x ${sets[33]?.[0]} ${sets[69]?.[0]} y`))
  assert.deepEqual(
    [0, 33, 34, 69, 70].map((set) => hasSet(gate.found, set)),
    [false, true, false, true, false],
  )
  assert.ok(scan("connect() failed (111: Connection Refused)"))
  assert.ok(hasSet(gate.found, 70))
  assert.equal(scan("Überlauf"), false)
})

test("lines that nobody wants are passed over, and nobody misses one", () => {
  const reader = (format: string, more: Partial<Reader>): Reader => ({
    format,
    title: format,
    sniff: () => 0,
    open: () => ({ line: () => false }),
    ...more,
  })
  const asked = new AskedReaders([
    reader("listing", { inLogs: false }),
    reader("errors", { words: ["refused"] }),
  ])
  const log = (text: string) => `Jan 15 10:00:00 web01 sshd[812]: session ${text}`
  const text = [log("opened for user deploy"), "", log("closed"), log("Refused here"), "rest"]
  const bytes = encoder.encode(`${text.join("\r\n")}\r\n`)
  const passed = { lines: 0, unread: 0 }
  const next = asked.pass(bytes, 0, bytes.length, passed)
  assert.deepEqual(passed, { lines: 3, unread: 2 })
  assert.equal(next, encoder.encode(`${text.slice(0, 3).join("\r\n")}\r\n`).length)
  const formats = (line: string) => asked.about(line).map(({ format }) => format)
  assert.deepEqual(formats(log("opened for nobody else")), [])
  assert.deepEqual(formats(log("refused to everybody")), ["errors"])
  assert.deepEqual(formats(log("für alle und jeden geöffnet")), ["errors"])
  assert.deepEqual(formats("plain text"), ["listing"])
  assert.deepEqual(formats(`refused ${"x".repeat(100_000)}`), ["listing", "errors"])
})

test("a word of fewer than three characters is refused", () => {
  assert.throws(() => new WordGate([["ok"]]), RangeError)
  assert.throws(() => new WordGate([["1234"]]), RangeError)
})

test("knows the head of a log line from a date alone", () => {
  const line = new LineBytes()
  const isHead = (text: string) => isLogHead(line.bytes, 0, line.encode(text))
  const rest = "web01 sshd[812]: session opened for user deploy"
  for (const head of ["Jan 15 10:00:00", "2024-01-15T10:00:00.5Z", "[   12.345678]", "<34>1"]) {
    assert.equal(isHead(`${head} ${rest}`), true, head)
  }
  for (const text of [
    "2026-11-20T20:53:46.123456789+00:00",
    "Fri Nov 20 20:53:46 UTC 2026 and no log line behind it",
    "Marvin was here at ten o'clock and had nothing to say",
    "10.0.0.1 - - [15/Jan/2024:10:00:00 +0000] GET / 200 0 - -",
    "[UFW BLOCK] IN=eth0 OUT= SRC=10.0.0.1 DST=10.0.0.2 LEN=60",
  ]) {
    assert.equal(isHead(text), false, text)
  }
})
