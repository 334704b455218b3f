import assert from "node:assert/strict"
import { test } from "node:test"
import { holdsPort, isEmbryonic, isState, STATES, stateCode, stateOfCode } from "./state.ts"

test("every state has a code of its own that leads back to it", () => {
  assert.deepEqual(
    STATES.map((state) => stateOfCode(stateCode(state))),
    STATES,
  )
})

test("a code that is not one is a bug, not a state", () => {
  for (const code of [-1, 12, 0.5, Number.NaN]) assert.throws(() => stateOfCode(code), RangeError)
})

test("only RFC 9293's spelling is a state: dialects are translated at the border", () => {
  for (const text of ["SYN_SENT", "ESTAB", "established", "", "constructor"]) {
    assert.equal(isState(text), false, text)
  }
  assert.ok(isState("TIME-WAIT"))
})

test("embryonic are the two states before ESTABLISHED", () => {
  assert.deepEqual(STATES.filter(isEmbryonic), ["SYN-SENT", "SYN-RECEIVED"])
})

test("all but CLOSED and LISTEN keep a port from another connection, TIME-WAIT and BOUND too", () => {
  const free = STATES.filter((state) => !holdsPort(state))
  assert.deepEqual(free, ["CLOSED", "LISTEN"])
})
