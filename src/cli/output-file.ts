/** Writes a report to a file, whole or not at all. */
import { access, constants, rename, rm, writeFile } from "node:fs/promises"
import { dirname } from "node:path"
import { Refusal } from "../model/refusal.ts"

/** Replaces the file by the text; a Refusal says why it could not, and the old file is still there. */
export async function writeOutput(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.part`
  try {
    await writeFile(draft, text)
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined)
    throw refusalOf(path, error)
  }
}

/** The same Refusal where the folder of the file is not there or cannot be written: asked before long work. */
export async function demandOutput(path: string): Promise<void> {
  await access(dirname(path), constants.W_OK).catch((error: unknown) => {
    throw refusalOf(path, error)
  })
}

function refusalOf(path: string, error: unknown): Refusal {
  const why = error instanceof Error ? error.message.replace(/^[A-Z]+: /, "") : String(error)
  const message = `Cannot write "${path}": ${why.split(",")[0]}`
  return new Refusal("write-failed", message, "Give a path that can be written", error)
}
