import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { Addresses } from "./addresses.ts"

const octet = fc.integer({ min: 0, max: 300 })
const quad = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join("."))
const text = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  quad,
  fc.constantFrom("", "*", "010.0.0.1", "1.2.3", "1.2.3.4.5", "1..2.3", "1.2.3.", ".1.2.3", "a.b"),
  fc.string(),
)

test("addresses are numbered from the empty text on, and each number gives its text back", () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 400 }), (all) => {
      const addresses = new Addresses()
      const ids = all.map((each) => addresses.idOf(each))
      assert.deepEqual(
        ids.map((id) => addresses.textOf(id)),
        all,
      )
      for (const each of all) assert.equal(addresses.find(each), addresses.idOf(each))
      assert.deepEqual(new Set(addresses.texts()), new Set(["", ...all]))
      assert.equal(addresses.size, new Set(["", ...all]).size)
    }),
  )
})

test("an IPv4 address has one number, as bits and as text", () => {
  const addresses = new Addresses()
  const id = addresses.idOfIpv4(0x0a010105)
  assert.equal(addresses.idOf("10.1.1.5"), id)
  assert.equal(addresses.ipv4Of(id), 0x0a010105)
  assert.equal(addresses.ipv4Of(addresses.idOf("255.255.255.255")), 0xffffffff)
  assert.equal(addresses.textOf(addresses.idOfIpv4(-1)), "255.255.255.255")
  assert.equal(addresses.ipv4Of(addresses.idOf("::1")), -1)
})

test("very many addresses keep their numbers", () => {
  const addresses = new Addresses()
  const word = (index: number): number => Math.imul(index, 2_654_435_761) | 0
  for (let index = 1; index <= 50_000; index++) {
    assert.equal(addresses.idOfIpv4(word(index)), index)
  }
  for (let index = 1; index <= 50_000; index++) {
    assert.equal(addresses.idOfIpv4(word(index)), index)
  }
})

test("what was not given is not found", () => {
  const addresses = new Addresses()
  assert.equal(addresses.find("10.0.0.1"), undefined)
  assert.equal(addresses.find("constructor"), undefined)
  assert.equal(addresses.textOf(99), "")
  assert.equal(addresses.ipv4Of(99), -1)
})
