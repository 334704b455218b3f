import assert from "node:assert/strict"
import { execFileSync, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { hostname, tmpdir } from "node:os"
import { join } from "node:path"
import { after, before, test } from "node:test"
import { fileURLToPath } from "node:url"
import { readText } from "../evidence/reading.ts"
import { collectBundle } from "./collect.ts"

const root = mkdtempSync(join(tmpdir(), "fourtuple-collect-"))
const script = fileURLToPath(new URL("../../collect/collect.sh", import.meta.url))
const server = createServer()
before(async () => await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)))
after(() => {
  server.close()
  rmSync(root, { recursive: true })
})

function portOf(): number {
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
}

function filesOf(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .sort()
}

/** Every file is understood, and the listener of this test is in each snapshot. */
function checkBundle(dir: string, snapshots: readonly string[]): void {
  const files = filesOf(dir)
  assert(files.includes("manifest.txt") && files.includes("sysctl.txt"))
  for (const snapshot of snapshots) {
    const rows = files
      .filter(
        (file) => file.startsWith(`${snapshot}/`) && /\/(ss-|proc-net-tcp|netstat)/.test(file),
      )
      .flatMap((file) => readText(file, readFileSync(join(dir, file))).observations)
    const listener = rows.find((row) => row.kind === "socket" && row.local.port === portOf())
    assert.equal(listener?.kind === "socket" && listener.state, "LISTEN")
    assert(files.includes(`${snapshot}/date.txt`))
    assert(files.includes(`${snapshot}/proc-net-netstat.txt`))
  }
  for (const file of files) {
    const { observations, summary } = readText(file, readFileSync(join(dir, file)))
    const oddities = observations.filter(({ kind }) => kind === "oddity")
    assert.deepEqual(oddities, [], file)
    // The kernel's log of a quiet machine has nothing for a reader.
    const mayBeQuiet = file.endsWith("dmesg.txt")
    if (summary.lines > 0 && !mayBeQuiet) assert.notDeepEqual(summary.formats, [], file)
  }
}

test("collectBundle writes what the readers read", async () => {
  if (process.platform !== "linux") return
  const dir = join(root, "node")
  const { files } = await collectBundle({ dir, samples: 2, windowMs: 50 })
  assert.deepEqual(files, filesOf(dir))
  assert.deepEqual(
    readdirSync(root).filter((name) => name.includes("partial")),
    [],
  )
  checkBundle(dir, ["t0", "t1"])
})

test("collectBundle redacts the host's name and every address but those that name nobody", async () => {
  if (process.platform !== "linux") return
  const dir = join(root, "redacted")
  await collectBundle({ dir, samples: 1, windowMs: 0, redact: true })
  const manifest = readFileSync(join(dir, "manifest.txt"), "utf8")
  assert.match(manifest, /^host: host-1$/m)
  assert.match(readFileSync(join(dir, "uname.txt"), "utf8"), /^Linux host-1 /)
  assert(!new RegExp(`^host: ${hostname()}$`, "m").test(manifest))
})

test("collectBundle refuses a folder in use and leaves it as it is", async () => {
  const dir = join(root, "used")
  mkdirSync(dir)
  writeFileSync(join(dir, "mine.txt"), "mine")
  await assert.rejects(collectBundle({ dir, samples: 1, windowMs: 0 }), {
    code: "write-failed",
    message: /not empty/,
  })
  assert.deepEqual(filesOf(dir), ["mine.txt"])
})

test("collectBundle refuses a place that is no folder", async () => {
  const file = join(root, "file")
  writeFileSync(file, "")
  for (const dir of [file, join(file, "below")]) {
    await assert.rejects(collectBundle({ dir }), { code: "write-failed" })
  }
})

test("collectBundle leaves nothing when it is aborted", async () => {
  if (process.platform !== "linux") return
  const dir = join(root, "aborted")
  const signal = AbortSignal.timeout(50)
  await assert.rejects(collectBundle({ dir, samples: 3, windowMs: 60_000, signal }))
  assert(!readdirSync(root).some((name) => name.includes("aborted")))
})

const shells = [["sh"], ["dash"], ["bash"], ["busybox", "sh"]].filter(([program = ""]) => {
  return spawnSync(program, [program === "busybox" ? "true" : "-c", "true"]).status === 0
})

for (const [program = "", ...rest] of process.platform === "linux" ? shells : []) {
  const shell = [program, ...rest].join(" ")

  test(`collect.sh under ${shell} writes what the readers read`, () => {
    const dir = join(root, shell.replaceAll(" ", "-"))
    const parameters = [...rest, script, "-o", dir, "-n", "2", "-w", "0"]
    execFileSync(program, parameters, { stdio: "ignore" })
    checkBundle(dir, ["t0", "t1"])
  })

  test(`collect.sh under ${shell} refuses what it cannot do`, () => {
    const used = join(root, "used")
    mkdirSync(used, { recursive: true })
    writeFileSync(join(used, "mine.txt"), "mine")
    for (const [parameters, says] of [
      [[], /no folder given/],
      [["-o", used], /not empty/],
      [["-o", join(root, "x"), "-n", "many"], /not a number/],
      [["-o", "/proc/none/here"], /cannot be made/],
      [["--frobnicate"], /unknown option/],
    ] as const) {
      const done = spawnSync(program, [...rest, script, ...parameters], { encoding: "utf8" })
      assert.equal(done.status, 2)
      assert.match(done.stderr, says)
    }
    assert.deepEqual(filesOf(used), ["mine.txt"])
  })
}

test("collect.sh --redact keeps rows and ports, and loopback", () => {
  if (process.platform !== "linux") return
  const dir = join(root, "sh-redacted")
  execFileSync("sh", [script, "-o", dir, "-n", "1", "--redact"], { stdio: "ignore" })
  checkBundle(dir, ["t0"])
  assert.match(readFileSync(join(dir, "manifest.txt"), "utf8"), /^host: host-1$/m)
  assert(filesOf(dir).every((file) => !file.endsWith(".redacted")))
})
