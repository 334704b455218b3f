import assert from "node:assert/strict"
import { test } from "node:test"
import { fixtures, fuzz } from "./fuzz.ts"
import { mutate, randomOf } from "./mutation.ts"

test("3,000 mutated inputs neither throw nor hang nor leak", async () => {
  const result = await fuzz({ count: 3000, seed: 4226 })
  assert.deepEqual(result.failures, [])
  assert.ok(result.observations > 10_000, `only ${result.observations} observations`)
})

test("one seed gives one sequence of inputs", async () => {
  const corpus = (await fixtures()).map(({ bytes }) => bytes)
  const [first] = corpus
  assert.ok(first !== undefined)
  for (let seed = 0; seed < 50; seed++) {
    assert.deepEqual(mutate(first, randomOf(seed), corpus), mutate(first, randomOf(seed), corpus))
  }
})
