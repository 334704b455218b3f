/** The command line as a person or a script meets it: transcripts, refusals, exit codes, closed pipes. */
import assert from "node:assert/strict"
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, test } from "node:test"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { COMMANDS } from "../src/cli/commands.ts"
import { isUtf8, wantsColor } from "../src/cli/terminal.ts"
import { LIMIT_IDS } from "../src/model/limit.ts"
import { diagnosisSchema } from "../src/report/schema.ts"
import { assertGolden } from "./golden.ts"

const launcher = fileURLToPath(new URL("../bin/fourtuple.mjs", import.meta.url))
/** Nobody: root is not refused by file modes. */
const unprivileged = 65534
const isRoot = process.getuid?.() === 0
const folder = mkdtempSync(join(tmpdir(), "fourtuple-cli-"))
chmodSync(folder, 0o755)
after(() => rmSync(folder, { recursive: true, force: true }))

const netstat = `
Active Connections

  Proto  Local Address          Foreign Address        State           PID
  TCP    10.1.1.5:1118          10.7.0.21:445          ESTABLISHED     4
  TCP    10.1.1.5:1119          10.7.0.22:445          TIME_WAIT       0
`

type Done = { readonly code: number | null; readonly out: string; readonly err: string }

type Start = { readonly input?: string; readonly uid?: number; readonly env?: object }

function start(args: readonly string[], { uid, env }: Start = {}): ChildProcess {
  return spawn(process.execPath, [launcher, ...args], {
    env: { ...process.env, LANG: "C.UTF-8", LC_ALL: "", NO_COLOR: "", FORCE_COLOR: "0", ...env },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
}

/** Runs to the end, or fails after 20 s: nothing may hang. */
async function run(args: readonly string[], options: Start = {}): Promise<Done> {
  const child = start(args, options)
  let out = ""
  let err = ""
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    out += text
  })
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    err += text
  })
  child.stdin?.on("error", () => undefined)
  child.stdin?.end(options.input ?? "")
  return { code: await ended(child), out, err }
}

async function ended(child: ChildProcess): Promise<number | null> {
  const timer = setTimeout(() => child.kill("SIGKILL"), 20_000)
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve))
  clearTimeout(timer)
  return code
}

