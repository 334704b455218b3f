import assert from "node:assert/strict"
import { test } from "node:test"
import { MIDDLEBOX_PROFILES } from "../../catalog/profiles.ts"
import { ACK, SYN } from "../tcp/states.ts"
import { PASS, SILENT_SINK } from "./middlebox.ts"
import { middleboxOf, SIMULATED_BOXES } from "./middlebox-of.ts"

const nat = { addresses: [50], isInside: (address: number): boolean => address < 50 }

for (const id of SIMULATED_BOXES) {
  test(`${id} passes a handshake`, () => {
    const profile = MIDDLEBOX_PROFILES.find((each) => each.id === id)
    assert.ok(profile)
    const box = middleboxOf(profile, { nat }, SILENT_SINK)
    assert.ok(box)
    assert.equal(box.segment(0, 1, 1025, 100, 80, SYN), PASS)
    const { from, fromPort } = box.passage
    assert.equal(box.segment(1, 100, 80, from, fromPort, SYN | ACK), PASS)
    assert.deepEqual([box.passage.to, box.passage.toPort], [1, 1025])
    assert.equal(box.segment(2, 1, 1025, 100, 80, ACK), PASS)
    assert.deepEqual([box.passage.from, box.passage.fromPort], [from, fromPort])
    assert.equal(box.flows, 1)
    assert.notEqual(box.pools.length, 0)
  })
}

test("a profile whose box is not simulated has none", () => {
  const profile = MIDDLEBOX_PROFILES.find(({ id }) => id === "cisco-asa")
  assert.ok(profile)
  assert.equal(middleboxOf(profile, { nat }, SILENT_SINK), undefined)
})
