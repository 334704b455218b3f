/**
 * Arguments → exit code. The only place that exits. Everything behind it is loaded when it is needed, so that
 * help and completion answer at once.
 */
import { Refusal } from "../model/refusal.ts"
import type { ExitCode } from "./command.ts"
import { versionOf } from "./version.ts"

/** Exit code of a program stopped by SIGINT. */
const interrupted = 130
/** How long a command may take to clear away what it began. */
const clearingMs = 400

/** Runs the command line and exits. */
export async function main(argv: readonly string[]): Promise<void> {
  const stop = new AbortController()
  // A reader that has seen enough (head, less) is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => exitOnPipe(error))
  process.stderr.on("error", (error: NodeJS.ErrnoException) => exitOnPipe(error))
  process.on("SIGINT", () => {
    if (process.stderr.isTTY) process.stderr.write("\r\u001b[2K")
    // What was begun is cleared away (a partial folder); a second Ctrl-C does not wait for that.
    if (stop.signal.aborted) process.exit(interrupted)
    stop.abort()
    setTimeout(() => process.exit(interrupted), clearingMs)
  })
  const code = await run(argv, stop.signal)
  process.stdout.write("", () => process.exit(stop.signal.aborted ? interrupted : code))
}

async function run(argv: readonly string[], signal: AbortSignal): Promise<ExitCode> {
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
    const code = await command.run({ args, flags, terminal, signal })
    terminal.clearProgress()
    return code
  } catch (error) {
    terminal.clearProgress()
    if (!signal.aborted) terminal.say(`fourtuple: ${complaint(error)}`)
    return 2
  }
}

/** What happened, why, and what to do about it. A bug shows its stack. */
function complaint(error: unknown): string {
  if (error instanceof Refusal) return `${error.message}\n  ${error.hint}`
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return `This is a bug in fourtuple\n${stack}`
}

function exitOnPipe(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(0)
  throw error
}
