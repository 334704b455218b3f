import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { type Moment, momentsOf } from "./moment.ts"

/** Paths of one case in the order in which they must come. */
const ordered: readonly (readonly [name: string, paths: readonly string[]])[] = [
  ["words of a story", ["netstat-before.txt", "netstat-during.txt", "netstat-after.txt"]],
  ["words in folders", ["pre/ss.txt", "problem/ss.txt", "post/ss.txt"]],
  ["samples by number", ["t0/ss.txt", "t2/ss.txt", "t10/ss.txt"]],
  ["a baseline and samples", ["baseline/ss.txt", "t0/ss.txt", "t1/ss.txt"]],
  ["times", ["ss_2026-11-20T09:59.txt", "ss_2026-11-20T10:00:30.txt", "ss_2026-11-21T00:00.txt"]],
  ["times without punctuation", ["20261120-0959/ss.txt", "20261120-100030/ss.txt"]],
  ["dates, across a month", ["ss-2026-10-31.txt", "ss-2026-11-01.txt"]],
  ["dates with a number", ["ss-20261031-2.txt", "ss-20261101-1.txt", "ss-20261101-2.txt"]],
  ["numbers as numbers", ["ss-9.txt", "ss-10.txt"]],
  ["seconds since 1970", ["ss-1732136000.txt", "ss-1732136003.txt"]],
  ["milliseconds since 1970", ["ss-1732136000123.txt", "ss-1732136000129.txt"]],
  ["bare numbers as folders", ["1/ss.txt", "2/ss.txt", "11/ss.txt"]],
]

for (const [name, paths] of ordered) {
  test(`moments are ordered by ${name}`, () => {
    const moments = momentsOf(paths.toReversed())
    const labels = paths.map((path) => moments.get(path)?.label ?? "")
    assert.equal(new Set(labels).size, paths.length, `labels differ: ${labels}`)
    assert.ok(!labels.includes(""))
    const ranks = paths.map((path) => moments.get(path)?.rank ?? Number.NaN)
    for (const [index, rank] of ranks.entries()) {
      if (index > 0) assert.ok(rank > (ranks[index - 1] ?? 0), `ranks rise: ${ranks}`)
    }
  })
}

test("the numbers of samples keep their order whatever they are", () => {
  const numbers = fc.uniqueArray(fc.nat(99_999), { minLength: 2, maxLength: 8 })
  const shape = fc.constantFrom("t#/ss.txt", "netstat-#.txt", "run#.log", "case/sample#/a.txt")
  fc.assert(
    fc.property(numbers, shape, (list, template) => {
      const pathOf = (number: number): string => template.replace("#", String(number))
      const moments = momentsOf(list.map(pathOf))
      const byRank = list.toSorted(
        (a, b) => (moments.get(pathOf(a))?.rank ?? 0) - (moments.get(pathOf(b))?.rank ?? 0),
      )
      assert.deepEqual(
        byRank,
        list.toSorted((a, b) => a - b),
      )
    }),
  )
})

/** Paths of one case that are all of one moment of one machine. */
const oneMoment: readonly (readonly [name: string, paths: readonly string[]])[] = [
  ["one file of each kind", ["netstat-s.txt", "ss.txt", "sysctl.txt"]],
  ["both families", ["proc/net/tcp", "proc/net/tcp6"]],
  ["both families by number", ["netstat-ipv4.txt", "netstat-ipv6.txt"]],
  ["names that every object has", ["constructor/ss.txt", "__proto__.txt", "valueOf.txt"]],
  ["a version in a name", ["net-tools-2.10.txt"]],
]

for (const [name, paths] of oneMoment) {
  test(`${name} are no moments`, () => {
    for (const moment of momentsOf(paths).values()) assert.deepEqual(moment, { label: "" })
  })
}

const machines: readonly (readonly [paths: readonly string[], vantages: readonly unknown[]])[] = [
  [
    ["client/ss.txt", "router-1/conntrack.txt"],
    ["client", "router-1"],
  ],
  [
    ["web01/ss.txt", "web02/ss.txt"],
    ["web01", "web02"],
  ],
  [
    ["app1/error.log", "ss.txt"],
    [undefined, undefined],
  ],
  [["client/t0/ss.txt"], ["client"]],
  [["case/client.txt"], [undefined]],
]

for (const [paths, vantages] of machines) {
  test(`folders name machines: ${paths.join(", ")}`, () => {
    const moments = momentsOf(paths)
    const found = paths.map((path) => moments.get(path)?.vantage)
    assert.deepEqual(found, vantages)
  })
}

test("the number of a machine is no moment", () => {
  const moments: readonly Moment[] = [...momentsOf(["host1/ss.txt", "host2/ss.txt"]).values()]
  assert.deepEqual(
    moments.map(({ label }) => label),
    ["", ""],
  )
})

test("no path makes it throw, and every path has a moment", () => {
  const name = fc.string({ unit: fc.constantFrom(..."/.-_t019T:abes") })
  fc.assert(
    fc.property(fc.uniqueArray(name), (paths) => {
      assert.deepEqual([...momentsOf(paths).keys()], paths)
    }),
  )
})
