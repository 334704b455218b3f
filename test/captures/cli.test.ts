/** `fourtuple connections` as a person or a script meets it: its forms of output, filters, refusals, a pipe that is cut. */
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, test } from "node:test"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { parse } from "csv-parse/sync"
import { parquetReadObjects } from "hyparquet"
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js"
import { CONNECTION_COLUMNS, type ConnectionColumn } from "../../src/report/connection-columns.ts"
import { connectionSchema, connectionsSchema } from "../../src/report/connections-schema.ts"
import { isoText } from "../../src/report/times.ts"
import { assertGolden } from "../golden.ts"
import { makeCapture } from "./made.ts"
import { launcher } from "./ours.ts"

const folder = mkdtempSync(join(tmpdir(), "fourtuple-connections-"))
after(() => rmSync(folder, { recursive: true, force: true }))
const fixtures = fileURLToPath(new URL("../fixtures/", import.meta.url))

const made = makeCapture(join(folder, "made.pcap"), { connections: 400, packets: 4000, seed: 12 })
const whole = readFileSync(join(folder, "made.pcap"))

type Done = { readonly code: number | null; readonly out: string; readonly err: string }

type Start = { readonly env?: object; readonly input?: Uint8Array }

function start(args: readonly string[], { env }: Start = {}) {
  const plain = { LANG: "C.UTF-8", LC_ALL: "", NO_COLOR: "", FORCE_COLOR: "0", COLUMNS: "80" }
  const options = { cwd: folder, env: { ...process.env, ...plain, ...env } }
  return spawn(process.execPath, [launcher, "connections", ...args], options)
}

async function run(args: readonly string[], options: Start = {}): Promise<Done> {
  const child = start(args, options)
  const done = ended(child)
  child.stdin.on("error", () => undefined)
  child.stdin.end(options.input ?? "")
  return await done
}

function ended(child: ReturnType<typeof start>): Promise<Done> {
  let out = ""
  let err = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text
  })
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text
  })
  const timer = setTimeout(() => child.kill("SIGKILL"), 20_000)
  return new Promise((resolve) => {
    child.on("close", (code) => {
      clearTimeout(timer)
      resolve({ code, out, err })
    })
  })
}

const transcripts: readonly (readonly [name: string, args: readonly string[], env?: object])[] = [
  ["report", ["made.pcap"]],
  ["report-narrow", ["made.pcap"], { COLUMNS: "50" }],
  ["report-wide-ascii", ["made.pcap"], { COLUMNS: "120", LANG: "C" }],
  ["summary", ["made.pcap", "--summary"]],
  ["filtered", ["made.pcap", "--state", "s0,REJ", "--to", ":445", "--since", "02:13:07.3"]],
  ["conntrack", [join(fixtures, "conntrack", "debian12-list.txt")]],
  ["firewall", [join(fixtures, "cisco-asa")]],
]

for (const [name, args, env] of transcripts) {
  test(`the ${name} is what somebody looked at`, async () => {
    const { code, out } = await run(args, env === undefined ? {} : { env })
    assert.equal(code, 0)
    assertGolden(`connections/${name}.txt`, out.replaceAll(fixtures, ""))
  })
}

