import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { fitQuota } from "./quota-fit.ts"
import { type Trials, takenBefore } from "./trials.ts"

type Attempt = { readonly time: number; readonly target: number }
type Verdict = { readonly admits: (time: number, open: number) => boolean }

/** Plays attempts against a quota; dead targets are let through and stay silent; refused ones try again. */
function play(options: {
  readonly attempts: readonly Attempt[]
  readonly quota: Verdict
  readonly holdSec: (index: number) => number
  readonly isDead?: (target: number) => boolean
  readonly schedule?: readonly number[]
}): Trials {
  const { attempts, quota, holdSec, isDead = () => false, schedule = [0, 1, 3] } = options
  const queue = attempts.flatMap(({ time, target }, id) =>
    schedule.map((delay, step) => ({ time: time + delay, target, id, step })),
  )
  queue.sort((a, b) => a.time - b.time || a.id - b.id)
  const rows: { time: number; admitted: number; id: number }[] = []
  const holds: { taken: number; closed: number }[] = []
  const done = new Set<number>()
  for (const { time, target, id } of queue) {
    if (done.has(id)) continue
    const open = holds.filter((hold) => hold.taken < time && hold.closed > time).length
    const isAdmitted = !isDead(target) && quota.admits(time, open)
    rows.push({ time, admitted: isAdmitted ? 1 : 0, id })
    if (!isAdmitted) continue
    done.add(id)
    holds.push({ taken: time, closed: time + holdSec(id) })
  }
  return {
    times: Float64Array.from(rows, ({ time }) => time),
    admitted: Uint8Array.from(rows, ({ admitted }) => admitted),
    attempts: Int32Array.from(rows, ({ id }) => id),
    alive: Uint8Array.from(rows, ({ id }) => (done.has(id) ? 1 : 0)),
    holds: {
      taken: Float64Array.from(holds, ({ taken }) => taken),
      closing: Float64Array.from(holds, ({ closed }) => closed),
      closed: Float64Array.from(holds, ({ closed }) => closed),
    },
  }
}

/** Even demand with jitter from a small generator. */
function demand(count: number, perSec: number, seed: number): readonly Attempt[] {
  let state = seed + 1
  const next = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return state / 0x7fffffff
  }
  return Array.from({ length: count }, (_, target) => ({
    time: (target + next() * 0.8) / perSec,
    target,
  }))
}

const concurrent = (level: number): Verdict => ({ admits: (_, open) => open < level })

function bucket(perSec: number, burst: number): Verdict {
  let tokens = burst
  let last = 0
  return {
    admits: (time) => {
      tokens = Math.min(burst, tokens + (time - last) * perSec)
      last = time
      if (tokens < 1) return false
      tokens--
      return true
    },
  }
}

function grid(level: number, windowSec: number, phase: number): Verdict {
  let window = -1
  let count = 0
  return {
    admits: (time) => {
      const now = Math.floor((time - phase) / windowSec)
      if (now !== window) count = 0
      window = now
      return count++ < level
    },
  }
}

test("a sweep that stops at its level and is never given a place back", () => {
  const trials = play({
    attempts: demand(500, 100, 1),
    quota: concurrent(160),
    holdSec: () => Number.POSITIVE_INFINITY,
  })
  const [best] = fitQuota(trials)
  assert.equal(best?.shape, "concurrent")
  assert.equal(best?.level, 160)
  assert.ok(best.decibans > 100)
})

test("connections at once are found exactly while connections come and go", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 5, max: 200 }),
      fc.integer({ min: 0, max: 1000 }),
      (level, seed) => {
        const trials = play({
          attempts: demand(6 * level + 60, level / 4, seed),
          quota: concurrent(level),
          holdSec: (index) => 6 + (index % 7),
        })
        const [best] = fitQuota(trials)
        assert.equal(best?.shape, "concurrent")
        assert.equal(best?.level, level)
      },
    ),
    { numRuns: 25 },
  )
})

test("a token bucket's rate is found within two percent", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 20 }),
      // A bucket of one or two tokens lets less through than its rate: time in which it is full is lost.
      fc.integer({ min: 3, max: 30 }),
      fc.integer({ min: 0, max: 1000 }),
      (perSec, burst, seed) => {
        const trials = play({
          attempts: demand(perSec * 4 * 60, perSec * 4, seed),
          quota: bucket(perSec, burst),
          holdSec: () => 2,
        })
        const [best] = fitQuota(trials)
        assert.notEqual(best?.shape, "concurrent")
        const perMinute = best?.perMinute ?? 0
        assert.ok(Math.abs(perMinute - 60 * perSec) <= 1.2 * perSec, `${perMinute}`)
      },
    ),
    { numRuns: 15 },
  )
})

test("a fixed window of a minute is found with its number", () => {
  for (const level of [30, 120, 600]) {
    const trials = play({
      attempts: demand(level * 6, level / 25, level),
      quota: grid(level, 60, 17.3),
      holdSec: () => 5,
      schedule: [0, 3, 9],
    })
    const [best] = fitQuota(trials)
    assert.equal(best?.shape, "grid")
    assert.equal(best?.windowSec, 60)
    assert.equal(best?.level, level)
  }
})

