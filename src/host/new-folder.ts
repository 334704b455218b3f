/** A new folder of files that appears under its name only when it is complete. */
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"
import { Refusal } from "../model/refusal.ts"

export type NewFolder = {
  readonly dir: string
  /** For messages: "bundle". */
  readonly what: string
  /** How another is named: "fourtuple collect -o DIR". */
  readonly usage: string
  readonly signal?: AbortSignal
}

/**
 * Fills a folder beside `dir` and then gives it that name. Refusal when the folder is in use or cannot be written;
 * nothing partial stays.
 */
export async function fillNewFolder<T>(
  folder: NewFolder,
  fill: (partial: string) => Promise<T>,
): Promise<T> {
  const dir = resolve(folder.dir)
  await demandFree(dir, folder)
  const partial = await openPartial(dir, folder)
  try {
    const filled = await fill(partial)
    // Renaming a folder over an empty one replaces it.
    if (process.platform === "win32") await rm(dir, { recursive: true, force: true })
    await rename(partial, dir)
    return filled
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    if (error instanceof Refusal || folder.signal?.aborted) throw error
    throw writeRefusal(dir, folder, error)
  }
}

async function demandFree(dir: string, folder: NewFolder): Promise<void> {
  let names: readonly string[]
  try {
    names = await readdir(dir)
  } catch (error) {
    if (codeOf(error) === "ENOENT") return
    throw writeRefusal(dir, folder, error)
  }
  if (names.length === 0) return
  const says = `Cannot write ${folder.what} "${dir}": it exists and is not empty`
  throw new Refusal("write-failed", says, `Give a new folder: ${folder.usage}`)
}

async function openPartial(dir: string, folder: NewFolder): Promise<string> {
  try {
    await mkdir(dirname(dir), { recursive: true })
    return await mkdtemp(join(dirname(dir), `.${basename(dir)}-partial-`))
  } catch (error) {
    throw writeRefusal(dir, folder, error)
  }
}

function writeRefusal(dir: string, { what, usage }: NewFolder, cause: unknown): Refusal {
  const code = codeOf(cause)
  const says =
    { ENOSPC: "the disk is full", EDQUOT: "the disk quota is used up", EROFS: "read-only" }[code] ??
    { EACCES: "permission denied", EPERM: "permission denied", ENOTDIR: "not a folder" }[code] ??
    { ENOTEMPTY: "it exists and is not empty", EEXIST: "it exists and is not empty" }[code] ??
    (cause instanceof Error ? cause.message : String(cause))
  const hint = `Give another folder: ${usage}. Nothing partial was left`
  return new Refusal("write-failed", `Cannot write ${what} "${dir}": ${says}`, hint, cause)
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : ""
}
