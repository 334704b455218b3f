/**
 * `fourtuple connections` on made captures against what was made: every connection, every field, over container formats,
 * link types, snapshot lengths and seeds. A stranger or a connection that is missing is a failure as well.
 */
import assert from "node:assert/strict"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, test } from "node:test"
import type { GeneratorOptions, Truth } from "../../bench/captures/generator.ts"
import { STORIES } from "../../bench/captures/stories.ts"
import type { Connection } from "../../src/model/connection.ts"
import { makeCapture } from "./made.ts"
import { type Listed, listConnections } from "./ours.ts"
import { endName } from "./rival.ts"

const folder = mkdtempSync(join(tmpdir(), "fourtuple-truth-"))
after(() => rmSync(folder, { recursive: true, force: true }))

const many = { connections: 8000, packets: 80_000 }

const captures: readonly Partial<GeneratorOptions>[] = [
  { ...many, seed: 1 },
  { ...many, seed: 2, snaplen: 262_144 },
  { ...many, seed: 3, format: "pcap-ns", link: "raw" },
  { ...many, seed: 4, format: "pcapng", link: "sll2", snaplen: 262_144 },
  { ...many, seed: 5, format: "pcapng", snaplen: 200, storiesPerSec: 100 },
  { ...many, seed: 6, link: "sll", storiesPerSec: 20_000 },
  { ...many, seed: 7, format: "pcapng", link: "null", packets: 200_000 },
]
const told = new Set<string>()

for (const options of captures) {
  const { format = "pcap", link = "ethernet", seed = 0, snaplen = 96 } = options
  test(`${format} of ${link}, ${snaplen} bytes a packet, seed ${seed}: all is as it was made`, async () => {
    const path = join(folder, `made-${seed}.${format}`)
    const truths = makeCapture(path, options)
    const listed = await listConnections(path)
    for (const { story } of truths) told.add(story)
    assert.deepEqual(disagreements(truths, listed, path), [])
    const starts = listed.map(({ start }) => start)
    assert.deepEqual(
      starts,
      starts.toSorted((a, b) => a - b),
      "sorted by start",
    )
    rmSync(path)
  })
}

test("every story was told in one of these captures", () => {
  assert.deepEqual(
    STORIES.map(({ name }) => name).filter((name) => !told.has(name)),
    [],
  )
})

/** At most some, as sentences: the first of each kind. */
function disagreements(
  truths: readonly Truth[],
  listed: readonly Listed[],
  path: string,
): readonly string[] {
  const found = new Map(listed.map((connection) => [keyOf(connection), connection]))
  const kinds = new Map<string, string>()
  const say = (kind: string, text: string): void => {
    if (!kinds.has(kind)) kinds.set(kind, `${kind}: ${text}`)
  }
  for (const { story, frame, connection } of truths) {
    const key = keyOf(connection)
    const ours = found.get(key)
    found.delete(key)
    if (ours === undefined) {
      say(`${story} is missing`, key)
      continue
    }
    const { at, ...rest } = ours
    if (at !== `${path} frame ${frame}`) say(`${story}, place`, `${at} for frame ${frame}`)
    for (const field of new Set([...Object.keys(connection), ...Object.keys(rest)])) {
      const [truth, got] = [textOf(connection, field), textOf(rest, field)]
      if (truth !== got) say(`${story}, ${field}`, `${got} for ${truth} (${key}, ${at})`)
    }
  }
  for (const [key, { at }] of found) say("a stranger", `${key}, ${at}`)
  return [...kinds.values()]
}

function keyOf({ from, to, scope = "", start }: Connection): string {
  return `${endName(from)} > ${endName(to)} ${scope} ${start.toFixed(6)}`
}

/** A field as text; times to the microsecond, which is what the capture has. */
function textOf(connection: Connection, field: string): string {
  const value: unknown = Object.entries(connection).find(([name]) => name === field)?.[1]
  return JSON.stringify(rounded(value)) ?? "absent"
}

function rounded(value: unknown): unknown {
  if (typeof value === "number") return Math.round(value * 1e6) / 1e6
  if (Array.isArray(value)) return value.map(rounded)
  if (typeof value !== "object" || value === null) return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([name, each]) => [name, rounded(each)]))
}
