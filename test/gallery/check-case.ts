/** Holds a diagnosis to what its case.json expects. */
import assert from "node:assert/strict"
import type { Diagnosis } from "../../src/model/diagnosis.ts"
import { claimsOf, type Expectation, explain, isAtLeast } from "./saved-case.ts"

/** Fails with the whole weighing, so that the message shows what to look at. */
export function checkCase(diagnosis: Diagnosis, expected: Expectation): void {
  const claims = claimsOf(diagnosis)
  const [first] = claims
  const seen = explain(diagnosis)
  assert.equal(first?.limit ?? "none", expected.expect, seen)
  if (first !== undefined) {
    assert.ok(isAtLeast(first.standing, expected.standing ?? "likely"), seen)
    assert.ok(first.subject.includes(expected.subject ?? ""), seen)
    for (const field of ["capacity", "used", "heldBy"] as const) {
      if (expected[field] !== undefined) assert.equal(first[field], expected[field], seen)
    }
  }
  for (const limit of expected.also ?? []) {
    const isClaimed = claims.some((verdict) => verdict.limit === limit)
    assert.ok(isClaimed, `${limit} is not claimed${seen}`)
  }
  for (const limit of expected.refuted ?? []) {
    const verdict = diagnosis.verdicts.find((each) => each.limit === limit)
    assert.equal(verdict?.standing, "ruled-out", `${limit} is not ruled out${seen}`)
  }
  const odd = [...new Set(diagnosis.oddities.map((each) => each.name))].sort()
  assert.deepEqual(odd, [...(expected.oddities ?? [])].sort(), seen)
}
