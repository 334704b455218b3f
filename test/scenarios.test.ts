/** The files of examples/: each is read, is short, and no change of its text makes the reading throw or hang. */
import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { test } from "node:test"
import { fileURLToPath } from "node:url"
import { readScenario } from "../src/sim/scenario/read.ts"

const folder = fileURLToPath(new URL("../examples/", import.meta.url))
const linesMax = 40

const examples = readdirSync(folder)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => ({ name, text: readFileSync(folder + name, "utf8") }))

for (const { name, text } of examples) {
  test(`examples/${name} is a scenario of under ${linesMax} lines`, () => {
    const reading = readScenario(text, name)
    assert.ok("scenario" in reading, "problems" in reading ? reading.problems.join("\n") : "")
    assert.deepEqual(reading.notes, [])
    assert.ok(text.trimEnd().split("\n").length < linesMax)
  })
}
