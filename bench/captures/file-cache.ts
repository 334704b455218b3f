/** The capture that the benches read, kept below the temporary folder from one run to the next. */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"
import { type GeneratorOptions, generateCapture, generatorDefaults } from "./generator.ts"

/** Changes with what the generator makes, so that no file of an older one is taken. */
const edition = 1

export type MadeFile = { readonly path: string; readonly bytes: number }

/** The file for these numbers; made where it is not there. */
export function madeCapture(options: Partial<GeneratorOptions> = {}): MadeFile {
  const all = { ...generatorDefaults, ...options }
  const folder = join(tmpdir(), `fourtuple-bench-${userInfo().username}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const name = `${all.packets}-${all.connections}-${all.snaplen}-${all.seed}-e${edition}.pcap`
  const path = join(folder, name)
  if (!existsSync(path)) make(path, all)
  return { path, bytes: statSync(path).size }
}

function make(path: string, options: GeneratorOptions): void {
  const draft = `${path}.${process.pid}.part`
  const file = openSync(draft, "w")
  try {
    generateCapture(
      options,
      (bytes) => writeSync(file, bytes),
      () => undefined,
    )
  } finally {
    closeSync(file)
  }
  renameSync(draft, path)
}
