import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { notesReader } from "./notes.ts"
import { readText } from "./reading.ts"

function read(text: string) {
  const reading = readText("notes.yaml", text, [notesReader])
  const oddities = reading.observations.flatMap((o) =>
    o.kind === "oddity" ? [`${o.name}:${o.at.line}`] : [],
  )
  return { ...reading, oddities }
}

const guide = readFileSync(new URL("../../docs/guide/notes.md", import.meta.url), "utf8")
const example = /```yaml\n([\s\S]*?)```/.exec(guide)?.[1] ?? ""

test("the guide's example is read without an oddity", () => {
  const { observations, oddities, sections } = read(example)
  assert.deepEqual(oddities, [])
  const mark = sections[0]?.mark
  assert.deepEqual([mark?.host, mark?.system, mark?.time], ["mgmt01", "windows 5.2", 1235981640])
  const kinds = new Map<string, number>()
  for (const { kind } of observations) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  assert.deepEqual(Object.fromEntries(kinds), {
    fact: 3,
    setting: 4,
    counter: 1,
    socket: 3900 + 3976,
    attempt: 3,
    event: 1,
    log: 1,
  })
  const failed = observations.find((o) => o.kind === "attempt" && o.error === "error 53")
  assert.equal(failed?.kind === "attempt" ? failed.ms : 0, 21000)
  const ported = observations.findLast((o) => o.kind === "socket")
  assert.equal(ported?.kind === "socket" ? ported.local.port : 0, 5000)
})

test("the fixture is the guide's example", () => {
  const fixture = new URL("../../test/fixtures/notes/telephone.yaml", import.meta.url)
  assert.equal(readFileSync(fixture, "utf8"), example)
})

const head = "fourtuple: notes/1\n"
const odd: readonly [string, string, string[]][] = [
  ["an unknown key", `${head}hots: a\n`, ["key-unknown:2"]],
  ["an unknown key in a row", `${head}attempts:\n  - ok: true\n    prot: 1\n`, ["key-unknown:4"]],
  ["a state that is none", `${head}sockets:\n  - { state: OPEN }\n`, ["state-unknown:3"]],
  ["a version of the future", "fourtuple: notes/2\n", ["value-malformed:1"]],
  ["a list where names belong", `${head}settings: [1]\n`, ["value-malformed:2"]],
  ["a time that is none", `${head}time: yesterday\n`, ["value-malformed:2"]],
  ["an event without id", `${head}events:\n  - source: Tcpip\n`, ["value-malformed:3"]],
  ["a fact of no kind", `${head}facts:\n  - { fact: rumour, x: 1 }\n`, ["value-malformed:3"]],
  [
    "too many sockets",
    `${head}sockets:\n  - { state: LISTEN, count: 9999999 }\n`,
    ["value-out-of-range:3"],
  ],
]
for (const [name, text, want] of odd) {
  test(`notes: ${name}`, () => assert.deepEqual(read(text).oddities, want))
}

test("notes: broken YAML is an oddity with its line", () => {
  const { oddities } = read(`${head}settings: { a: 1\nhost: [\n`)
  assert.ok(oddities.some((oddity) => oddity.startsWith("row-malformed:")))
})
