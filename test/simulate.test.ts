/** `fourtuple simulate` as a person or a script meets it: forms, changes, sweeps, exports, refusals, Ctrl-C. */
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, test } from "node:test"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { runSchema, sweepSchema } from "../src/report/simulated-schema.ts"

const launcher = fileURLToPath(new URL("../bin/fourtuple.mjs", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "fourtuple-simulate-"))
after(() => rmSync(folder, { recursive: true, force: true }))

/** 161 machines through a firewall that lets 160 connections be open at once. */
const scenario = `title: A sweep through a firewall
seed: 7
for: 60 s
hosts:
  manager: { profile: 2003-sp1 }
  targets: { profile: 2003-sp1, count: 161, listen: 445 }
middleboxes:
  isa: { profile: isa-2006 }
paths:
  - { from: manager, to: targets, delay: 1 ms, through: isa }
applications:
  - { run: sweep, on: manager, to: targets, ports: 445, threads: 4, hold: 120 s }
`
const path = put("firewall.yaml", scenario)

type Done = { readonly code: number | null; readonly out: string; readonly err: string }

function put(name: string, content: string): string {
  const whole = join(folder, name)
  writeFileSync(whole, content)
  return whole
}

async function simulate(args: readonly string[], input = "", interruptMs = 0): Promise<Done> {
  const env = { ...process.env, LANG: "C.UTF-8", LC_ALL: "", NO_COLOR: "1", COLUMNS: "" }
  const child = spawn(process.execPath, [launcher, "simulate", ...args], { env })
  let out = ""
  let err = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text
  })
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text
  })
  child.stdin.on("error", () => undefined)
  child.stdin.end(input)
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve))
  const timer = setTimeout(() => child.kill("SIGKILL"), 60_000)
  if (interruptMs > 0) {
    await delay(interruptMs)
    child.kill("SIGINT")
  }
  const code = await ended
  clearTimeout(timer)
  return { code, out, err }
}

test("the first line is the verdict, and a limit that bound is exit code 1", async () => {
  const { code, out, err } = await simulate([path])
  assert.equal(err, "")
  assert.match(out, /^✗ firewall-concurrent on isa bound first: 160 of 160 per source after /)
  assert.match(out, /1\s+of 161 attempts failed/)
  assert.match(out, /\nWhat bound, in order\n {2}1\. firewall-concurrent on isa: 160 of 160/)
  assert.match(out, /\nTime line\n/)
  assert.equal(code, 1)
})

test("--set changes the file and nothing dry is exit code 0; - is standard input", async () => {
  const { code, out, err } = await simulate(
    ["-", "--set", "targets.count=20", "--set", "title=Few", "--quiet"],
    scenario,
  )
  assert.deepEqual(
    { code, out, err },
    { code: 0, out: "✓ Nothing ran dry: all 20 attempts succeeded\n", err: "" },
  )
})

test("--json is a document of its schema, the same bytes each time, with --attempts the rows", async () => {
  const [first, second] = await Promise.all([
    simulate([path, "--json"]),
    simulate([path, "--json"]),
  ])
  assert.equal(first.out, second.out)
  const run = runSchema.parse(JSON.parse(first.out))
  assert.equal(run.bound[0]?.limit, "firewall-concurrent")
  assert.equal(run.seed, 7)
  assert.equal(run.attempts, undefined)
  const rows = await simulate([path, "--json", "--attempts", "--seed", "8", "--for", "30 s"])
  const longer = runSchema.parse(JSON.parse(rows.out))
  assert.deepEqual([longer.seed, longer.durationSec], [8, 30])
  const ended = longer.applications.reduce((sum, each) => sum + each.succeeded + each.failed, 0)
  assert.equal(longer.attempts?.length, ended)
})

test("--attempts lists the first and the last", async () => {
  const { out } = await simulate([path, "--attempts"])
  const [, list = ""] = out.split("\nAttempts\n")
  assert.match(list, /… 121 in between/)
  assert.equal(list.split("\n").filter((line) => / → /.test(line)).length, 40)
})

test("--html writes a page and says so; - prints it", async () => {
  const page = join(folder, "run.html")
  const { err } = await simulate([path, "--html", page, "--quiet"])
  assert.equal(err, `Wrote ${page}\n`)
  const { out } = await simulate([path, "--html", "-"])
  assert.equal(out, readFileSync(page, "utf8"))
  assert.match(out, /^<!doctype html>/)
})

test("a sweep finds the knee, the same bytes with one worker and with three", async () => {
  const args = [path, "--sweep", "targets.count=100..200/3", "--json", "--workers"]
  const [one, three] = await Promise.all([simulate([...args, "1"]), simulate([...args, "3"])])
  assert.equal(one.out, three.out)
  assert.equal(one.code, 1)
  const sweep = sweepSchema.parse(JSON.parse(one.out))
  assert.deepEqual(sweep.binds, { value: "161", before: "160", turns: "bad" })
  assert.deepEqual(sweep.knee, { value: "162", before: "161", turns: "bad" })
  const values = sweep.points.map(({ value }) => Number(value))
  assert.deepEqual(
    values,
    values.toSorted((a, b) => a - b),
  )
})

