/**
 * Arguments → exit code. The only place that exits. Everything behind it is loaded when it is needed, so that
 * help and completion answer at once.
 */
import { writeSync } from "node:fs"
import { Refusal } from "../model/refusal.ts"
import type { ExitCode } from "./command.ts"
import { versionOf } from "./version.ts"

/** Exit codes of a program stopped by a signal: 128 and its number. */
const stopped = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
/** How long a command may take to clear away what it began. */
const clearingMs = 400
/** How long one that prints what it has so far may take for that. */
const endingMs = 60_000
/** A second Ctrl-C within this time is the first once more: the shell and a launcher send it both. */
const sameMs = 1000

/** Runs the command line and exits. */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on("error", exitOnWriteError)
  process.stderr.on("error", exitOnWriteError)
  const stop = new AbortController()
  let stopCode: number | undefined
  let stoppedAt = 0
  const running: Running = {}
  for (const [name, code] of Object.entries(stopped)) {
    process.on(name, () => {
      if (process.stderr.isTTY) process.stderr.write("\r\u001b[2K")
      // What was begun is cleared away (a partial folder); a second Ctrl-C does not wait for that.
      const isAgain = stopCode !== undefined && performance.now() - stoppedAt > sameMs
      if (isAgain && name === "SIGINT") process.exit(stopCode)
      if (stopCode !== undefined) return
      stopCode = code
      stoppedAt = performance.now()
      stop.abort()
      setTimeout(() => process.exit(code), running.endsItself ? endingMs : clearingMs)
    })
  }
  const code = await run(argv, stop.signal, running)
  process.stdout.write("", () => process.exit(stopCode ?? code))
}

/** What the signals must know of the command. */
type Running = { endsItself?: boolean }

async function run(
  argv: readonly string[],
  signal: AbortSignal,
  running: Running,
): Promise<ExitCode> {
  const { openTerminal } = await import("./terminal.ts")
  const terminal = openTerminal(argv.includes("--no-color"))
  try {
    const { COMMANDS } = await import("./commands.ts")
    const { parseArguments } = await import("./program.ts")
    const request = parseArguments(argv, COMMANDS, versionOf())
    if (request.kind === "print") {
      await terminal.write(request.text)
      return 0
    }
    const { command, args, flags } = request
    running.endsItself = command.endsItself === true
    const code = await command.run({ args, flags, terminal, signal })
    terminal.clearProgress()
    return code
  } catch (error) {
    terminal.clearProgress()
    if (!signal.aborted || running.endsItself) terminal.say(`fourtuple: ${complaint(error)}`)
    return 2
  }
}

/** What happened, why, and what to do about it. A bug shows its stack. */
function complaint(error: unknown): string {
  if (error instanceof Refusal) return `${error.message}\n  ${error.hint}`
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return `This is a bug in fourtuple\n${stack}`
}

/** A reader that has seen enough (head, less) is no failure; a full disk is one. */
function exitOnWriteError(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(0)
  const why = error.code === "ENOSPC" ? "the disk is full" : error.message
  try {
    writeSync(2, `fourtuple: Cannot write the output: ${why}\n  Send it where there is room\n`)
  } catch {
    // Standard error is gone as well: the exit code is all that is left to say.
  }
  process.exit(2)
}
