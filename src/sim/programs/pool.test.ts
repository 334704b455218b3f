import assert from "node:assert/strict"
import { test } from "node:test"
import { outcomeOf } from "../../../test/outcomes.ts"

/** A database that takes 100 ms for each request. */
const pool = (setting: string, listen = ""): string => `
title: Pool
for: 2 min
hosts:
  app: {}
  db: { listen: { port: 5432, service: 100 ms${listen} } }
applications:
  - { run: pool, on: app, to: db, ${setting} }
`

test("pool answers what its connections can take, and the rest waits out its time", () => {
  const { succeeded, failed, errors, figures, pending } = outcomeOf(
    pool("max: 10, rate: 120/s, wait: 2 s"),
  )
  // A request takes its connection for 100 ms and a round trip of 1 ms.
  assert.ok(Math.abs(succeeded - (10 / 0.101) * 120) < 25, `${succeeded}`)
  assert.deepEqual(
    errors.map(({ error, count }) => [error, count]),
    [["pool-exhausted", failed]],
  )
  assert.equal(figures["waited out"], failed)
  assert.equal(figures["connections opened"], 10)
  assert.equal(figures["connections most"], 10)
  assert.equal(succeeded + failed + pending, 120 * 120)
})

test("pool uses one connection again where one is enough, and closes it when idle", () => {
  const busy = outcomeOf(pool("max: 10, rate: 5/s, idle: 1 s"))
  assert.deepEqual([busy.succeeded, busy.figures["connections opened"]], [600, 1])
  const seldom = outcomeOf(pool("max: 10, rate: 15/min, idle: 1 s"))
  assert.deepEqual([seldom.succeeded, seldom.figures["connections opened"]], [30, 30])
})

test("pool opens anew what the server has closed while idle", () => {
  const { succeeded, failed, figures } = outcomeOf(pool("rate: 15/min", ", idle: 2 s"))
  assert.deepEqual([succeeded, failed, figures["connections opened"]], [30, 0, 30])
})

test("pool fails a request whose connection cannot be opened, and gives its place to the next", () => {
  const { succeeded, failed, errors } = outcomeOf(
    pool("max: 1, rate: 1/s, timeout: 500 ms, wait: 10 s", ", filtered: silence"),
  )
  assert.equal(succeeded, 0)
  assert.deepEqual([errors[0]?.error, errors[0]?.count], ["ETIMEDOUT", failed])
  assert.ok(failed >= 119)
})

test("pool tries again after a failure, with a delay each", () => {
  const { failed, figures, errors } = outcomeOf(
    pool("max: 1, rate: 1/s, count: 3, retry: { times: 2, delay: 100 ms }", ", filtered: reset"),
  )
  assert.deepEqual([failed, figures["retries"]], [3, 6])
  assert.equal(errors[0]?.error, "ECONNREFUSED")
})
