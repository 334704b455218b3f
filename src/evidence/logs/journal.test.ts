import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { readText } from "../reading.ts"

function read(name: string, edit = (text: string) => text) {
  const file = new URL(`../../../test/fixtures/journal/${name}`, import.meta.url)
  return readText(name, edit(readFileSync(file, "latin1")))
}

const expected = [
  ["event", "conntrack-table-full", 1705312800.123],
  ["log", "[UFW BLOCK]", 1705312801],
  ["event", "sshd-max-startups", 1705312802],
  ["attempt", "ECONNREFUSED", 1705312803.5],
]

for (const style of ["export", "verbose", "json-pretty"]) {
  test(`reads the records of journalctl -o ${style}, each cited at its message`, () => {
    const file = readFileSync(
      new URL(`../../../test/fixtures/journal/debian12-${style}.txt`, import.meta.url),
      "latin1",
    ).split("\n")
    const { observations, summary } = read(`debian12-${style}.txt`)
    const seen = observations.map((each) => {
      const what =
        each.kind === "event"
          ? each.id
          : each.kind === "log"
            ? each.rule
            : each.kind === "attempt"
              ? each.error
              : undefined
      return [each.kind, what, each.time]
    })
    assert.deepEqual(seen, expected)
    for (const { at } of observations) assert.match(file[(at.line ?? 0) - 1] ?? "", /MESSAGE/)
    assert.deepEqual(summary.formats, ["journal"])
    assert.equal(summary.linesUnread, 0)
  })
}

test("what follows a journal is read by others, and an endless record ends", () => {
  const after = read("debian12-export.txt", (text) => `${text}\nTcp: 1 2\nplain text\n`)
  assert.equal(after.summary.linesUnread, 2)
  const endless = `__CURSOR=s=1\n${"FIELD=x\n".repeat(2000)}`
  assert.ok(readText("a", endless).summary.linesUnread > 1000)
})
