/**
 * Every local port allocator against its closed form, within 2 % over a thousand seeds. Where chance does not matter,
 * each of twenty seeds gives it within a thousandth. The longest runs have fewer; all of them at a thousand:
 * `node bench/run.ts --allocator-seeds 1000`.
 */
import assert from "node:assert/strict"
import { test } from "node:test"
import { errorOf, meanOf, PROOFS, type Proof } from "../bench/allocator-proof.ts"

const errorMax = 0.02
const exactErrorMax = 0.001

for (const proof of PROOFS) {
  const seeds = seedsOf(proof)
  test(`${proof.name}: ${proof.expected.toFixed(4)}, over ${seeds} seeds`, () => {
    const mean = meanOf(proof, seeds)
    const allowed = proof.isExact === true ? exactErrorMax : errorMax
    assert.ok(errorOf(proof, mean) <= allowed, `${mean}, not ${proof.expected}`)
  })
}

function seedsOf({ isExact, isLong }: Proof): number {
  if (isExact === true) return isLong === true ? 3 : 20
  return isLong === true ? 250 : 1000
}
