/**
 * The rules of ARCHITECTURE.md that no compiler holds: the ladder, purity, sizes, dead files. Violations are listed
 * by file and line, so that the message is the work to do.
 */
import assert from "node:assert/strict"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { test } from "node:test"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
/** A file imports its own folder and those before it. */
const ladder = [
  "model",
  "catalog",
  "evidence",
  "pacing",
  "sim",
  "capacity",
  "diagnosis",
  "guard",
  "report",
  "host",
  "watch",
  "fleet",
  "cli",
]
const firstImpure = ladder.indexOf("host")
/** Packages that neither read a clock nor touch the machine. */
const purePackages = ["csv-parse/sync", "csv-parse", "string-width", "yaml", "zod"]
const linesMax = 450
const functionLinesMax = 60

type Source = { readonly path: string; readonly text: string; readonly lines: readonly string[] }

const sources = filesUnder("src", [".ts"]).map(load)
const own = sources.filter(({ path }) => !path.endsWith(".test.ts"))
const impure =
  /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bset(?:Timeout|Interval|Immediate)\b|(?<!\.)\bprocess\.(?:env|argv|std|exit|cwd|pid|platform|hrtime|uptime|memory|cpu|on\(|once|nextTick|get|version)|\bperformance\.|\bfetch\(|\bconsole\./

test("a file imports its own folder and those before it", () => {
  const wrong = own.flatMap((source) =>
    importsOf(source)
      .filter(({ specifier }) => specifier.startsWith("."))
      .filter(({ specifier }) => {
        const target = relative(root, resolve(root, dirname(source.path), specifier))
        return !target.startsWith("src") || rungOf(target) > rungOf(source.path)
      })
      .map(({ line, specifier }) => `${source.path}:${line} imports ${specifier}`),
  )
  assert.deepEqual(wrong, [])
})

test("every folder of src is on the ladder", () => {
  const folders = readdirSync(join(root, "src"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
  assert.deepEqual(
    folders.filter((name) => !ladder.includes(name)),
    [],
  )
})

test("everything up to report is pure", () => {
  const pure = own.filter(({ path }) => rungOf(path) < firstImpure)
  const wrong = pure.flatMap((source) => {
    const imported = importsOf(source)
      .filter(({ specifier }) => !specifier.startsWith(".") && !purePackages.includes(specifier))
      .map(({ line, specifier }) => `${source.path}:${line} imports ${specifier}`)
    return [...imported, ...linesMatching(source, impure)]
  })
  assert.deepEqual(wrong, [])
})

test("only cli prints and only cli/main exits", () => {
  const printing = own
    .filter(({ path }) => !path.startsWith("src/cli/"))
    .flatMap((source) => linesMatching(source, /\bconsole\.|process\.std(?:out|err)\b/))
  const exiting = own
    .filter(({ path }) => path !== "src/cli/main.ts")
    .flatMap((source) => linesMatching(source, /\bprocess\.(?:exit\(|exitCode\b|abort\()/))
  assert.deepEqual([...printing, ...exiting], [])
})

test("files and functions keep to their size", () => {
  const files = own
    .filter(({ path }) => !path.startsWith("src/catalog/"))
    .filter(({ lines }) => lines.length > linesMax)
    .map(({ path, lines }) => `${path} has ${lines.length} lines; at most ${linesMax}`)
  const functions = own.flatMap(longFunctions)
  assert.deepEqual([...files, ...functions], [])
})

test("every file opens by saying what it is", () => {
  const silent = own.filter(({ text }) => !/^(#!.*\n)?\/(\*\*|\/ )/.test(text))
  assert.deepEqual(
    silent.map(({ path }) => path),
    [],
  )
})

test("no default exports, no loose ends, no vague file names", () => {
  const wrong = sources.flatMap((source) => [
    ...linesMatching(source, /^export default\b/),
    ...linesMatching(source, new RegExp(["TO", "DO\\b|FIX", "ME\\b|\\bX", "XX\\b"].join(""))),
    ...(/\/(?:utils?|helpers?|common|types)\.ts$/.test(source.path) ? [source.path] : []),
  ])
  assert.deepEqual(wrong, [])
})

test("every file is reached from the program, the tests, the benchmarks or the documents", () => {
  // Not from its own unit test: what only that reaches is dead all the same.
  const reached = reachedFrom([
    ...filesUnder("test", [".ts"]),
    ...filesUnder("bench", [".ts", ".mjs"]),
    ...filesUnder("docs", [".ts"]),
    "src/cli/main.ts",
    "src/index.ts",
  ])
  assert.deepEqual(
    own.map(({ path }) => path).filter((path) => !reached.has(path)),
    [],
  )
})

function reachedFrom(entries: readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>()
  const waiting = [...entries]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path) || !existsSync(join(root, path))) continue
    reached.add(path)
    waiting.push(...referencesOf(load(path)))
  }
  return reached
}

function filesUnder(folder: string, endings: readonly string[]): readonly string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .filter((path) => !path.includes("/fixtures/"))
    .sort()
}

function load(path: string): Source {
  const text = readFileSync(join(root, path), "utf8")
  return { path, text, lines: text.split("\n") }
}

/** 0 model … 12 cli; a file directly in src may import anything. */
function rungOf(path: string): number {
  const rung = ladder.indexOf(path.split("/")[1] ?? "")
  return rung < 0 ? ladder.length : rung
}

function importsOf(
  source: Source,
): readonly { readonly line: number; readonly specifier: string }[] {
  const pattern = /(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)"([^"]+)"/gm
  return [...source.text.matchAll(pattern)].map((match) => ({
    line: source.text.slice(0, match.index).split("\n").length,
    specifier: match[1] ?? "",
  }))
}

/** Files named by imports, or by a URL beside this file (workers). */
function referencesOf(source: Source): readonly string[] {
  const imports = importsOf(source).map(({ specifier }) => specifier)
  const urls = [...source.text.matchAll(/new URL\(\s*["`](\.[\w/.-]*\/[\w-]+)\./g)].map(
    (match) => `${match[1]}.ts`,
  )
  return [...imports, ...urls]
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => relative(root, resolve(root, dirname(source.path), specifier)))
}

function linesMatching(source: Source, pattern: RegExp): readonly string[] {
  return source.lines.flatMap((line, index) => {
    const code = line.replace(/\/\/.*$|^\s*\/?\*.*$/, "").replace(/"(?:[^"\\]|\\.)*"/g, '""')
    return pattern.test(code) ? [`${source.path}:${index + 1} ${line.trim()}`] : []
  })
}

/** Top-level functions and methods of classes: from the opening line to the brace at its indent. */
function longFunctions(source: Source): readonly string[] {
  const long: string[] = []
  for (const [index, line] of source.lines.entries()) {
    const start = /^( {0,2})(?:export )?(?:async )?(?:function\b|(?:#?\w+|constructor)\().*/.exec(
      line,
    )
    if (start === null) continue
    const close = `${start[1] ?? ""}}`
    const length = source.lines.slice(index).findIndex((each) => each.startsWith(close)) + 1
    const opens = source.lines.slice(index, index + 12).some((each) => each.endsWith("{"))
    if (opens && length > functionLinesMax)
      long.push(`${source.path}:${index + 1} has ${length} lines`)
  }
  return long
}
