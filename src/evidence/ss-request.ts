/**
 * What a listing of `ss` was asked for, as far as a prompt line or a file name tells. It matters
 * when one state was filtered: ss then prints no State column, and the state stands in the command
 * only.
 */
import type { State } from "../model/state.ts"
import type { FileHint } from "./reader.ts"
import { commandOfFile, parseShellLine, programOf, type ShellLine } from "./shell-line.ts"

export type SsRequest = {
  readonly protocol?: "tcp" | "udp"
  /** The one state that was filtered for. */
  readonly state?: State
  readonly covers?: "all" | "listening" | "bound"
}

/** ss(8), STATE-FILTER: the words for single states. */
const filterStates: ReadonlyMap<string, State> = new Map<string, State>([
  ["established", "ESTABLISHED"],
  ["estab", "ESTABLISHED"],
  ["syn-sent", "SYN-SENT"],
  ["syn-recv", "SYN-RECEIVED"],
  ["fin-wait-1", "FIN-WAIT-1"],
  ["fin-wait-2", "FIN-WAIT-2"],
  ["time-wait", "TIME-WAIT"],
  ["timewait", "TIME-WAIT"],
  ["tw", "TIME-WAIT"],
  ["closed", "CLOSED"],
  ["close-wait", "CLOSE-WAIT"],
  ["closewait", "CLOSE-WAIT"],
  ["last-ack", "LAST-ACK"],
  ["closing", "CLOSING"],
  ["listening", "LISTEN"],
  ["listen", "LISTEN"],
  ["bound-inactive", "BOUND"],
  ["bound", "BOUND"],
])

/** The shell line when it runs ss (and not `ss -s`). */
export function parseSsCommand(line: string): ShellLine | undefined {
  if (!line.includes("ss")) return undefined
  const shell = parseShellLine(line)
  if (shell === undefined || programOf(shell.words[0] ?? "") !== "ss") return undefined
  return isSummary(shell.words) ? undefined : shell
}

/** Whether the words ask for the summary only. */
export function isSummary(words: readonly string[]): boolean {
  return words.some((word) => /^-[a-zA-Z0-9]*s[a-zA-Z0-9]*$/.test(word) || word === "--summary")
}

export function ssRequestOf(words: readonly string[]): SsRequest {
  const flags = words.filter((word) => /^-[A-Za-z0-9]+$/.test(word)).join("")
  const has = (letter: string, long: string) => flags.includes(letter) || words.includes(long)
  const states = words.flatMap((word, at) => (word === "state" ? [words[at + 1] ?? ""] : []))
  const state = states.length === 1 ? filterStates.get(states[0]?.toLowerCase() ?? "") : undefined
  const isTcp = has("t", "--tcp")
  const isUdp = has("u", "--udp")
  const protocol = isTcp === isUdp ? {} : { protocol: isTcp ? ("tcp" as const) : ("udp" as const) }
  if (has("B", "--bound-inactive")) return { ...protocol, state: "BOUND", covers: "bound" }
  if (states.length > 0 || words.includes("exclude")) {
    return state === undefined ? protocol : { ...protocol, state }
  }
  if (has("a", "--all")) return { ...protocol, covers: "all" }
  if (has("l", "--listening")) return { ...protocol, state: "LISTEN", covers: "listening" }
  return protocol
}

/** The request a file name tells: "ss_-tan_state_time-wait", "ss-timewait.txt", "ss-bound.txt". */
export function ssRequestOfFile(file: FileHint): SsRequest {
  const words = commandOfFile(file)
  if (programOf(words[0] ?? "") === "ss" && words.length > 1) return ssRequestOf(words)
  const name = file.name.replaceAll("_", "-")
  const tokens = name.split(/[-.\s]/)
  const protocol = tokens.includes("udp") ? { protocol: "udp" as const } : {}
  for (const [word, state] of filterStates) {
    const at = name.indexOf(word)
    if (at < 0 || (word.length < 6 && !tokens.includes(word))) continue
    return state === "BOUND" ? { state, covers: "bound" } : { ...protocol, state }
  }
  return protocol
}
