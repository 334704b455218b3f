/**
 * The files of examples/ and of the guide: each is read, is short, fits the published schema, and no change of its text
 * makes the reading throw or hang.
 */
import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { test } from "node:test"
import { fileURLToPath } from "node:url"
import fc from "fast-check"
import { parse } from "yaml"
import { z } from "zod"
import { scenarioJsonSchema } from "../src/sim/scenario/json-schema.ts"
import { readScenario } from "../src/sim/scenario/read.ts"

const root = fileURLToPath(new URL("../", import.meta.url))
const linesMax = 40
const msMax = 2000

const examples = readdirSync(`${root}examples`)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => ({ name, text: readFileSync(`${root}examples/${name}`, "utf8") }))
const published = z.fromJSONSchema(JSON.parse(scenarioJsonSchema()))

for (const { name, text } of examples) {
  test(`examples/${name} is a scenario of under ${linesMax} lines`, () => {
    const reading = readScenario(text, name)
    assert.ok("scenario" in reading, "problems" in reading ? reading.problems.join("\n") : "")
    assert.deepEqual(reading.notes, [])
    assert.ok(text.trimEnd().split("\n").length < linesMax)
    assert.equal(published.safeParse(parse(text)).error, undefined)
  })
}

test("the published schema refuses what the program refuses", () => {
  const [{ text = "" } = {}] = examples
  for (const wrong of [text.replace("for:", "fro:"), text.replace(/run: \w+/, "run: nothing")]) {
    assert.equal(published.safeParse(parse(wrong)).success, false)
  }
})

test("scenarios of the guide are read", () => {
  const guide = readFileSync(`${root}docs/guide/scenarios.md`, "utf8")
  const texts = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? "")
  assert.ok(texts.length > 0)
  for (const text of texts) assert.ok("scenario" in readScenario(text, "guide"))
})

test("the guide names every key of the form", () => {
  const guide = readFileSync(`${root}docs/guide/scenarios.md`, "utf8")
  const missing = keysIn(JSON.parse(scenarioJsonSchema())).filter(
    (key) => !guide.includes(`\`${key}`),
  )
  assert.deepEqual(missing, [])
})

const words = [
  "forever",
  "none",
  "*",
  "&a",
  "*a",
  "<<:",
  "[",
  "}",
  "-1",
  "1e99",
  ".nan",
  "~",
  "1..2",
  "__proto__:",
  "!!binary",
]

test("no change of an example's text makes the reading throw or hang", () => {
  const example = fc.constantFrom(...examples.map(({ text }) => text))
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    gone: fc.nat({ max: 30 }),
    put: fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom(...words)),
  })
  fc.assert(
    fc.property(example, fc.array(edit, { minLength: 1, maxLength: 5 }), (text, edits) => {
      const changed = edits.reduce((now, { at, gone, put }) => {
        const from = Math.floor(at * now.length)
        return now.slice(0, from) + put + now.slice(from + gone)
      }, text)
      const start = performance.now()
      const reading = readScenario(changed, "changed")
      assert.ok(performance.now() - start < msMax, changed)
      assert.ok("scenario" in reading || reading.problems.length > 0, changed)
    }),
    { numRuns: 500 },
  )
})

test("no value anywhere in an example makes the reading throw", () => {
  const places = examples.flatMap(({ text }) => {
    return [...text.matchAll(/(?<=[:,[{] )[\w./%-]+(?=[ ,\]}\n])/g)].map((match) => ({
      text,
      match,
    }))
  })
  const value = fc.oneof(
    fc.jsonValue().map((each) => JSON.stringify(each)),
    fc.constantFrom(...words),
  )
  fc.assert(
    fc.property(fc.constantFrom(...places), value, ({ text, match }, put) => {
      const changed = text.slice(0, match.index) + put + text.slice(match.index + match[0].length)
      const reading = readScenario(changed, "changed")
      assert.ok("scenario" in reading || reading.problems.length > 0, changed)
    }),
    { numRuns: 500 },
  )
})

test("no key or value of a change makes the reading throw", () => {
  const part = fc.oneof(
    fc.constantFrom(
      "hosts",
      "paths",
      "applications",
      "0",
      "settings",
      "listen",
      "retry",
      "__proto__",
    ),
    fc.string({ maxLength: 6 }),
  )
  const example = fc.constantFrom(...examples.map(({ text }) => text))
  fc.assert(
    fc.property(example, fc.array(part, { maxLength: 5 }), fc.string(), (text, parts, value) => {
      const reading = readScenario(text, "changed", [{ key: parts.join("."), value }])
      assert.ok("scenario" in reading || reading.problems.length > 0)
    }),
    { numRuns: 500 },
  )
})

/** Names of properties anywhere in a JSON Schema. */
function keysIn(schema: unknown): readonly string[] {
  if (typeof schema !== "object" || schema === null) return []
  const own = "properties" in schema ? Object.keys(schema.properties ?? {}) : []
  return [...new Set([...own, ...Object.values(schema).flatMap(keysIn)])]
}
