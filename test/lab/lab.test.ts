/**
 * The kernel lab as tests: each fault is produced for real in namespaces of its own and must be the first
 * claim, live and from its bundle. The seed is fixed; `npm run lab:report -- --seed N` tries others.
 */
import assert from "node:assert/strict"
import { describe, test } from "node:test"
import { FAULTS } from "./faults.ts"
import { judge, type Outcome } from "./judge.ts"
import { labObstacle } from "./network.ts"

const seed = 4226
const obstacle = labObstacle()

describe("a fault of the kernel lab is named", { concurrency: 4 }, () => {
  for (const fault of FAULTS) {
    const name = `${fault.id} is ${fault.expected === "none" ? "no claim" : fault.expected}`
    test(name, { skip: skipReason() }, async () => {
      const outcomes = await judge(fault, { seed, how: ["live", "bundle"] })
      const wrong = outcomes.filter(({ result }) => result !== "hit" && result !== "accepted")
      assert.deepEqual(wrong.map(say), [])
    })
  }
})

function skipReason(): string | false {
  return obstacle === undefined
    ? false
    : `the kernel lab needs root, iproute2 and nftables: ${obstacle}`
}

function say(outcome: Outcome): string {
  const { how, result, got, describe: fault, says, proof } = outcome
  return [`${how}: ${result}, got ${got}; ${fault}`, ...says, `proof: ${proof}`].join("\n")
}
