/**
 * Cleaning up after the lab, synchronously, because it also runs from signal and exit handlers. A lab's
 * name carries its owner's process id and start time ("ft<pid>s<start>-<n>"), so what a killed run left
 * behind is told apart from a lab that is still in use, even when the process id was given out again.
 */
import { execFileSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const namePattern = /^ft([0-9a-f]+)s([0-9a-z]+)-\d+(?:-[a-z]\d?)?$/
const ipRoot = "/etc/netns"

/** What this process's labs are called, up to the running number. */
export function ownPrefix(): string {
  return `ft${process.pid.toString(16)}s${startTimeOf(process.pid) ?? "0"}`
}

/** Kills what runs in the namespaces, deletes them and their files under /etc/netns. */
export function removeNamespaces(names: readonly string[]): void {
  for (const name of names) {
    for (const pid of processesIn(name)) killQuietly(pid)
    quietly("ip", ["netns", "del", name])
    const directory = join(ipRoot, name)
    if (existsSync(directory)) rmSync(directory, { recursive: true, force: true })
  }
}

/** Removes the labs whose owner is gone; the names it removed. */
export function sweepLeftovers(): readonly string[] {
  const names = new Set([...listed("/run/netns"), ...listed(ipRoot)])
  const orphans = [...names].filter((name) => isOrphan(name))
  removeNamespaces(orphans)
  const scratch = listed(tmpdir()).filter((name) => isOrphan(name))
  for (const name of scratch) rmSync(scratchOf(name), { recursive: true, force: true })
  return [...orphans, ...scratch]
}

/** Where a lab keeps its logs and bundles. */
export function scratchOf(name: string): string {
  return join(tmpdir(), name)
}

function isOrphan(name: string): boolean {
  const match = namePattern.exec(name)
  if (match === null) return false
  const pid = Number.parseInt(match[1] ?? "", 16)
  return startTimeOf(pid) !== match[2]
}

/** Field 22 of /proc/PID/stat (proc_pid_stat(5)) in base 36; undefined when the process is gone. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    const afterName = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    return Number(afterName[19]).toString(36)
  } catch {
    return undefined
  }
}

function processesIn(namespace: string): readonly number[] {
  const text = quietly("ip", ["netns", "pids", namespace])
  return text.split(/\s+/).filter(Boolean).map(Number)
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL")
  } catch {
    // It ended by itself.
  }
}

function listed(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function quietly(command: string, argv: readonly string[]): string {
  try {
    return execFileSync(command, argv, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 10_000,
    })
  } catch {
    return ""
  }
}