function put(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

test("help lists every command and each has its own", async () => {
  const parts = [await run(["--help"])]
  for (const { name } of COMMANDS) parts.push(await run([name, "--help"]))
  for (const { code, err } of parts) assert.deepEqual({ code, err }, { code: 0, err: "" })
  assertGolden("cli/help.txt", parts.map(({ out }) => out).join(`\n${"─".repeat(80)}\n`))
})

test("the version is one line", async () => {
  for (const flag of ["--version", "-V"]) {
    const { code, out } = await run([flag])
    assert.equal(code, 0)
    assert.match(out, /^\d+\.\d+\.\d+\n$/)
  }
})

const badUsage: readonly (readonly [name: string, args: readonly string[], says: RegExp])[] = [
  ["no command", [], /No command was given\n {2}One of diagnose, /],
  ["an unknown command", ["dignose"], /Unknown command 'dignose'\n {2}Did you mean diagnose\?/],
  ["an unknown option", ["diagnose", "--jsn"], /Unknown option '--jsn'\n {2}Did you mean --json\?/],
  ["an unknown global option", ["--nope"], /Unknown option '--nope'/],
  ["a missing argument", ["read"], /Missing required argument 'path'/],
  ["an unknown shell", ["completion", "tcsh"], /'tcsh' is invalid[\s\S]*bash, zsh/],
  ["two forms at once", ["diagnose", "--json", "--markdown"], /--json and --markdown at once/],
  ["live options with files", ["diagnose", "--seconds", "9", "x"], /--seconds reads this machine/],
  ["seconds that are none", ["diagnose", "--seconds", "soon"], /Cannot use --seconds soon/],
]

for (const [name, args, says] of badUsage) {
  test(`${name} is refused with exit 2`, async () => {
    const { code, out, err } = await run(args)
    assert.deepEqual({ code, out }, { code: 2, out: "" })
    assert.match(err, /^fourtuple: /)
    assert.match(err, says)
  })
}

mkdirSync(join(folder, "empty"))
mkdirSync(join(folder, "closed"), { mode: 0o700 })
execFileSync("mkfifo", [join(folder, "fifo")])
const noise = Uint8Array.from({ length: 5000 }, (_, index) => (index * 7919) % 256)
put("noise.bin", noise)
put("nothing.txt", "")
put("prose.txt", "Dear colleague,\nnothing works any more.\n")

const unreadable: readonly (readonly [name: string, path: string, says: RegExp])[] = [
  ["a path that is not there", "missing.txt", /no such file or folder/],
  ["an empty folder", "empty", /the folder is empty/],
  ["a folder without rights", "closed", /permission denied/],
  ["a binary file", "noise.bin", /not text|no known format/],
  ["an empty file", "nothing.txt", /it is empty/],
  ["a FIFO", "fifo", /it is a FIFO/],
  ["prose", "prose.txt", /no known format was recognised/],
]

for (const command of ["diagnose", "read"]) {
  for (const [name, path, says] of unreadable) {
    test(`${command} of ${name} is refused with exit 2`, async () => {
      // The folder of another user needs a user who is not root to be closed.
      const nobody = isRoot && path === "closed" ? { uid: unprivileged } : {}
      if (!isRoot && path === "closed") chmodSync(join(folder, path), 0o000)
      const { code, out, err } = await run([command, join(folder, path)], nobody)
      assert.deepEqual({ code, out }, { code: 2, out: "" })
      assert.match(err, /^fourtuple: Cannot read "/)
      assert.match(err, says)
      assert.equal(err.trimEnd().split("\n").length, 2, "what and why, then what to do")
    })
  }
}

test("read prints one observation a line, with its place", async () => {
  const { code, out, err } = await run(["read", put("netstat.txt", netstat)])
  assert.deepEqual({ code, err }, { code: 0, err: "" })
  const rows = out.trimEnd().split("\n")
  const sockets = rows.map((row) => JSON.parse(row)).filter(({ kind }) => kind === "socket")
  assert.equal(sockets.length, 2)
  assert.equal(sockets[0].state, "ESTABLISHED")
  assert.match(sockets[0].at, /netstat\.txt:5$/)
})

test("read takes standard input and gives one document with --json", async () => {
  const { code, out } = await run(["read", "-", "--json"], { input: netstat })
  assert.equal(code, 0)
  const document = JSON.parse(out)
  assert.equal(document.schema, "fourtuple.observations/1")
  assert.equal(document.observations.length, 2)
})

test("read --summary says what each file was taken for", async () => {
  const { code, out } = await run(["read", "--summary", put("netstat.txt", netstat)])
  assert.equal(code, 0)
  assert.match(out, /format {4}netstat/)
  assert.match(out, /gives {5}socket 2/)
})

test("diagnose prints one JSON document that its schema accepts", async () => {
  const { code, out, err } = await run(["diagnose", "--json", put("netstat.txt", netstat)])
  assert.deepEqual({ code, err }, { code: 0, err: "" })
  const diagnosis = diagnosisSchema.parse(JSON.parse(out))
  assert.equal(diagnosis.evidence.length, 1)
})

test("diagnose takes standard input and prints text, Markdown or a page", async () => {
  const forms: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [[], /^Headroom$|^Read$/m],
    [["--markdown"], /^# /],
    [["--html", "-"], /^<!doctype html>/],
  ]
  for (const [args, says] of forms) {
    const { code, out } = await run(["diagnose", "-", ...args], { input: netstat })
    assert.equal(code, 0)
    assert.match(out, says)
  }
})

test("diagnose --html writes the page and says so on standard error", async () => {
  const page = join(folder, "report.html")
  const { code, out, err } = await run(["diagnose", "--html", page, put("netstat.txt", netstat)])
  assert.equal(code, 0)
  assert.equal(err, `Wrote ${page}\n`)
  assert.match(out, /Nothing found/)
  assert.match(readFileSync(page, "utf8"), /<\/html>\n$/)
})

test("a page that cannot be written is refused", async () => {
  const page = join(folder, "no", "such", "folder.html")
  const { code, err } = await run(["diagnose", "--html", page, put("netstat.txt", netstat)])
  assert.equal(code, 2)
  assert.match(err, /Cannot write ".*folder\.html": no such file or directory/)
})

test("two diagnoses of this machine at once do not disturb each other", async () => {
  const both = await Promise.all([
    run(["diagnose", "--json", "--seconds", "1"]),
    run(["diagnose", "--json", "--seconds", "1"]),
  ])
  for (const { code, out } of both) {
    assert.ok(code === 0 || code === 1, `exit code ${code}`)
    diagnosisSchema.parse(JSON.parse(out))
  }
})

test("a namespace that is not there is refused", async () => {
  const { code, out, err } = await run(["diagnose", "--netns", "fourtuple-no-such"])
  assert.deepEqual({ code, out }, { code: 2, out: "" })
  assert.match(err, /^fourtuple: Cannot [^\n]*fourtuple-no-such/)
})

test("limits and profiles list, show one and refuse what is not there", async () => {
  const list = await run(["limits"])
  assert.deepEqual({ code: list.code, err: list.err }, { code: 0, err: "" })
  for (const id of LIMIT_IDS) assert.ok(list.out.includes(id), id)
  const one = await run(["limits", "ephemeral-ports", "--json"])
  assert.equal(JSON.parse(one.out).id, "ephemeral-ports")
  const none = await run(["limits", "efemeral-ports"])
  assert.equal(none.code, 2)
  assert.match(none.err, /There is no limit "efemeral-ports"\n {2}Did you mean ephemeral-ports/)
  assert.equal((await run(["profiles"])).code, 0)
})

test("collect writes a folder that diagnose reads; a folder in use is refused", async () => {
  const bundle = join(folder, "bundle")
  const args = ["collect", "-o", bundle, "--seconds", "1"]
  const first = await run(args)
  assert.equal(first.code, 0, first.err)
  assert.match(first.out, /^Wrote \d+ files to /)
  const second = await run(args)
  assert.equal(second.code, 2)
  assert.match(second.err, /it exists and is not empty/)
  const { code, out } = await run(["diagnose", "--json", bundle])
  assert.ok(code === 0 || code === 1, `exit code ${code}`)
  diagnosisSchema.parse(JSON.parse(out))
})

test("diagnose --redact names no address and no host of the evidence", async () => {
  const rows = `${netstat}  TCP    10.1.1.5:1120    filer.example.net:445    CLOSE_WAIT   77\n`
  const { code, out } = await run(["diagnose", "--redact", "--json", "-"], { input: rows })
  assert.ok(code === 0 || code === 1)
  assert.doesNotMatch(out, /10\.1\.1\.5|10\.7\.0\.2[12]|filer\.example/)
  diagnosisSchema.parse(JSON.parse(out))
})

test("a reader that closes the pipe early is no failure", async () => {
  const rows = Array.from(
    { length: 60_000 },
    (_, index) => `  TCP    10.1.1.5:${1025 + (index % 60_000)}    10.7.0.21:445    TIME_WAIT`,
  )
  const child = start(["read", put("long.txt", netstat + rows.join("\n"))])
  child.stdout?.once("data", () => child.stdout?.destroy())
  let err = ""
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    err += text
  })
  assert.equal(await ended(child), 0)
  assert.equal(err, "")
})

