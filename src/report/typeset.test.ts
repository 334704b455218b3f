import assert from "node:assert/strict"
import { test } from "node:test"
import { assert as holds, integer, property, string } from "fast-check"
import stringWidth from "string-width"
import { printable } from "./printable.ts"
import { bar, hang, padEnd, shorten, wrap } from "./typeset.ts"

test("no line is wider than it may be, and no word is lost", () => {
  holds(
    property(
      string({ unit: "grapheme", maxLength: 200 }),
      integer({ min: 2, max: 100 }),
      (text, width) => {
        const lines = wrap(text, width)
        for (const line of lines) assert.ok(stringWidth(line) <= width, line)
        const letters = (all: string) => all.replace(/\s/g, "")
        assert.equal(letters(lines.join("")), letters(printable(text)))
      },
    ),
  )
})

test("lines after the first stand under the first word", () => {
  assert.deepEqual(hang("  1. ", "one two three", 21), ["  1. one two three"])
  assert.deepEqual(hang("  • ", "one two three four five", 20), [
    "  • one two three",
    "    four five",
  ])
})

test("a shortened scope keeps its port", () => {
  const text = shorten("192.168.100.200 → 2001:db8:1234:5678::1:5432", 24)
  assert.equal(stringWidth(text), 24)
  assert.match(text, /…/)
  assert.match(text, /:5432$/)
  assert.equal(shorten("short", 24), "short")
})

test("wide characters count two columns", () => {
  assert.equal(stringWidth(padEnd("日本", 6)), 6)
  assert.equal(stringWidth(shorten("日本語日本語日本語日本語", 10)) <= 10, true)
})

test("any use shows in a bar, and only full is drawn full", () => {
  assert.equal(bar(0, 8, false), "[........]")
  assert.equal(bar(0.0001, 8, false), "[#.......]")
  assert.equal(bar(0.9999, 8, false), "[#######.]")
  assert.equal(bar(1, 8, false), "[########]")
  assert.equal(bar(1.7, 4, true), "▕████▏")
  assert.equal(bar(0.0001, 4, true), "▕▏   ▏")
})

test("escape sequences, bells and direction overrides lose their force", () => {
  assert.equal(printable("a\u001b[31mb\u0007\u202ec\u009b1m"), "a·[31mb·c·1m")
  assert.equal(printable("two\nlines\tand a tab"), "two lines and a tab")
})
