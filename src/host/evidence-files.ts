/**
 * Which files a person's arguments mean: files, folders (recursive, sorted, bounded) and "-" for
 * standard input. What is named and cannot be used is refused; what merely lies in a folder is
 * skipped with its reason. Types are looked at before anything is opened, because opening a FIFO
 * waits for a writer.
 */
import type { Stats } from "node:fs"
import { open, readdir, stat } from "node:fs/promises"
import { join } from "node:path"
import { Refusal } from "../model/refusal.ts"
import { faultOf } from "./fault.ts"

const filesMax = 5000
const depthMax = 16
/** Pipes that are open already: bash's <(command) and standard input by name. */
const openPipe = /^\/(dev\/(fd\/\d+|stdin)|proc\/self\/fd\/\d+)$/

/** One file to read. */
export type EvidenceFile = {
  /** As given or found, with "/" separators; "-" is standard input. */
  readonly path: string
  /** Seconds since 1970; absent for pipes. */
  readonly modified?: number
  /** Absent where it is not known before reading (pipes, /proc). */
  readonly bytes?: number
}

export type SkippedFile = { readonly path: string; readonly why: string }

export type EvidenceList = {
  readonly files: readonly EvidenceFile[]
  readonly skipped: readonly SkippedFile[]
}

/** All files these arguments mean, in order; Refusal when one of them cannot be used. */
export async function findEvidence(paths: readonly string[]): Promise<EvidenceList> {
  const files: EvidenceFile[] = []
  const skipped: SkippedFile[] = []
  for (const path of paths) {
    if (path === "-") {
      files.push(standardInput())
      continue
    }
    const stats = await statNamed(path)
    if (stats.isDirectory()) await addFolder(path, files, skipped)
    else files.push(await namedFile(path, stats))
  }
  return { files, skipped }
}

function standardInput(): EvidenceFile {
  if (process.stdin.isTTY) {
    const hint = "Pipe something in: ss -tan | fourtuple diagnose -"
    throw new Refusal("bad-usage", "Cannot read standard input: it is a terminal", hint)
  }
  return { path: "-" }
}

async function statNamed(path: string): Promise<Stats> {
  try {
    return await stat(path)
  } catch (error) {
    const why = faultOf(error)
    if (why === "no permission") throw noPermission(path, error)
    const hint = "Check the path; without a path this machine is read live"
    const says = why === "not there" ? "no such file or folder" : why
    throw new Refusal("not-found", `Cannot read "${path}": ${says}`, hint, error)
  }
}

async function namedFile(path: string, stats: Stats): Promise<EvidenceFile> {
  const kind = kindOf(stats)
  if (kind === "FIFO" && openPipe.test(path)) return { path }
  if (kind !== "file") {
    const hint =
      kind === "FIFO" ? `Use standard input: fourtuple diagnose - < "${path}"` : "Give a file"
    throw new Refusal("not-a-file", `Cannot read "${path}": it is a ${kind}`, hint)
  }
  await probeNamed(path)
  return fileOf(path, stats)
}

async function addFolder(
  folder: string,
  files: EvidenceFile[],
  skipped: SkippedFile[],
): Promise<void> {
  try {
    await readdir(folder)
  } catch (error) {
    throw noPermission(folder, error)
  }
  const before = files.length
  const skippedBefore = skipped.length
  await walkFolder({ folder, depth: 0, files, skipped })
  if (files.length > before) return
  const found = skipped.slice(skippedBefore).map(({ path, why }) => `${path} (${why})`)
  const says = found.length === 0 ? "the folder is empty" : `nothing in it can be read: ${found[0]}`
  const hint = "Give files such as the output of ss -tan, netstat -ano or fourtuple collect"
  throw new Refusal("nothing-readable", `Cannot read "${folder}": ${says}`, hint)
}

type Walk = {
  readonly folder: string
  readonly depth: number
  readonly files: EvidenceFile[]
  readonly skipped: SkippedFile[]
}

async function walkFolder(walk: Walk): Promise<void> {
  const { folder, depth, files, skipped } = walk
  const entries = await readdir(folder, { withFileTypes: true })
  // Code point order: the same on every machine and in every locale.
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    const path = join(folder, entry.name).replaceAll("\\", "/")
    if (entry.name.startsWith(".")) continue
    if (files.length >= filesMax) {
      skipped.push({ path, why: `it and what follows it; ${filesMax} files were taken` })
      return
    }
    if (entry.isDirectory()) {
      if (depth >= depthMax) skipped.push({ path, why: `deeper than ${depthMax} folders` })
      else await walkInto({ ...walk, folder: path, depth: depth + 1 })
    } else await addFound(path, files, skipped)
  }
}

async function walkInto(walk: Walk): Promise<void> {
  try {
    await walkFolder(walk)
  } catch (error) {
    walk.skipped.push({ path: walk.folder, why: faultOf(error) })
  }
}

async function addFound(
  path: string,
  files: EvidenceFile[],
  skipped: SkippedFile[],
): Promise<void> {
  try {
    const stats = await stat(path)
    const kind = kindOf(stats)
    if (kind !== "file") {
      // Links to folders are not followed: they can lead in circles, and out of the case.
      const says = kind === "folder" ? "link to a folder" : kind
      skipped.push({ path, why: `it is a ${says}` })
      return
    }
    await probe(path)
    files.push(fileOf(path, stats))
  } catch (error) {
    skipped.push({ path, why: faultOf(error) })
  }
}

async function probeNamed(path: string): Promise<void> {
  try {
    await probe(path)
  } catch (error) {
    throw noPermission(path, error)
  }
}

/**
 * Opening is the only sure test; access(2) asks for the real user, not for the rights we act with.
 */
async function probe(path: string): Promise<void> {
  const handle = await open(path, "r")
  await handle.close()
}

function noPermission(path: string, cause: unknown): Refusal {
  const hint = "Read it as its owner or as root, or copy it where you may read it"
  return new Refusal("no-permission", `Cannot read "${path}": permission denied`, hint, cause)
}

function fileOf(path: string, stats: Stats): EvidenceFile {
  const base = { path: path.replaceAll("\\", "/"), modified: stats.mtimeMs / 1000 }
  // Files of /proc say 0 and are not empty.
  return stats.size > 0 ? { ...base, bytes: stats.size } : base
}

function kindOf(stats: Stats): string {
  if (stats.isFile()) return "file"
  if (stats.isFIFO()) return "FIFO"
  if (stats.isSocket()) return "socket"
  if (stats.isDirectory()) return "folder"
  return "device"
}
