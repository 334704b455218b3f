/** How a text report is laid out, and its sections. */
import type { Paint } from "./paint.ts"

/** How a text report is laid out. */
export type TextOptions = {
  /** Columns of the terminal; 80 for a pipe. */
  readonly width: number
  /** False: ASCII only, for terminals that are not UTF-8. */
  readonly unicode: boolean
  readonly paint: Paint
}

/** A section's heading and its lines with an empty line before; nothing where there are no lines. */
export function section(title: string, lines: readonly string[], paint: Paint): readonly string[] {
  return lines.length === 0 ? [] : ["", paint.bold(title), ...lines]
}