test("colour marks what failed, and says nothing that the words do not", async () => {
  const plain = await run(["made.pcap"])
  const coloured = await run(["made.pcap"], { env: { FORCE_COLOR: "1" } })
  assert.match(coloured.out, /\u001b\[31m/)
  assert.equal(coloured.out.replaceAll(/\u001b\[\d+m/g, ""), plain.out)
  const asked = await run(["made.pcap"], { env: { FORCE_COLOR: "1", NO_COLOR: "1" } })
  assert.equal(asked.out, plain.out)
})

test("--ndjson lists every connection by its start, and its schema takes each", async () => {
  const { code, out, err } = await run(["made.pcap", "--ndjson"])
  assert.deepEqual({ code, err }, { code: 0, err: "" })
  const rows = out.trimEnd().split("\n")
  const listed = rows.map((row) => connectionSchema.parse(JSON.parse(row)))
  assert.equal(listed.length, made.length)
  assert.match(listed[0]?.at ?? "", /^made\.pcap frame 1$/)
})

test("--json is one document, its summary agrees with its connections", async () => {
  const { code, out } = await run(["made.pcap", "--json"])
  assert.equal(code, 0)
  const { connections = [], summary } = connectionsSchema.parse(JSON.parse(out))
  assert.equal(summary.connections, connections.length)
  const states = new Map<string, number>()
  for (const { state = "" } of connections) states.set(state, (states.get(state) ?? 0) + 1)
  assert.deepEqual(new Map(Object.entries(summary.states)), new Map([...states].toSorted(bySize)))
  assert.equal(summary.captures[0]?.packets, countOf(summary.captures[0]?.packets))
  const syns = connections.reduce((sum, { synTimes = [] }) => sum + synTimes.length, 0)
  assert.equal(summary.syns, syns)
})

function bySize([, a]: [string, number], [, b]: [string, number]): number {
  return b - a
}

function countOf(packets: number | undefined): number {
  assert.ok(packets !== undefined && packets > 3000)
  return packets
}

test("counting at a glance and counting row by row come to the same", async () => {
  const glance = await run(["made.pcap", "--summary", "--json"])
  const byRow = await run(["made.pcap", "--summary", "--json", "--to", "*"])
  const document = connectionsSchema.parse(JSON.parse(glance.out))
  assert.equal(document.connections, undefined)
  assert.deepEqual(connectionsSchema.parse(JSON.parse(byRow.out)), document)
})

test("--csv and --parquet have the same columns and cells", async () => {
  const path = join(folder, "made.parquet")
  const { code, out, err } = await run(["made.pcap", "--csv", "--parquet", path])
  assert.equal(code, 0)
  assert.equal(err, `Wrote ${made.length} connections to ${path}\n`)
  const rows: readonly Record<string, string>[] = parse(out, { columns: true })
  const stored = await parquetReadObjects({ file: await bufferOf(path), parsers })
  assert.equal(rows.length, made.length)
  assert.equal(stored.length, made.length)
  const names = CONNECTION_COLUMNS.map(({ name }) => name)
  assert.deepEqual(Object.keys(rows[0] ?? {}), names)
  for (const [index, row] of rows.entries()) {
    const cells = CONNECTION_COLUMNS.map(({ name, kind }) => {
      return [name, textOf(kind, stored[index]?.[name])] as const
    })
    assert.deepEqual(Object.fromEntries(cells), row)
  }
})

/** As they are stored: a date has no microseconds. */
const parsers = { ...DEFAULT_PARSERS, timestampFromMicroseconds: (micros: bigint) => micros }

async function bufferOf(path: string): Promise<ArrayBuffer> {
  return Uint8Array.from(readFileSync(path)).buffer
}

/** A stored cell as CSV has it. */
function textOf(kind: ConnectionColumn["kind"], cell: unknown): string {
  if (cell === null || cell === undefined) return ""
  if (Array.isArray(cell)) return cell.map((each) => textOf("time", each)).join(" ")
  return kind === "time" ? isoText(Number(cell) / 1e6) : String(cell)
}

test("filters keep what they say", async () => {
  const all = await listed([])
  const kept = [
    [["--state", "S0"], ({ state }) => state === "S0"],
    [["--source", "10.1.0.2"], ({ from }) => from.address === "10.1.0.2"],
    [["--source", "10.1.0.0/30"], ({ from }) => /^10\.1\.0\.[0-3]$/.test(from.address)],
    [["--to", "[fd00:7::3]:22"], ({ to }) => to.address === "fd00:7::3" && to.port === 22],
    [["--to", "fd00:7::3"], ({ to }) => to.address === "fd00:7::3"],
    [["--to", ":445"], ({ to }) => to.port === 445],
    [["--until", "2026-03-01T02:13:07.300Z"], ({ start }) => start <= 1_772_331_187.3],
    [["--since", "1772331187.35"], ({ start }) => start >= 1_772_331_187.35],
    [["--since", "2026-03-01 03:13:07.4+01:00"], ({ start }) => start >= 1_772_331_187.4],
  ] as const satisfies readonly (readonly [readonly string[], (row: Row) => boolean])[]
  for (const [args, keeps] of kept) {
    const want = all.filter(keeps)
    assert.deepEqual(await listed(args), want, args.join(" "))
    assert.ok(want.length < all.length, args.join(" "))
  }
})

type Row = {
  readonly state: string
  readonly start: number
  readonly from: { readonly address: string; readonly port: number }
  readonly to: { readonly address: string; readonly port: number }
}

async function listed(args: readonly string[]): Promise<readonly Row[]> {
  const { code, out, err } = await run(["made.pcap", "--ndjson", ...args])
  assert.deepEqual({ code, err }, { code: 0, err: "" })
  return out === ""
    ? []
    : out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line))
}

