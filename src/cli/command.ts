/** What a command is: a row of the table from which parsing, help, completion and documents are made. */
import type { Terminal } from "./terminal.ts"

/** 0 nothing wrong, 1 something found, 2 could not do it. */
export type ExitCode = 0 | 1 | 2

/** What may follow an option or stand as an argument, for completion. */
export type Takes = "file" | "folder" | "name" | "number" | readonly string[]

export type Flag = {
  /** As commander writes it: "--html <file>", "-o, --output <folder>". */
  readonly flags: string
  readonly says: string
  readonly takes?: Takes
  /** It may be given several times: a line of text for each. */
  readonly isMany?: true
}

export type Argument = {
  readonly name: string
  readonly says: string
  readonly isRequired: boolean
  readonly isMany: boolean
  readonly takes: Takes
}

/** What a command is run with. */
export type Invocation = {
  readonly args: readonly string[]
  /** By the long name in camel case: true for a switch, text for an option with a value. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>
  readonly terminal: Terminal
  readonly signal: AbortSignal
}

export type Command = {
  readonly name: string
  readonly summary: string
  /** One paragraph more for its own help. */
  readonly details: string
  readonly args: readonly Argument[]
  readonly flags: readonly Flag[]
  readonly examples: readonly (readonly [command: string, says: string])[]
  /** On Ctrl-C it prints what has come so far and ends by itself, instead of being ended. */
  readonly endsItself?: true
  /** Loads the command's code when it is run, not before. */
  readonly run: (invocation: Invocation) => Promise<ExitCode>
}

/** "--html <file>" → "--html"; "-o, --output <folder>" → "--output". */
export function longName(flag: Flag): string {
  return /--[a-z-]+/.exec(flag.flags)?.[0] ?? flag.flags
}
