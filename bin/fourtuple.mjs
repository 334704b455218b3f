#!/usr/bin/env node
// Starts fourtuple on Node 24 or later. The sources need it, a machine may have an older one: then the Node
// that the npm package "node" pins in this repository is used. Plain JavaScript for any Node from 20 on.
import { spawn } from "node:child_process"
import { existsSync, lstatSync, mkdirSync, readFileSync } from "node:fs"
import module from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const needed = 24
const root = fileURLToPath(new URL("..", import.meta.url))

if (process.argv.length === 3 && ["--version", "-V"].includes(process.argv[2])) {
  // Scripts ask this often; it needs no other Node.
  console.log(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version)
} else if (Number(process.versions.node.split(".")[0]) >= needed) {
  const source = join(root, "src", "cli", "main.ts")
  const isRepository = existsSync(source)
  const cache = ownFolder(join(tmpdir(), `fourtuple-compile-cache-${process.getuid?.() ?? ""}`))
  // Compiled code is kept between runs: the second start is the fast one.
  if (cache !== undefined) module.enableCompileCache(cache)
  const { main } = await import(isRepository ? "../src/cli/main.ts" : "../dist/cli/main.js")
  await main(process.argv.slice(2))
} else {
  const pinned = findPinned()
  if (pinned === undefined) {
    console.error(
      `fourtuple: Cannot start: it needs Node ${needed} or later and this is Node ${process.versions.node}\n` +
        `  Install Node ${needed}, or run npm ci in the repository: it brings its own`,
    )
    process.exit(2)
  }
  restart(pinned)
}

/** The folder, if nobody else can write to it: code is taken from there, and /tmp is everybody's. */
function ownFolder(path) {
  try {
    if (!existsSync(path)) mkdirSync(path, { mode: 0o700 })
    const stats = lstatSync(path)
    // Windows has no such bits, and a folder for temporary files for each user.
    const isShared = process.getuid !== undefined && (stats.mode & 0o022) !== 0
    const isOwn = process.getuid === undefined || stats.uid === process.getuid()
    return isOwn && !isShared && stats.isDirectory() ? path : undefined
  } catch {
    return undefined
  }
}

function findPinned() {
  const program = process.platform === "win32" ? "node.exe" : "node"
  const candidates = [
    join(root, "node_modules", "node", "bin", program),
    join(root, "..", "node", "bin", program),
  ]
  return candidates.find((path) => existsSync(path))
}

function restart(pinned) {
  const child = spawn(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: "inherit",
  })
  // Ctrl-C at a terminal reaches both, and the child decides how it ends. Sent to this process alone it is
  // passed on, late enough that the child does not take it for a second Ctrl-C.
  process.on("SIGINT", () => setTimeout(() => child.kill("SIGINT"), 700))
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal))
  child.on("error", (error) => {
    console.error(`fourtuple: Cannot start ${pinned}: ${error.message}\n  Run npm ci again`)
    process.exit(2)
  })
  child.on("exit", (code, signal) => {
    process.exit(code ?? { SIGINT: 130, SIGHUP: 129 }[signal] ?? 143)
  })
}
