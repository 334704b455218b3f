/** Our own lifecycle cases: against the model, and those of Linux against the kernel that runs here. */
import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { test } from "node:test"
import { fileURLToPath } from "node:url"
import { parseCases } from "../../src/sim/conform/case.ts"
import { runCases } from "../../src/sim/conform/run.ts"
import { checkLive, whyNoLive } from "./live/check.ts"

const folder = new URL("./cases/", import.meta.url)
const files = readdirSync(fileURLToPath(folder)).filter((name) => name.endsWith(".json"))
const documents = files.map((name) => {
  const text = readFileSync(new URL(name, folder), "utf8")
  return [name, JSON.parse(text) as unknown] as const
})

for (const [name, document] of documents) {
  test(`the model passes ${name}`, () => {
    const results = runCases(parseCases(document))
    assert.deepEqual(
      results.filter(({ standing }) => standing !== "passed"),
      [],
    )
  })
}

test("there are cases enough: all states, and more than 150", () => {
  const cases = documents.flatMap(([, document]) => parseCases(document))
  const states = new Set(cases.flatMap((each) => ("given" in each ? [each.given.state] : [])))
  assert.ok(cases.length >= 150, `only ${cases.length} cases`)
  assert.equal(states.size, 11)
  assert.equal(new Set(cases.map(({ id }) => id)).size, cases.length)
})

test("the live kernel does what the cases of Linux say", {
  skip: whyNoLive() ?? false,
}, async () => {
  const results = []
  // One file after another: a machine under load answers late.
  for (const [, document] of documents)
    results.push(...(await checkLive(document, { isAll: false })))
  assert.deepEqual(
    results.filter(({ standing }) => standing === "differs"),
    [],
  )
  assert.ok(results.filter(({ standing }) => standing === "agrees").length > 150)
})
