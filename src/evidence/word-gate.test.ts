import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { isLogHead } from "./asked-readers.ts"
import { WordGate } from "./word-gate.ts"

/** What the gate promises, said with patterns: case, kinds of blanks and numbers of digits do not matter. */
function naive(words: readonly string[], line: string): boolean {
  const plain = (text: string) => text.toLowerCase().replace(/\d+/g, "0").replace(/\s/g, " ")
  return words.some((word) => plain(line).includes(plain(word)))
}

test("finds the words that a search for each finds", () => {
  const word = fc
    .stringMatching(/^[ab0 :(]{3,6}$/)
    .filter((text) => text.replace(/0+/g, "0").length >= 3)
  const line = fc.stringMatching(/^[abAB019 \t:(]{0,40}$/)
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), line, (words, text) => {
      assert.equal(new WordGate([words]).find(text) === 1, naive(words, text))
    }),
    { numRuns: 3000 },
  )
})

test("tells the sets apart, and says all of a line with other characters than ASCII", () => {
  const gate = new WordGate([["refused", "timed out"], ["(0: "], ["%ASA-"]])
  assert.equal(gate.find("connect() failed (111: Connection Refused)"), 0b011)
  assert.equal(gate.find("<166>%asa-6-302013: Built"), 0b100)
  assert.equal(gate.find("nothing of it (11 : x)"), 0)
  assert.equal(gate.find("Überlauf"), 0b111)
  assert.equal(gate.find(""), 0)
})

test("a word of fewer than three characters is refused", () => {
  assert.throws(() => new WordGate([["ok"]]), RangeError)
  assert.throws(() => new WordGate([["1234"]]), RangeError)
})

test("knows the head of a log line from a date alone", () => {
  const rest = "web01 sshd[812]: session opened for user deploy"
  for (const head of ["Jan 15 10:00:00", "2024-01-15T10:00:00.5Z", "[   12.345678]", "<34>1"]) {
    assert.equal(isLogHead(`${head} ${rest}`), true, head)
  }
  for (const line of [
    "2026-11-20T20:53:46.123456789+00:00",
    "Fri Nov 20 20:53:46 UTC 2026 and no log line behind it",
    "Marvin was here at ten o'clock and had nothing to say",
    "10.0.0.1 - - [15/Jan/2024:10:00:00 +0000] GET / 200 0 - -",
    "[UFW BLOCK] IN=eth0 OUT= SRC=10.0.0.1 DST=10.0.0.2 LEN=60",
  ]) {
    assert.equal(isLogHead(line), false, line)
  }
})
