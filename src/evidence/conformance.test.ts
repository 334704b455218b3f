/**
 * What every reader must do with its fixtures, whole and damaged: never throw, cite lines that
 * exist, yield only values of their kind, and say the same twice. Each entry of READERS needs a
 * fixture that it reads.
 */
import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import test from "node:test"
import { ODDITIES } from "../catalog/oddities.ts"
import type { Endpoint } from "../model/fourtuple.ts"
import { jsonOfObservation, type Observation } from "../model/observation.ts"
import { isState } from "../model/state.ts"
import { isLogHead } from "./log-head.ts"
import { READERS } from "./readers.ts"
import { type Reading, readText } from "./reading.ts"
import { LineBytes, WordFilter } from "./word-gate.ts"

const fixtures = new URL("../../test/fixtures/", import.meta.url)
/** Larger fixtures are damaged in their beginning only. */
const damagedBytesMax = 2048
const truncationStep = 37
const flipsPerFixture = 24
const flipsAtOnce = 6

type Fixture = { readonly path: string; readonly bytes: Uint8Array }

function readFixtures(): readonly Fixture[] {
  const found: Fixture[] = []
  for (const entry of readdirSync(fixtures, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === "ORIGIN.md") continue
    const folder = `${entry.parentPath.replace(/\/$/, "")}/`
    const path = `${folder}${entry.name}`
    found.push({
      path: path.slice(fixtures.pathname.length),
      bytes: Uint8Array.from(readFileSync(path)),
    })
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1))
}

const all = readFixtures()

/** Mulberry32: the same damage in every run. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

function checkEndpoint(endpoint: Endpoint | undefined): void {
  if (endpoint === undefined) return
  assert.notEqual(endpoint.address, "", "an address is never empty")
  const { port } = endpoint
  if (port !== undefined)
    assert.ok(Number.isInteger(port) && port >= 0 && port <= 65535, `port ${port}`)
}

function checkObservation(observation: Observation, lines: number): void {
  const { line } = observation.at
  if (line !== undefined) assert.ok(line >= 1 && line <= lines, `line ${line} of ${lines} exists`)
  if (observation.time !== undefined) assert.ok(Number.isFinite(observation.time))
  switch (observation.kind) {
    case "socket":
      if (observation.state !== undefined) assert.ok(isState(observation.state))
      checkEndpoint(observation.local)
      checkEndpoint(observation.remote)
      if (observation.pid !== undefined) assert.ok(Number.isInteger(observation.pid))
      break
    case "counter":
      assert.ok(Number.isFinite(observation.value), observation.name)
      break
    case "oddity":
      assert.ok(observation.name in ODDITIES, observation.name)
      break
    default:
  }
}

function check(path: string, bytes: Uint8Array): Reading {
  const reading = readText(path, bytes)
  for (const observation of reading.observations)
    checkObservation(observation, reading.summary.lines)
  // What is not text has records, and perhaps none.
  if (reading.summary.binary) return reading
  for (const section of reading.sections) {
    assert.ok(
      section.line >= 1 && section.line <= reading.summary.lines,
      "a section begins on a line",
    )
  }
  return reading
}

function textOf(reading: Reading): string {
  return JSON.stringify([
    reading.observations.map(jsonOfObservation),
    reading.sections,
    reading.summary,
  ])
}

function flipped(bytes: Uint8Array, random: () => number): Uint8Array {
  const copy = bytes.slice()
  for (let flip = 0; flip < flipsAtOnce; flip++) {
    const at = Math.floor(random() * copy.length)
    copy[at] = (copy[at] ?? 0) ^ (1 << Math.floor(random() * 8))
  }
  return copy
}

function linesOf(bytes: Uint8Array): readonly Uint8Array[] {
  const lines: Uint8Array[] = []
  let start = 0
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== 10) continue
    lines.push(bytes.subarray(start, at + 1))
    start = at + 1
  }
  return lines
}

function shuffled(bytes: Uint8Array, random: () => number): Uint8Array {
  const lines = [...linesOf(bytes)]
  for (let at = lines.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    const kept = lines[at] ?? new Uint8Array()
    lines[at] = lines[other] ?? new Uint8Array()
    lines[other] = kept
  }
  return Uint8Array.from(lines.flatMap((line) => [...line]))
}

/** The same bytes with a mark or a zero in front of each, as a wrong export would leave them. */
function misencoded(bytes: Uint8Array): readonly Uint8Array[] {
  const wide = new Uint8Array(bytes.length * 2)
  for (const [at, byte] of bytes.entries()) wide[at * 2] = byte
  const high = bytes.map((byte) => (byte > 127 ? byte : byte | (byte % 7 === 0 ? 0x80 : 0)))
  return [
    wide,
    wide.subarray(1),
    Uint8Array.of(0xff, 0xfe, ...bytes),
    Uint8Array.of(0xfe, 0xff, ...bytes),
    Uint8Array.of(0xef, 0xbb, 0xbf, ...bytes),
    high,
  ]
}

