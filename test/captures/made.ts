/** Made captures in temporary files, with what a reader must say of them. */
import { closeSync, openSync, writeSync } from "node:fs"
import {
  type GeneratorOptions,
  generateCapture,
  generatorDefaults,
  type Truth,
} from "../../bench/captures/generator.ts"

/** Writes the capture and gives the truth about its connections. */
export function makeCapture(path: string, options: Partial<GeneratorOptions>): readonly Truth[] {
  const truths: Truth[] = []
  const file = openSync(path, "w")
  try {
    generateCapture(
      { ...generatorDefaults, ...options },
      (bytes) => writeSync(file, bytes),
      (truth) => truths.push(truth),
    )
  } finally {
    closeSync(file)
  }
  return truths
}