test("folders, compressed captures and logs are one list", async () => {
  const place = join(folder, "case")
  mkdirSync(place)
  writeFileSync(join(place, "made.pcap.gz"), gzipSync(whole))
  const log = readFileSync(join(fixtures, "zeek-conn", "zeek6-conn.log"))
  writeFileSync(join(place, "conn.log"), log)
  const { code, out } = await run(["case", "--json"])
  assert.equal(code, 0)
  const { connections = [], summary } = connectionsSchema.parse(JSON.parse(out))
  assert.equal(connections.length, made.length + 9)
  assert.equal(summary.captures.length, 1)
})

const refusals: readonly (readonly [name: string, args: readonly string[], says: RegExp])[] = [
  ["two forms", ["x", "--json", "--csv"], /--json and --csv at once/],
  ["totals as lines", ["x", "--summary", "--ndjson"], /--summary and --ndjson at once/],
  ["a state that is none", ["x", "--state", "S9"], /"S9" is no state\n {2}States are S0, /],
  ["a network that is none", ["x", "--source", "10.0.0.0/40"], /not a network/],
  ["a port that is none", ["x", "--to", "10.0.0.1:99999"], /not an address, network or/],
  ["a time that is none", ["x", "--since", "yesterday"], /"yesterday": not a time/],
  ["a file that is not there", ["absent.pcap"], /no such file or folder/],
  ["a listing without connections", [join(fixtures, "ulimit")], /tells? of none|no such file/],
]

for (const [name, args, says] of refusals) {
  test(`${name} is refused with exit 2`, async () => {
    const { code, out, err } = await run(args)
    assert.deepEqual({ code, out }, { code: 2, out: "" })
    assert.match(err, /^fourtuple: /)
    assert.match(err, says)
  })
}

test("a Parquet file that cannot be written is refused, and nothing is left", async () => {
  const { code, err } = await run(["made.pcap", "--parquet", "no/such/folder.parquet"])
  assert.equal(code, 2)
  assert.match(err, /Cannot write "no\/such\/folder\.parquet": no such file or directory/)
})

test("a cut capture is read up to the cut, and the cut is named", async () => {
  const { code, out, err } = await run(["-", "--summary"], { input: whole.subarray(0, 20_001) })
  assert.equal(code, 0)
  assert.match(err, /^Odd: - frame \d+: The file ends in a record/m)
  assert.match(out, /connections, /)
})

test("Ctrl-C on a pipe that is still written prints what has come so far", async () => {
  const child = start(["-"])
  const done = ended(child)
  child.stdin.on("error", () => undefined)
  child.stdin.write(whole.subarray(0, 100_000))
  await delay(1000)
  const asked = performance.now()
  child.kill("SIGINT")
  const { code, out, err } = await done
  assert.equal(code, 130)
  assert.match(err, /Cut short -: stopped there/)
  assert.match(out, /^-: pcap · [\d,]+ packets/)
  assert.ok(performance.now() - asked < 5000)
})

test("a writer that ends on Ctrl-C, too, hands on its last bytes", async () => {
  const child = start(["-", "--summary", "--json"])
  const done = ended(child)
  child.stdin.write(whole.subarray(0, 100_000))
  await delay(1000)
  child.kill("SIGINT")
  child.stdin.end(whole.subarray(100_000))
  const { code, out, err } = await done
  assert.deepEqual({ code, err }, { code: 130, err: "" })
  assert.equal(connectionsSchema.parse(JSON.parse(out)).summary.connections, made.length)
})

test("a reader that has seen enough is no failure", async () => {
  const child = start(["made.pcap", "--ndjson"])
  const done = ended(child)
  child.stdout.once("data", () => child.stdout.destroy())
  const { code, err } = await done
  assert.deepEqual({ code, err }, { code: 0, err: "" })
})