test("dead targets and loss are not taken for a quota", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 5, max: 60 }),
      fc.integer({ min: 0, max: 1000 }),
      (share, seed) => {
        const attempts = demand(400, 20, seed)
        const holdSec = (index: number): number => 1 + (index % 11)
        const any = { admits: () => true }
        const isDead = (target: number): boolean =>
          (Math.imul((target + seed) ^ 0x5bd1e995, 0x85ebca6b) >>> 12) % 100 < share
        const dead = fitQuota(play({ attempts, quota: any, holdSec, isDead }))
        let draw = seed
        const lossy = {
          admits: () => {
            draw = (Math.imul(draw, 1103515245) + 12345) & 0x7fffffff
            return (draw >>> 8) % 100 >= share
          },
        }
        const lost = fitQuota(play({ attempts, quota: lossy, holdSec }))
        for (const fit of [...dead, ...lost]) {
          assert.ok(fit.decibans < 16, `${fit.shape} ${fit.level} ${fit.decibans}`)
        }
      },
    ),
    { numRuns: 40 },
  )
})

test("ends at the very instant of a trial may have come before it or after it", () => {
  const trials = (given: number): Trials => ({
    times: Float64Array.of(0, 1, 1, 2),
    admitted: Uint8Array.of(1, 1, 0, 1),
    attempts: Int32Array.of(0, 1, 2, 3),
    alive: Uint8Array.of(1, 1, 0, 1),
    holds: {
      taken: Float64Array.of(0, 1, 2),
      closing: Float64Array.of(given, 9, 9),
      closed: Float64Array.of(given, 9, 9),
    },
  })
  const release = { at: "closed", lingerSec: 0 } as const
  const { least, most } = takenBefore(trials(1), release)
  assert.deepEqual([...least], [0, 0, 1, 1])
  assert.deepEqual([...most], [0, 1, 2, 1])
  const later = takenBefore(trials(2.05), release, 0.1)
  assert.deepEqual([...later.least], [0, 1, 2, 1])
  assert.deepEqual([...later.most], [0, 1, 2, 2])
})

test("a close and an attempt at one instant, in either order, leave connections at once the best", () => {
  for (const isCloseFirst of [false, true]) {
    const trials = play({
      attempts: Array.from({ length: 400 }, (_, target) => ({
        time: target / 8,
        target,
      })),
      // Those who count hear of an end first, or last.
      quota: concurrent(40),
      holdSec: (index) => 6 + (index % 7) - (isCloseFirst ? 1e-6 : 0),
      schedule: [0],
    })
    const { holds } = trials
    const rounded = (times: Float64Array): Float64Array =>
      times.map((time) => Math.round(8 * time) / 8)
    const seen = { ...holds, closing: rounded(holds.closing), closed: rounded(holds.closed) }
    const [best] = fitQuota({ ...trials, holds: seen })
    assert.equal(best?.shape, "concurrent")
    assert.equal(best?.level, 40)
  }
})

test("many answered at one instant are no bound on fewer unanswered ones", () => {
  const trials = play({
    attempts: Array.from({ length: 600 }, (_, target) => ({
      time: Math.floor(target / 20),
      target,
    })),
    quota: concurrent(300),
    holdSec: () => 1000,
    schedule: [0, 3],
  })
  const fits = fitQuota({ ...trials, answerSec: 0.01 })
  assert.ok(!fits.some(({ shape, level }) => shape === "embryonic" && level < 20))
})

test("who denies and tells whom it let through shows the number of unanswered ones at once", () => {
  // Ten a second, every second target dead; a dead one holds one of 20 places for 30 s.
  const open: number[] = []
  const rows = Array.from({ length: 900 }, (_, index) => {
    const time = index / 10
    const isAdmitted = open.filter((until) => until > time).length < 20
    const isDead = index % 2 === 1
    if (isAdmitted && isDead) open.push(time + 30)
    return { time, isAdmitted, isDead }
  })
  const unanswered = rows.filter(({ isAdmitted, isDead }) => isAdmitted && isDead)
  const answered = rows.filter(({ isAdmitted, isDead }) => isAdmitted && !isDead)
  const holds = (list: typeof rows, holdSec: number): Trials["holds"] => ({
    taken: Float64Array.from(list, ({ time }) => time),
    closing: Float64Array.from(list, ({ time }) => time + holdSec),
    closed: Float64Array.from(list, ({ time }) => time + holdSec),
  })
  const [best] = fitQuota({
    times: Float64Array.from(rows, ({ time }) => time),
    admitted: Uint8Array.from(rows, ({ isAdmitted }) => (isAdmitted ? 1 : 0)),
    attempts: Int32Array.from(rows, (_, index) => index),
    alive: Uint8Array.from(rows, ({ isAdmitted, isDead }) => (isAdmitted && !isDead ? 1 : 0)),
    holds: holds(answered, 1),
    unanswered: holds(unanswered, 30),
  })
  assert.equal(best?.shape, "embryonic")
  assert.equal(best?.level, 20)
  assert.equal(best?.windowSec, 30)
})
