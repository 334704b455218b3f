/** Two machines joined by a wire: the lives that every connection has, for every stack. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { TcpPair } from "../../../test/tcp-pair.ts"
import { HOST_PROFILES } from "../../catalog/profiles.ts"
import { close, connect, shutdownWrite } from "./calls.ts"
import { DOCUMENT_RULES } from "./rules-documents.ts"
import { FREEBSD, LINUX, rulesOf } from "./rules-of.ts"
import { STACK_RULES } from "./rules-stacks.ts"
import { CLOSED, ESTABLISHED, FIN_WAIT_2, LISTEN, SYN_RECEIVED, TIME_WAIT } from "./states.ts"

const all = [
  ...DOCUMENT_RULES,
  ...STACK_RULES,
  LINUX,
  FREEBSD,
  ...HOST_PROFILES.map((profile) => rulesOf(profile)),
]

for (const rules of all) {
  test(`${rules.id}: a connection opens, closes from the client, and leaves TIME-WAIT`, () => {
    const pair = new TcpPair(rules)
    pair.open()
    assert.deepEqual(pair.states(), [ESTABLISHED, ESTABLISHED])
    close(pair.left, pair.client)
    pair.deliver()
    assert.equal(pair.stateOf(pair.client), FIN_WAIT_2)
    close(pair.right, pair.server)
    pair.deliver()
    assert.deepEqual(pair.states(), [TIME_WAIT, CLOSED])
    assert.equal(pair.left.timeWaitLine.count, 1)
    pair.until(rules.timeWait - 1)
    assert.equal(pair.stateOf(pair.client), TIME_WAIT)
    pair.until(rules.timeWait)
    assert.equal(pair.stateOf(pair.client), CLOSED)
    assert.equal(pair.stateOf(pair.listener), LISTEN)
    assert.deepEqual([pair.left.held, pair.right.held, pair.tcbs.count], [0, 1, 1])
    assert.deepEqual(pair.failures, [])
  })

  test(`${rules.id}: both close at once and both keep TIME-WAIT`, () => {
    const pair = new TcpPair(rules)
    pair.open()
    shutdownWrite(pair.left, pair.client)
    shutdownWrite(pair.right, pair.server)
    pair.deliver()
    assert.deepEqual(pair.states(), [TIME_WAIT, TIME_WAIT])
    assert.equal(pair.tcbs.sendNext(pair.client), pair.tcbs.receiveNext(pair.server))
    assert.equal(pair.tcbs.sendNext(pair.server), pair.tcbs.receiveNext(pair.client))
  })

  test(`${rules.id}: an attempt that nobody answers ends when its schedule says`, () => {
    const pair = new TcpPair(rules)
    pair.client = connect(pair.left)
    const end = rules.syn.reduce((sum, wait) => sum + wait, 0)
    pair.until(end - 1, () => true)
    assert.notEqual(pair.stateOf(pair.client), CLOSED)
    pair.until(end, () => true)
    assert.equal(pair.stateOf(pair.client), CLOSED)
    assert.equal(pair.failures.length, 1)
  })
}

test("a request that is never acknowledged is forgotten without a word", () => {
  const pair = new TcpPair(LINUX)
  pair.client = connect(pair.left)
  // The SYN arrives, no answer does.
  let turn = 0
  pair.deliver(() => turn++ > 0)
  assert.equal(pair.stateOf(pair.server), SYN_RECEIVED)
  assert.equal(pair.tcbs.synQueue(pair.listener), 1)
  close(pair.left, pair.client)
  pair.until(63_000_000, () => true)
  assert.equal(pair.stateOf(pair.server), CLOSED)
  assert.equal(pair.tcbs.synQueue(pair.listener), 0)
  assert.deepEqual(pair.failures, [])
})
