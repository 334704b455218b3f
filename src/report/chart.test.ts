import assert from "node:assert/strict"
import { test } from "node:test"
import { headroomBar, lineChart, poolBar } from "./chart.ts"

const rising = {
  name: "ESTABLISHED",
  unit: "connections",
  points: [
    [1000, 0],
    [1060, 62],
    [1120, 160],
  ],
} as const

test("a line chart says in words what it draws", () => {
  const { markup } = lineChart([rising], "chart-0")
  assert.match(markup, /role="img"\s+aria-labelledby="chart-0-title chart-0-desc"/)
  assert.match(markup, /<title id="chart-0-title">ESTABLISHED, in connections<\/title>/)
  assert.match(markup, /ESTABLISHED: from 0 to 160 connections/)
})

test("points stand where their values put them", () => {
  const { markup } = lineChart([rising], "c")
  const points = /points="([^"]*)"/
    .exec(markup)?.[1]
    ?.split(" ")
    .map((pair) => pair.split(","))
  assert.deepEqual(
    points?.map(([x]) => x),
    ["46", "198", "350"],
  )
  const heights = points?.map(([, y]) => Number(y)) ?? []
  assert.ok((heights[0] ?? 0) > (heights[1] ?? 0) && (heights[1] ?? 0) > (heights[2] ?? 0))
})

test("one point, no point and no change are drawn without a fault", () => {
  const one = lineChart([{ ...rising, points: [[5, 3]] }], "a").markup
  const none = lineChart([{ ...rising, points: [] }], "b").markup
  const flat = lineChart(
    [
      {
        ...rising,
        points: [
          [5, 0],
          [6, 0],
        ],
      },
    ],
    "c",
  ).markup
  assert.match(one, /<circle/)
  for (const markup of [one, none, flat]) assert.doesNotMatch(markup, /NaN|Infinity|undefined/)
})

test("lines differ by dash as well as by colour", () => {
  const { markup } = lineChart([rising, { ...rising, name: "SYN-SENT" }], "d")
  const dashes = [...markup.matchAll(/<polyline[^>]*stroke-dasharray="([^"]*)"/g)].map(
    ([, dash]) => dash,
  )
  assert.equal(new Set(dashes).size, 2)
})

test("any use shows in a bar, and only full is drawn full", () => {
  const widthOf = (share: number) =>
    Number(/class="fill" width="([^"]*)"/.exec(headroomBar(share).markup)?.[1])
  assert.equal(widthOf(0), 0)
  assert.ok(widthOf(0.00001) > 0)
  assert.ok(widthOf(0.99999) < 100)
  assert.equal(widthOf(1), 100)
  assert.equal(widthOf(2), 100)
})

test("a pool's bar stacks its states and leaves room for what is free", () => {
  const { markup } = poolBar({
    localAddress: "10.0.0.1",
    remoteAddress: "10.0.0.2",
    remotePort: 80,
    held: 50,
    heldBy: { ESTABLISHED: 20, "TIME-WAIT": 30 },
    processes: [],
    pool: 100,
    free: 50,
    freeing: [],
  })
  const parts = [...markup.matchAll(/<rect x="([^"]*)" width="([^"]*)"/g)].map(([, x, width]) => [
    x,
    width,
  ])
  assert.deepEqual(parts, [
    ["0", "30"],
    ["30", "20"],
  ])
  assert.match(markup, /aria-label="10\.0\.0\.1 → 10\.0\.0\.2:80: TIME-WAIT 30 · ESTABLISHED 20"/)
})
