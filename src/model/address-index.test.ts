import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { AddressIndex } from "./address-index.ts"
import { Addresses } from "./addresses.ts"
import { formatGroups } from "./fourtuple.ts"
import { SocketTable } from "./socket-table.ts"

const word = fc.integer({ min: 0, max: 0xffffffff })

test("AddressIndex numbers addresses as their texts are numbered, however many", () => {
  const four = fc.tuple(fc.constantFrom(0, 0x20010db8, 1), word, fc.constantFrom(0, 0xffff), word)
  fc.assert(
    fc.property(fc.array(four, { maxLength: 300 }), (addresses) => {
      const texts = new Addresses()
      const index = new AddressIndex(texts)
      for (const [a, b, c, d] of [...addresses, ...addresses]) {
        const groups = [a, b, c, d].flatMap((each) => [each >>> 16, each & 0xffff])
        assert.equal(texts.textOf(index.idOfIpv6(a, b, c, d)), formatGroups(groups))
      }
    }),
  )
})

test("AddressIndex gives an IPv4 address and its mapped form one number", () => {
  const texts = new Addresses()
  const index = new AddressIndex(texts)
  const id = index.idOfIpv4(0x0a010105)
  assert.equal(index.idOfIpv6(0, 0, 0xffff, 0x0a010105), id)
  assert.equal(texts.textOf(id), "10.1.1.5")
  assert.equal(texts.textOf(index.idOfIpv4(0)), "0.0.0.0")
  assert.equal(texts.textOf(index.idOfIpv6(0, 0, 0, 0)), "::")
})

test("SocketTable parts and fromParts are inverses", () => {
  const table = new SocketTable(1)
  for (let port = 1; port <= 100; port++) {
    table.add({
      state: "TIME-WAIT",
      localAddress: "10.0.0.1",
      localPort: port,
      remoteAddress: `10.0.1.${port % 7}`,
      remotePort: 443,
      process: port % 2 === 0 ? "curl" : undefined,
      expiresMs: port * 100,
    })
  }
  const copy = SocketTable.fromParts(structuredClone(table.parts()))
  assert.equal(copy.length, 100)
  for (let index = 0; index < 100; index++) assert.deepEqual(copy.row(index), table.row(index))
  assert.equal(copy.row(3).pid, -1)
})