test("a sweep over a list runs these values only, as text and as a page", async () => {
  const page = join(folder, "sweep.html")
  const sweep = "manager.profile=2003-sp1,2003-rtm"
  const { out, err, code } = await simulate([path, "--sweep", sweep, "--html", page])
  assert.match(
    out,
    /^✗ With manager\.profile from 2003-sp1 to\s+2003-rtm something always\s+runs dry/,
  )
  assert.match(out, /\n +2003-sp1 +99\.3 %/)
  assert.equal(err, `Wrote ${page}\n`)
  assert.equal(code, 1)
  assert.match(readFileSync(page, "utf8"), /2003-sp1/)
})

test("--export writes a folder that diagnose reads; one that is in use is refused", async () => {
  const dir = join(folder, "case")
  const { err, code } = await simulate([path, "--export", "netstat,isa-log", "-o", dir, "--quiet"])
  assert.equal(code, 1)
  assert.equal(err, "")
  const files = readdirSync(dir)
  assert.ok(
    files.some((name) => name.startsWith("netstat")),
    files.join(" "),
  )
  assert.ok(
    files.some((name) => name.endsWith(".w3c")),
    files.join(" "),
  )
  const again = await simulate([path, "--export", "all", "-o", dir])
  assert.match(again.err, /it exists and is not empty/)
  assert.equal(again.code, 2)
})

test("--snapshot lists the sockets at those times, and --host chooses whose", async () => {
  const dir = join(folder, "looks")
  const args = ["--export", "netstat", "-o", dir, "--host", "targets", "--snapshot", "1s,10s"]
  const { err } = await simulate([path, ...args])
  assert.match(err, /^Wrote \d+ files? to .*looks: netstat-/)
  assert.equal(readdirSync(dir).filter((name) => /^netstat-2/.test(name)).length, 3)
  const strange = await simulate([path, "--export", "netstat", "-o", `${dir}2`, "--host", "nobody"])
  assert.match(strange.err, /There is no machine "nobody"\n {2}The scenario has manager, targets/)
  assert.ok(!existsSync(`${dir}2`) && readdirSync(folder).every((name) => !/partial/.test(name)))
})

const refusals: readonly (readonly [readonly string[], RegExp])[] = [
  [["--set", "nothing"], /Cannot use --set nothing: it is no key=value/],
  [["--set", "targts.count=1"], /nothing is called targts; did you mean targets/],
  [["--seed", "x"], /Cannot use --seed x/],
  [["--for", "long"], /Cannot use --for long/],
  [["--workers", "0"], /Cannot use --workers 0/],
  [["--sweep", "count"], /Cannot use --sweep count/],
  [["--sweep", "targets.count=1,2", "--attempts"], /are for one run/],
  [["--sweep", "targets.count=5,-5"], /targets\.count/],
  [["--export", "netstats", "-o", "x"], /Cannot export "netstats"\n {2}One or more of netstat,/],
  [["--export", "all"], /No folder was named/],
  [["-o", "x"], /--output is for --export/],
  [["--export", "all", "-o", "x", "--snapshot", "soon"], /"soon" is not a time/],
  [["--json", "--html", "-"], /print both/],
]

test("what cannot be done is refused with the way to do it", async () => {
  const all = await Promise.all(refusals.map(([args]) => simulate([path, ...args])))
  for (const [index, { code, out, err }] of all.entries()) {
    assert.match(err, refusals[index]?.[1] ?? /^$/)
    assert.doesNotMatch(err, /bug|\n {4}at /)
    assert.deepEqual([code, out], [2, ""])
  }
  const wrong = put("wrong.yaml", scenario.replace("isa-2006", "isa-2099"))
  assert.match((await simulate([wrong])).err, /line 8: .*isa-2099/)
  assert.match((await simulate([join(folder, "none.yaml")])).err, /Cannot read .*none\.yaml/)
})

test("Ctrl-C ends a run at once and a sweep with what is done", async () => {
  const endless = scenario.replace(
    "threads: 4, hold: 120 s",
    "rate: 2000/s, order: round, hold: 1 s, count: forever",
  )
  const slow = put("endless.yaml", endless.replace("for: 60 s", "for: 1000000 s"))
  const dir = join(folder, "stopped")
  const [one, swept] = await Promise.all([
    simulate([slow, "--export", "netstat", "-o", dir], "", 4000),
    simulate([slow, "--sweep", "for=1s,1000000s"], "", 8000),
  ])
  assert.deepEqual([one.code, one.out], [130, ""])
  assert.match(one.err, /^Stopped.*: the run was not finished, there is no report\n$/)
  assert.ok(!existsSync(dir))
  assert.equal(swept.code, 130)
  assert.match(swept.err, /^Stopped: 1 value was not run\n$/)
  assert.match(swept.out, /\nNot run\n {2}1000000s\n$/)
})
