import assert from "node:assert/strict"
import { test } from "node:test"
import { conntrackTotals } from "./conntrack-stats.ts"

test("columns of procfs have the names of conntrack -S, any other its own", () => {
  const sums = new Map([
    ["clashres", 1],
    ["found", 2],
    ["constructor", 3],
  ])
  assert.deepEqual(conntrackTotals(sums), [
    ["conntrack.clash_resolve", 1],
    ["conntrack.found", 2],
    ["conntrack.constructor", 3],
  ])
})
