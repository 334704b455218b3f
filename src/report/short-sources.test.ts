import assert from "node:assert/strict"
import { test } from "node:test"
import type { Diagnosis } from "../model/diagnosis.ts"
import { commonFolderOf, withShortSources } from "./short-sources.ts"

function diagnosisOf(...sources: readonly string[]): Diagnosis {
  return {
    schema: "fourtuple.diagnosis/1",
    vantage: "",
    verdicts: [],
    headroom: [],
    collectNext: [],
    oddities: [{ name: "row-malformed", says: "", at: `${sources[0]}:12` }],
    ledger: [],
    series: [],
    evidence: sources.map((source) => ({ source, formats: [], says: "" })),
    blind: [],
  }
}

for (const [sources, folder] of [
  [["case/a.txt", "case/b.txt"], "case/"],
  [["case/x/a.txt", "case/y/b.txt"], "case/"],
  [["case/x/a.txt", "case/xy/b.txt"], "case/"],
  [["a.txt", "case/b.txt"], ""],
  [["case/a.txt"], ""],
  [["/a", "/b"], "/"],
  [["/tmp/a.txt", "case/b.txt"], ""],
  [["/tmp/a.txt", "-"], ""],
] as const) {
  test(`${sources.join(" and ")} lie in "${folder}"`, () => {
    assert.equal(commonFolderOf(diagnosisOf(...sources)), folder)
  })
}

test("places keep their lines", () => {
  const [oddity] = withShortSources(diagnosisOf("case/a.txt", "case/b.txt")).oddities
  assert.equal(oddity?.at, "a.txt:12")
})
