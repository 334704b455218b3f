/** Typesetting by display width (East Asian wide characters count two), and bars. */
import stringWidth from "string-width"
import { Typesetter } from "./typesetter.ts"

/** Measures as terminals do. */
export const typesetter = new Typesetter(stringWidth)
export const { wrap, hang, padEnd, padStart, shorten } = typesetter

const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

/** A bar of `cells` characters between two walls; any use at all shows, and only full is drawn full. */
export function bar(share: number, cells: number, unicode: boolean): string {
  const bounded = Math.min(Math.max(share, 0), 1)
  if (!unicode) {
    const filled = countOf(bounded, cells)
    return `[${"#".repeat(filled)}${".".repeat(cells - filled)}]`
  }
  const steps = countOf(bounded, cells * 8)
  const whole = "█".repeat(Math.floor(steps / 8))
  return `▕${padEnd(whole + (eighths[steps % 8] ?? ""), cells)}▏`
}

function countOf(share: number, steps: number): number {
  if (share === 0 || share === 1) return share * steps
  return Math.min(Math.max(Math.round(share * steps), 1), steps - 1)
}
