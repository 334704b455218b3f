import assert from "node:assert/strict"
import { test } from "node:test"
import { Addresses } from "../model/addresses.ts"
import { FailedGroups } from "./failed-groups.ts"

type Attempt = readonly [from: string, to: string, port: number, outcome: string, start?: number]

function groupsOf(attempts: readonly Attempt[], most = 50) {
  const addresses = new Addresses()
  const groups = new FailedGroups(addresses)
  for (const [from, to, port, outcome, start = Number.NaN] of attempts) {
    const ends = { from: addresses.idOf(from), to: addresses.idOf(to) }
    groups.add({ ...ends, port, outcome, syns: 2, start })
  }
  assert.equal(groups.attempts, attempts.length)
  return groups.groups(most)
}

function sweep(from: string, targets: number, outcome: string): readonly Attempt[] {
  return Array.from({ length: targets }, (_, index) => {
    return [from, `10.7.${index >> 8}.${index & 255}`, 445, outcome, 100 + index]
  })
}

test("a sweep is one group, with its span and how many targets it had", () => {
  const [group, ...more] = groupsOf(sweep("10.1.1.5", 340, "no answer"))
  assert.deepEqual(more, [])
  assert.deepEqual(group, {
    outcome: "no answer",
    attempts: 340,
    syns: 680,
    from: "10.1.1.5",
    sources: 1,
    targets: 340,
    port: 445,
    first: 100,
    last: 439,
  })
})

test("many clients of one target are one group", () => {
  const clients = Array.from({ length: 9 }, (_, index): Attempt => {
    return [`10.1.1.${index}`, "10.7.0.1", 443, "refused"]
  })
  const [group, ...more] = groupsOf(clients)
  assert.deepEqual(more, [])
  assert.equal(group?.to, "10.7.0.1")
  assert.equal(group?.from, undefined)
  assert.equal(group?.sources, 9)
  assert.equal(group?.first, undefined)
})

test("a few stay apart, each with its ends; the largest comes first", () => {
  const groups = groupsOf([
    ["a.example", "10.7.0.1", 445, "refused"],
    ["a.example", "fd00::7", -1, "no answer"],
    ["b.example", "10.7.0.1", 445, "no answer"],
    ["b.example", "10.7.0.1", 445, "no answer"],
  ])
  assert.deepEqual(
    groups.map(({ from, to, port, attempts }) => [from, to, port, attempts]),
    [
      ["b.example", "10.7.0.1", 445, 2],
      ["a.example", "10.7.0.1", 445, 1],
      ["a.example", "fd00::7", undefined, 1],
    ],
  )
})

test("of too many the smaller half is joined, and no attempt is lost", () => {
  const attempts = Array.from({ length: 3000 }, (_, index): Attempt => {
    return [`10.1.${index % 97}.1`, `10.7.${index % 89}.1`, index % 83, `outcome ${index % 3}`]
  })
  const groups = groupsOf([...attempts, ...sweep("10.1.1.5", 500, "no answer")], 20)
  assert.ok(groups.length <= 20 + 4)
  assert.equal(groups[0]?.attempts ?? 0, Math.max(...groups.map((group) => group.attempts)))
  assert.equal(
    groups.reduce((sum, group) => sum + group.attempts, 0),
    attempts.length + 500,
  )
})
