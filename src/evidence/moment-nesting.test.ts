import assert from "node:assert/strict"
import { test } from "node:test"
import { type Moment, momentsOf } from "./moment.ts"

function momentsIn(...paths: readonly string[]): readonly Moment[] {
  const moments = momentsOf(paths)
  return paths.map((path) => moments.get(path) ?? { label: "missing" })
}

/** Labels in the order of their ranks. */
function order(...paths: readonly string[]): readonly string[] {
  const moments = momentsIn(...paths)
  return [...moments].sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0)).map(({ label }) => label)
}

const orders: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    "bundles of one machine before and after",
    ["after/t0/ss.txt", "after/t1/ss.txt", "before/t0/ss.txt", "before/t1/ss.txt"],
    ["before t0", "before t1", "after t0", "after t1"],
  ],
  [
    "listings in a named folder",
    ["before/ss-1.txt", "before/ss-2.txt", "after/ss-1.txt"],
    ["before 1", "before 2", "after"],
  ],
  [
    "bundles in folders with times",
    ["2026-11-20T10:05/t0/ss.txt", "2026-11-20T10:00/t3/ss.txt", "2026-11-20T10:00/t2/ss.txt"],
    ["2026-11-20T10:00 t2", "2026-11-20T10:00 t3", "2026-11-20T10:05 t0"],
  ],
  [
    "listings of two machines",
    ["web01/ss-1.txt", "web01/ss-2.txt", "web02/ss-1.txt"],
    ["1", "1", "2"],
  ],
]

for (const [name, paths, want] of orders) {
  test(`${name} are in order`, () => assert.deepEqual(order(...paths), want))
}

test("what differs within one moment stays in it", () => {
  const [one, other] = momentsIn("t0/process-12.txt", "t0/process-13.txt")
  assert.deepEqual(one, other)
})

test("folders of a machine's own file system are no machines", () => {
  const vantages = momentsIn(
    "sosreport-web01/sos_commands/host/hostname",
    "sosreport-web01/sos_commands/firewall_tables/nft.txt",
    "sosreport-web01/etc/host.conf",
  ).map(({ vantage }) => vantage)
  assert.deepEqual(vantages, [undefined, undefined, undefined])
})

test("two bundles side by side are two machines", () => {
  const vantages = momentsIn(
    "case/front/manifest.txt",
    "case/front/t0/ss.txt",
    "case/db/manifest.txt",
    "case/notes.yaml",
  ).map(({ vantage }) => vantage)
  assert.deepEqual(vantages, ["front", "front", "db", undefined])
})

test("two bundles named as moments are one machine", () => {
  const moments = momentsIn("before/manifest.txt", "after/manifest.txt", "after/t0/ss.txt")
  assert.deepEqual(
    moments.map(({ vantage }) => vantage),
    [undefined, undefined, undefined],
  )
})
