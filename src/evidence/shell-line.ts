/**
 * Command lines of Unix transcripts, taken apart: what was run, on which host, stripped of what
 * only wraps it (sudo, `ip netns exec`, `docker exec`, redirections, a pipe into a pager).
 * Collectors that name files after commands ("ss_-tan", "sysctl_-a") are understood through the
 * file name.
 */
import { commandOf } from "./prompt.ts"
import type { FileHint } from "./reader.ts"

export type ShellLine = {
  readonly words: readonly string[]
  /** The machine, where the prompt names it. */
  readonly host?: string
}

/** Programs whose output is evidence; a bare "# word" is a prompt only before one of these. */
const programs: ReadonlySet<string> = new Set(
  (
    "ss netstat nstat conntrack sysctl cat head tail grep zcat date hostname hostnamectl " +
    "uname uptime ip ifconfig route arp ulimit prlimit systemctl launchctl nft iptables " +
    "ip6tables iptables-save ip6tables-save iptables-nft iptables-legacy ethtool lsof dmesg " +
    "journalctl curl wget nc ncat telnet ping ping6 traceroute mtr dig nslookup host getent " +
    "free vmstat top ps ls echo for while watch pfctl " +
    "sockstat tcpdump lnstat openssl nmap w id env docker kubectl crictl"
  ).split(" "),
)

const unixPrompts = [
  /^[\w.~/-]{0,60}[$#]\s+(\S.*)$/,
  /^\+{1,3} (\S.*)$/,
  /^==> (\S.*?) <==$/,
  /^(?:sh|bash|ash|dash|zsh|ksh)-[\d.]+[$#]\s*(\S.*)$/,
]

/**
 * The command of a prompt, ruler or `head` banner line; undefined when the line is none of these.
 */
export function parseShellLine(line: string): ShellLine | undefined {
  if (last?.line !== line) last = { line, shell: shellOf(line) }
  return last.shell
}

/** The answer given last: several readers ask about the same line. */
let last: { readonly line: string; readonly shell: ShellLine | undefined } | undefined

function shellOf(line: string): ShellLine | undefined {
  if (line.length > 1000 || line.length < 4) return undefined
  const text = line.trim()
  const command = unixCommandOf(text)
  if (command === undefined) return undefined
  const words = unwrap(command.split(/\s+/))
  const [first = ""] = words
  const host = /^(?:\([\w.-]+\) ?)?\[?[\w.-]+@([\w.-]+)[\]: ]/.exec(text)?.[1]
  if (host !== undefined) return { words, host }
  return programs.has(programOf(first)) || first.startsWith("/proc/") ? { words } : undefined
}

/** The command a file is named after: "ss_-tan_state_time-wait.txt"; empty when it is not one. */
export function commandOfFile(file: FileHint): readonly string[] {
  const words = file.name
    .replace(/\.(?:txt|log|out|text)$/, "")
    .split(/[_\s]+/)
    .filter((word) => word !== "")
  return programs.has(words[0] ?? "") ? words : []
}

/** "/usr/sbin/ss" → "ss" */
export function programOf(word: string): string {
  return word.slice(word.lastIndexOf("/") + 1)
}

function unixCommandOf(text: string): string | undefined {
  for (const prompt of unixPrompts) {
    const command = prompt.exec(text)?.[1]
    if (command !== undefined) return command
  }
  return commandOf(text)
}

function unwrap(all: readonly string[]): readonly string[] {
  const stop = all.findIndex((word) => /^(?:[|;&]|\d?>)/.test(word))
  let words = stop < 0 ? all : all.slice(0, stop)
  for (let depth = 0; depth < 6; depth++) {
    const inner = unwrapOnce(words)
    if (inner === words) break
    words = inner
  }
  return words.map((word) => word.replace(/^['"]|['";]$/g, "")).filter((word) => word !== "")
}

function unwrapOnce(words: readonly string[]): readonly string[] {
  const [first = "", second, third] = words
  const program = programOf(first)
  if (/^\w+=/.test(first) || program === "time" || program === "exec") return words.slice(1)
  if (program === "sudo" || program === "doas") return words.slice(second?.startsWith("-") ? 2 : 1)
  if (program === "timeout" || program === "nice") return words.slice(2)
  if (program === "ip" && second === "netns" && third === "exec") return words.slice(4)
  if (program === "docker" || program === "kubectl" || program === "nsenter") {
    const dashes = words.indexOf("--")
    if (dashes > 0) return words.slice(dashes + 1)
    const inner = words.findIndex((word, at) => at > 0 && programs.has(programOf(word)))
    return inner > 0 ? words.slice(inner) : words
  }
  return words
}