test("Ctrl-C ends at once with 130", async () => {
  const child = start(["read", "-"])
  await new Promise((resolve) => setTimeout(resolve, 500))
  const asked = performance.now()
  child.kill("SIGINT")
  assert.equal(await ended(child), 130)
  assert.ok(performance.now() - asked < 1000)
})

test("compiled code is never taken from a folder that others can write to", async () => {
  const temporary = mkdtempSync(join(folder, "tmp-"))
  const cache = join(temporary, `fourtuple-compile-cache-${process.getuid?.() ?? ""}`)
  mkdirSync(cache)
  chmodSync(cache, 0o777)
  assert.equal((await run(["limits"], { env: { TMPDIR: temporary } })).code, 0)
  assert.deepEqual(readdirSync(cache), [])
  rmSync(cache, { recursive: true })
  assert.equal((await run(["limits"], { env: { TMPDIR: temporary } })).code, 0)
  assert.equal(readdirSync(cache).length, 1)
})

for (const [name, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  test(`a collection ended by ${name} leaves nothing behind and says ${code}`, async () => {
    const place = mkdtempSync(join(folder, "ended-"))
    const child = start(["collect", "--seconds", "60", "-o", join(place, "case")])
    const began = Date.now()
    while (readdirSync(place).length === 0 && Date.now() - began < 15_000) await delay(20)
    child.kill(name)
    assert.equal(await ended(child), code)
    assert.deepEqual(readdirSync(place), [])
  })
}

test("a full disk behind standard output is no finding", async (context) => {
  if (!existsSync("/dev/full")) return context.diagnostic("this system has no /dev/full")
  const full = openSync("/dev/full", "w")
  const child = spawn(process.execPath, [launcher, "limits"], { stdio: ["ignore", full, "pipe"] })
  let err = ""
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    err += text
  })
  assert.equal(await ended(child), 2)
  closeSync(full)
  assert.match(err, /^fourtuple: Cannot write the output: the disk is full\n {2}\S/)
})

test("completion scripts name every command", async () => {
  for (const shell of ["bash", "zsh", "fish", "powershell"]) {
    const { code, out } = await run(["completion", shell])
    assert.equal(code, 0)
    for (const { name } of COMMANDS) assert.ok(out.includes(name), `${shell}: ${name}`)
  }
})

const colourCases: readonly (readonly [boolean, boolean, Record<string, string>, boolean])[] = [
  [false, true, {}, true],
  [false, false, {}, false],
  [true, true, { FORCE_COLOR: "1" }, false],
  [false, true, { NO_COLOR: "1" }, false],
  [false, true, { NO_COLOR: "" }, true],
  [false, false, { FORCE_COLOR: "1" }, true],
  [false, true, { FORCE_COLOR: "0" }, false],
  [false, true, { TERM: "dumb" }, false],
]

for (const [noColor, isTerminal, env, want] of colourCases) {
  const name = `--no-color ${noColor}, terminal ${isTerminal}, ${JSON.stringify(env)}`
  test(`colour is ${want ? "on" : "off"} with ${name}`, () => {
    assert.equal(wantsColor(noColor, isTerminal, env), want)
  })
}

test("the locale decides between block characters and ASCII", () => {
  assert.equal(isUtf8({ LANG: "de_DE.UTF-8" }, "linux"), true)
  assert.equal(isUtf8({ LANG: "de_DE.UTF-8", LC_ALL: "C" }, "linux"), false)
  assert.equal(isUtf8({ LANG: "C.utf8", LC_ALL: "" }, "linux"), true)
  assert.equal(isUtf8({}, "linux"), false)
  assert.equal(isUtf8({}, "win32"), true)
})
