import assert from "node:assert/strict"
import { test } from "node:test"
import { big32, joined } from "../../../test/capture-builder.ts"
import { AddressIds, isMapped } from "./addresses.ts"

test("an IPv4 address is its own number", () => {
  const addresses = new AddressIds()
  assert.equal(addresses.text(0x0a010105, 4), "10.1.1.5")
  assert.equal(addresses.text(0xffffffff, 4), "255.255.255.255")
  assert.equal(addresses.size, 0)
})

test("an IPv6 address has one number, and its text comes back", () => {
  const addresses = new AddressIds()
  const bytes = joined(
    "ff",
    "20010db8 00000000 00000000 00000005",
    "fe800000 00000000 0a0b0cff fe0d0e0f",
  )
  const first = addresses.idOf(bytes, 1)
  const second = addresses.idOf(bytes, 17)
  assert.equal(addresses.idOf(bytes.slice(), 1), first)
  assert.notEqual(second, first)
  assert.equal(addresses.text(first, 6), "2001:db8::5")
  assert.equal(addresses.text(second, 6), "fe80::a0b:cff:fe0d:e0f")
  assert.equal(addresses.size, 2)
})

test("a hundred thousand addresses keep their numbers", () => {
  const addresses = new AddressIds()
  const bytesOf = (index: number) =>
    joined(big32(index % 7), big32(index * 65_537), big32(index), big32(index % 3))
  const ids = Array.from({ length: 100_000 }, (_, index) => addresses.idOf(bytesOf(index), 0))
  assert.equal(new Set(ids).size, 100_000)
  for (let index = 0; index < 100_000; index += 997) {
    assert.equal(addresses.idOf(bytesOf(index), 0), ids[index])
  }
  assert.equal(addresses.size, 100_000)
})

test("isMapped() tells an IPv4 address in IPv6 form", () => {
  assert.equal(isMapped(joined("00000000 00000000 0000ffff 0a010105"), 0), true)
  assert.equal(isMapped(joined("00000000 00000000 00000000 0a010105"), 0), false)
  assert.equal(isMapped(joined("00000001 00000000 0000ffff 0a010105"), 0), false)
})
