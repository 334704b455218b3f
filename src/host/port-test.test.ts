import assert from "node:assert/strict"
import { test } from "node:test"
import { rowsOf, tableOf } from "../../test/host-evidence.ts"
import { readText } from "../evidence/reading.ts"
import { parsePortRange, rangeSize } from "../model/ports.ts"
import { arePortsShort, testLoopbackPort } from "./port-test.ts"
import { readSmall } from "./text-source.ts"

// Elsewhere than on Linux the range is not a file, and the question is never asked.
const range = parsePortRange(readSmall("/proc/sys/net/ipv4/ip_local_port_range") ?? "")
const size = range === undefined ? 1000 : rangeSize(range)
const first = range?.first ?? 40_000

const shares: readonly (readonly [
  name: string,
  rows: ReturnType<typeof rowsOf>,
  short: boolean,
])[] = [
  ["no port is held", [], false],
  ["half of them are held", rowsOf(size / 2, { localPort: first }), false],
  ["nearly all are held", rowsOf(Math.ceil(0.95 * size), { localPort: first }), true],
  [
    "many rows hold few ports",
    Array.from({ length: size }, (_, index) => ({ localPort: first + (index % 100) })),
    false,
  ],
  [
    "the ports are outside the range",
    Array.from({ length: size }, (_, index) => ({ localPort: 1 + (index % (first - 1)) })),
    false,
  ],
]

for (const [name, rows, short] of shares) {
  test(`the loopback is ${short ? "asked" : "not asked"} where ${name}`, () => {
    assert.equal(arePortsShort(tableOf(rows)), short && range !== undefined)
  })
}

test("a machine with free ports finds one for its own loopback, and says so as a counter", async () => {
  const { name, text } = await testLoopbackPort()
  const counters = readText(name, text).observations.flatMap((each) =>
    each.kind === "counter" ? [[each.name, each.value]] : [],
  )
  assert.deepEqual(counters, [["selftest.loopback-connect-no-port", 0]])
})
