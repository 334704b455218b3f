/**
 * Where a command writes: data on standard output with backpressure, words on standard error, colour and width
 * as the person and the terminal want them. NO_COLOR and FORCE_COLOR follow their conventions.
 */
import { createColors } from "picocolors"
import type { Paint } from "../report/paint.ts"

/** The two streams and how to write on them. */
export type Terminal = {
  /**
   * Resolves when more can be written; of bytes, when they may be overwritten. Standard output closed ends the program
   * elsewhere.
   */
  readonly write: (data: string | Uint8Array) => Promise<void>
  /** A line on standard error. */
  readonly say: (line: string) => void
  /** One line that is replaced by the next; nothing where standard error is not a terminal. */
  readonly progress: (text: string) => void
  readonly clearProgress: () => void
  readonly paint: Paint
  readonly width: number
  readonly unicode: boolean
}

const progressEveryMs = 80

/** The real terminal of this process. */
export function openTerminal(noColor: boolean): Terminal {
  const { stdout, stderr, env } = process
  let shownAt = 0
  let isShown = false
  const clearProgress = () => {
    if (isShown) stderr.write("\r\u001b[2K")
    isShown = false
  }
  return {
    write: (data) => writeAll(stdout, data),
    say: (line) => {
      clearProgress()
      stderr.write(`${line}\n`)
    },
    progress: (text) => {
      if (!stderr.isTTY || performance.now() - shownAt < progressEveryMs) return
      shownAt = performance.now()
      isShown = true
      stderr.write(`\r\u001b[2K${text.slice(0, (stderr.columns || 80) - 1)}`)
    },
    clearProgress,
    paint: createColors(wantsColor(noColor, stdout.isTTY, env)),
    width: stdout.columns || Number(env["COLUMNS"]) || 80,
    unicode: isUtf8(env, process.platform),
  }
}

/** --no-color and NO_COLOR win; FORCE_COLOR next; else colour on a terminal that is not dumb. */
export function wantsColor(
  noColor: boolean,
  isTerminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (noColor || (env["NO_COLOR"] ?? "") !== "") return false
  const forced = env["FORCE_COLOR"]
  if (forced !== undefined) return forced !== "0" && forced !== "false"
  return isTerminal && env["TERM"] !== "dumb"
}

/** Whether the locale is UTF-8; Windows consoles of today are. */
export function isUtf8(
  env: Readonly<Record<string, string | undefined>>,
  platform: string,
): boolean {
  if (platform === "win32") return true
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find((value) => value)
  return /utf-?8/i.test(locale ?? "")
}

function writeAll(stream: NodeJS.WriteStream, data: string | Uint8Array): Promise<void> {
  if (typeof data !== "string") {
    return new Promise((resolve) => {
      stream.write(data, () => resolve())
    })
  }
  if (data === "" || stream.write(data)) return Promise.resolve()
  return new Promise((resolve) => stream.once("drain", resolve))
}
