import assert from "node:assert/strict"
import { test } from "node:test"
import { randomOf } from "../../../test/mutation.ts"
import { ADDRESS, ConnectionStore, PORTS, SCOPE } from "./connection-store.ts"
import { ConnectionTable } from "./connection-table.ts"

type Key = readonly [number, number, number, number]

function look(table: ConnectionTable, key: Key): number {
  return table.find(table.hashOf(...key), ...key)
}

/** Puts a connection with that key, as fold.ts does; its number. */
function put(store: ConnectionStore, table: ConnectionTable, key: Key): number {
  look(table, key)
  const index = store.add()
  const at = index << 4
  const [one, other, ports, scope] = key
  store.hot[at + ADDRESS] = one
  store.hot[at + ADDRESS + 1] = other
  store.hot[at + PORTS] = ports
  store.hot[at + SCOPE] = scope
  table.put(index)
  return index
}

test("the newest connection of a four-tuple is found among many that come again and again", () => {
  const random = randomOf(4226)
  const store = new ConnectionStore()
  const table = new ConnectionTable(store)
  const newest = new Map<string, number>()
  const keyOf = (number: number): Key => [
    Math.imul(number, 7) | 0,
    number % 11,
    Math.imul(number, 0x10001),
    number % 3,
  ]
  for (let step = 0; step < 60_000; step++) {
    const key = keyOf(Math.floor(random() * 20_000))
    assert.equal(look(table, key), newest.get(key.join()) ?? -1)
    if (random() < 0.5) newest.set(key.join(), put(store, table, key))
  }
  for (const [text, index] of newest) {
    assert.equal(look(table, text.split(",").map(Number) as unknown as Key), index)
  }
})

/** The hash undone: what address 0 must be for a hash, the rest being given. */
function addressFor(hash: number, other: number, ports: number): number {
  let value = unshift(hash, 15)
  value = unshift(Math.imul(value, inverseOf(0x165667b1)), 16)
  value = unshift(Math.imul(value, inverseOf(0x27d4eb2f)) ^ ports, 13)
  value = unshift(Math.imul(value, inverseOf(0xc2b2ae35)) ^ other, 15)
  return Math.imul(value, inverseOf(0x85ebca6b)) | 0
}

/** Undoes x ^ (x >>> shift). */
function unshift(value: number, shift: number): number {
  let result = value
  for (let done = shift; done < 32; done += shift) result = value ^ (result >>> shift)
  return result | 0
}

function inverseOf(odd: number): number {
  let inverse = odd
  for (let step = 0; step < 5; step++) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse))
  return inverse
}

test("addresses chosen to fall into one slot do not slow it down for ever", () => {
  const store = new ConnectionStore()
  const table = new ConnectionTable(store)
  const keys = Array.from({ length: 4000 }, (_, number): Key => {
    const other = number + 1
    return [addressFor(number << 20, other, 80), other, 80, 0]
  })
  const [first] = keys
  const hash = () => table.hashOf(...(first ?? [0, 0, 0, 0]))
  assert.equal(hash() & 0xfffff, 0, "the hash is undone as it is made")
  const began = performance.now()
  for (const key of keys) put(store, table, key)
  // All in one run would be eight million looks at slots and records.
  assert.ok(performance.now() - began < 1000)
  for (const [index, key] of keys.entries()) assert.equal(look(table, key), index)
  assert.notEqual(hash() & 0xfffff, 0, "another hash was taken")
})