for (const { path, bytes } of all) {
  const part = bytes.subarray(0, damagedBytesMax)

  test(`${path}: read whole, it is sound and the same twice`, () => {
    assert.equal(textOf(check(path, bytes)), textOf(check(path, bytes)))
  })

  test(`${path}: cut anywhere, it is still read`, () => {
    for (let length = 0; length < part.length; length += truncationStep) {
      check(path, part.subarray(0, length))
    }
  })

  test(`${path}: with flipped bits, moved lines and in wrong encodings it is still read`, () => {
    const random = randomFrom(4226)
    for (let run = 0; run < flipsPerFixture; run++) check(path, flipped(part, random))
    for (let run = 0; run < 4; run++) check(path, shuffled(part, random))
    for (const wrong of misencoded(part)) check(path, wrong)
  })
}

/** Formats without a fixture of their own, and why. */
const withoutFixture: ReadonlyMap<string, string> = new Map([
  ["proc-net-udp6", "the code of proc-net-udp"],
  ["iptables-list-nat", "the code of iptables-list"],
  ["ip6tables-save", "the code of iptables-save"],
  ["get-itemproperty-table", "its texts stand in surroundings.test.ts"],
  ["bundle-manifest", "written and read by collect, tested there"],
  ["process-descriptors", "written and read by collect, tested there"],
  ["wire-log", "written and read by collect, tested there"],
  ["proc-meminfo", "a label and a number a line, as sysctl"],
])

test("every reader has a fixture that it reads", () => {
  const read = new Set(all.flatMap(({ path, bytes }) => [...readText(path, bytes).summary.formats]))
  const missing = READERS.map((reader) => reader.format).filter(
    (format) => !read.has(format) && !withoutFixture.has(format),
  )
  assert.deepEqual(missing, [])
})

test("a reader that says how its sections begin wants no line that begins otherwise", () => {
  const narrow = READERS.filter(({ begins }) => begins !== undefined)
  const wrong: string[] = []
  for (const { path, bytes } of all) {
    const lines = new TextDecoder().decode(bytes).split(/\r?\n/)
    const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase()
    for (const [index, line] of lines.entries()) {
      const first = line.charAt(0)
      if (first === "" || first > "\u007f") continue
      const ahead = lines.slice(index + 1, index + 9)
      for (const { format, begins = "", sniff } of narrow) {
        if (begins.includes(first)) continue
        if (sniff(line, ahead, { path, name }) > 0) wrong.push(`${format}: ${line.slice(0, 80)}`)
      }
    }
  }
  assert.deepEqual(wrong, [])
})

/** Every line of every fixture, its next lines and its file. */
function eachLine(
  visit: (line: string, ahead: readonly string[], file: { path: string; name: string }) => void,
): void {
  for (const { path, bytes } of all) {
    const lines = new TextDecoder().decode(bytes).split(/\r?\n/)
    const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase()
    for (const [index, line] of lines.entries()) {
      if (line !== "") visit(line, lines.slice(index + 1, index + 9), { path, name })
    }
  }
}

const logHeads = ["", "Jan 15 10:00:00 web01 app[12]: ", "2024-01-15T10:00:00.123456+00:00 web01 "]

test("a reader that names its words wants no line without them", () => {
  const worded = READERS.flatMap(({ words, ...reader }) =>
    words === undefined ? [] : [{ ...reader, filter: new WordFilter(words) }],
  )
  const wrong: string[] = []
  eachLine((line, ahead, file) => {
    for (const { format, filter, sniff } of worded) {
      for (const head of logHeads) {
        if (!filter.mayHave(head + line) && sniff(head + line, ahead, file) > 0)
          wrong.push(`${format}: ${line.slice(0, 80)}`)
      }
    }
  })
  assert.deepEqual(wrong, [])
})

test("a reader for logs names its words: others would be asked of each of a million lines", () => {
  const asked = READERS.filter(({ inLogs, words, begins }) => {
    const isAnywhere = begins === undefined || /[A-Z0-9[<]/.test(begins)
    return inLogs !== false && words === undefined && isAnywhere
  })
  assert.deepEqual(
    asked.map(({ format }) => format),
    [],
  )
})

test("a reader that is not for logs wants no line with a log's head", () => {
  const encoded = new LineBytes()
  const wrong: string[] = []
  eachLine((line, ahead, file) => {
    const length = encoded.encode(line)
    if (length < 0 || !isLogHead(encoded.bytes, 0, length)) return
    for (const { format, begins, inLogs, sniff } of READERS) {
      if (inLogs !== false || begins?.includes(line.charAt(0)) === false) continue
      if (sniff(line, ahead, file) > 0.3) wrong.push(`${format}: ${line.slice(0, 80)}`)
    }
  })
  assert.deepEqual(wrong, [])
})

test("reader titles and formats are said", () => {
  for (const reader of READERS) {
    assert.match(reader.format, /^[a-z][a-z0-9.-]*$/)
    assert.notEqual(reader.title, "")
  }
})
