import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { type LanManagerSettings, type LanManagerVersion, tcpConnections } from "./lan-manager.ts"

const table: readonly [string, LanManagerSettings, LanManagerVersion, number][] = [
  ["nothing set, no utilities", {}, "2.1", 7],
  ["no utilities on 2.2", {}, "2.2", 7],
  ["utilities on 2.1", { utilities: true }, "2.1", 17],
  ["utilities on 2.1a", { utilities: true }, "2.1a", 17],
  ["utilities on 2.2", { utilities: true }, "2.2", 13],
  ["a telnet count implies the utilities", { NSESSIONS: 2 }, "2.1", 17],
  ["reduced parts", { NUMSOCKETS: 3, NSESSIONS: 1 }, "2.1a", 11],
  ["many NetBIOS sessions", { NBSESSIONS: 100 }, "2.2", 101],
  ["TCPCONNECTIONS wins over the formula", { TCPCONNECTIONS: 25, NBSESSIONS: 6 }, "2.2", 25],
  ["settings left over from removed utilities", { NUMSOCKETS: 8, utilities: false }, "2.1", 7],
]

for (const [name, settings, version, total] of table) {
  test(`tcpConnections: ${name}`, () => {
    assert.equal(tcpConnections(settings, version).total, total)
  })
}

test("tcpConnections says which parts were set", () => {
  const budget = tcpConnections({ NUMSOCKETS: 3 }, "2.2")
  assert.equal(budget.source, "formula")
  assert.deepEqual(
    budget.parts.map(({ name, value, from }) => `${name} ${value} ${from}`),
    ["NBSESSIONS 6 default", "fixed 1 formula", "NUMSOCKETS 3 set", "NSESSIONS 2 default"],
  )
})

test("the total is the sum of its parts unless it was set", () => {
  const count = fc.option(fc.nat(200), { nil: undefined })
  fc.assert(
    fc.property(count, count, count, (nb, sockets, telnet) => {
      const settings = {
        ...(nb === undefined ? {} : { NBSESSIONS: nb }),
        ...(sockets === undefined ? {} : { NUMSOCKETS: sockets }),
        ...(telnet === undefined ? {} : { NSESSIONS: telnet }),
      }
      const { total, parts } = tcpConnections(settings, "2.1")
      return total === parts.reduce((sum, { value }) => sum + value, 0)
    }),
  )
})
