import assert from "node:assert/strict"
import { test } from "node:test"
import { parse } from "csv-parse/sync"
import { csvHead, csvLine } from "./connection-columns.ts"

const from = { address: "10.1.1.5", port: 1118 }

function cellsOf(address: string, at = "x:1"): Readonly<Record<string, string>> {
  const [row = {}] = parse<Record<string, string>>(
    csvHead() + csvLine({ from, to: { address }, at }),
    { columns: true },
  )
  return row
}

test("a cell that is not known is empty, a time has microseconds", () => {
  const line = csvLine({
    from,
    to: from,
    at: "x:1",
    start: 1_700_000_000.123456,
    synTimes: [1, 2.5],
  })
  assert.match(line, /^2023-11-14T22:13:20\.123456Z,,10\.1\.1\.5,1118,/)
  assert.match(line, /,1970-01-01T00:00:01\.000000Z 1970-01-01T00:00:02\.500000Z,/)
})

test("what a spreadsheet takes for a formula is text", () => {
  for (const name of ["=1+1", "+1", "-1", "@x", "\tx"]) {
    assert.equal(cellsOf(name)["to_address"], `'${name}`)
  }
})

test("quotes, commas and line ends stay in their cell", () => {
  for (const name of ['a"b', "a,b", "a\nb"]) assert.equal(cellsOf("h", name)["at"], name)
})
