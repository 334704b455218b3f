/**
 * What stands between outputs in a transcript: prompts ("[root@web ~]# ss -tan"), rulers, `date`,
 * `hostname` and `uname` with their answers, and commands whose answer is a bare value (`cat
 * /proc/sys/…`, `sysctl -n`, `conntrack -C`, `ulimit -n`). It marks time and host for what follows
 * and reads those values.
 */
import { readLogTime } from "./client-log-time.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"
import { parseShellLine, programOf, type ShellLine } from "./shell-line.ts"
import { emitSysctl, sysctlNameOfPath } from "./sysctl-value.ts"
import { emitUlimitAnswer, ulimitAsked } from "./ulimit.ts"

export const transcriptReader: Reader = {
  format: "transcript",
  title: "Prompts, dates and host names of a transcript",
  sniff: (line) => {
    if (line.length > 300) return 0
    if (uname.test(line)) return 0.8
    if (parseShellLine(line) !== undefined) return 0.5
    return dateOf(line) === undefined ? 0 : 0.6
  },
  open: (context) => new TranscriptSection(context),
}

const uname = /^(Linux|Darwin|FreeBSD|OpenBSD|NetBSD|SunOS|AIX) (\S+) (\d[\w.+~-]*) /

/** How a value that follows a command is read. */
type Answer = (text: string) => boolean

class TranscriptSection implements Section {
  readonly #context: SectionContext
  #answers: Answer[] = []
  #count = 0
  #hostName = ""

  constructor(context: SectionContext) {
    this.#context = context
  }

  line(text: string): boolean {
    if (text.trim() === "") return this.#count > 0
    if (text.length > 4000) return false
    const answer = this.#answers.shift()
    if (answer?.(text) === true) return true
    this.#answers = []
    this.#count++
    return this.#system(text) || this.#shell(text) || this.#date(text)
  }

  #system(text: string): boolean {
    const match = uname.exec(text)
    if (match === null) return false
    const [, name = "", host = "", release = ""] = match
    const system = name === "Darwin" ? "macos" : name.toLowerCase()
    const version = name === "Darwin" ? "" : ` ${release}`
    this.#context.mark({ host, system: `${system}${version}` })
    this.#host(host)
    return true
  }

  #shell(text: string): boolean {
    const shell = parseShellLine(text)
    if (shell === undefined) return false
    // Another reader begins with its own command line: leave it the line.
    if (this.#count > 1 && claimsItsCommand(shell)) return false
    if (shell.host !== undefined) {
      this.#context.mark({ host: shell.host })
      this.#host(shell.host)
    }
    const ruled = dateOf(text)
    if (ruled !== undefined) this.#context.mark({ time: ruled })
    this.#answers = answersOf(shell, text, this.#context)
    return true
  }

  #date(text: string): boolean {
    const time = dateOf(text)
    if (time === undefined) return false
    this.#context.mark({ time })
    return true
  }

  #host(name: string): void {
    if (name === this.#hostName) return
    this.#hostName = name
    this.#context.emit({ kind: "fact", name: "host", data: { name }, at: this.#context.here() })
  }
}

/** Commands that ss.ts, ss-summary.ts, conntrack-stats.ts, ethtool.ts and ulimit.ts want to see. */
function claimsItsCommand(shell: ShellLine): boolean {
  const [first = "", second = ""] = shell.words
  if (/^(?:ss|ethtool|prlimit|conntrack)$/.test(programOf(first))) return true
  return /^\/proc\/\d+\/limits$/.test(second) || /^\/proc\/\d+\/limits$/.test(first)
}

/** Readers of the bare lines that answer a command. */
function answersOf(shell: ShellLine, text: string, context: SectionContext): Answer[] {
  const [first = "", ...rest] = shell.words
  const program = programOf(first)
  const asked = ulimitAsked(text)
  if (asked !== undefined) return [valueAnswer((value) => emitUlimitAnswer(context, asked, value))]
  if (first.startsWith("/proc/sys/")) return settingAnswers(context, [first])
  if (program === "cat" || program === "head" || program === "tail") {
    if (rest.includes("/etc/hostname")) return [hostAnswer(context)]
    return settingAnswers(context, rest)
  }
  if (program === "sysctl" && rest.some((word) => /^-\w*[nb]/.test(word) || word === "--values")) {
    return rest
      .filter((word) => /^[a-z][\w./-]+$/.test(word))
      .map((name) => valueAnswer((value) => emitSysctl(context, name.replaceAll("/", "."), value)))
  }
  if (program === "hostname" && rest.every((word) => /^-[fsA]$|^--fqdn$/.test(word))) {
    return [hostAnswer(context)]
  }
  return []
}

function settingAnswers(context: SectionContext, paths: readonly string[]): Answer[] {
  const names = paths.flatMap((path) => sysctlNameOfPath(path) ?? [])
  return names.map((name) => valueAnswer((value) => emitSysctl(context, name, value)))
}

/** A line of numbers or of one word; an error message is no value. */
function valueAnswer(take: (value: string) => void): Answer {
  return (text) => {
    if (!/^-?\d[\d\s.,-]*$|^[\w-]{1,40}$/.test(text.trim())) return false
    take(text)
    return true
  }
}

function hostAnswer(context: SectionContext): Answer {
  return (text) => {
    const name = text.trim()
    if (!/^[A-Za-z0-9][\w.-]{0,252}$/.test(name)) return false
    context.mark({ host: name })
    context.emit({ kind: "fact", name: "host", data: { name }, at: context.here() })
    return true
  }
}

/** The instant of a line that is a date and nothing else but decoration and a label. */
function dateOf(line: string): number | undefined {
  if (line.length > 120 || !/\d:\d\d|\dT\d|\d{10}/.test(line) || !mayBeDate(line)) return undefined
  const text = line
    .replace(/^[\s=#*+>zZ-]*(?:\*{3})?/, "")
    .replace(/[\s=#*+<-]*$/, "")
    .replace(
      /^(?:date|time|timestamp|datum|now|snapshot|sample|at|begin|start|end)\b[\s:=#\d]{0,8}\s/i,
      "",
    )
  const twelve = twelveHours(text)
  const found = readLogTime(twelve)
  if (found?.instant === undefined) return undefined
  const rest = (twelve.slice(0, found.start) + twelve.slice(found.end)).replace(weekday, "")
  return /^[\s,.:;()[\]-]*(?:[A-Z]{3,5}|[+-]\d{4})?[\s,.:;()[\]-]*$/.test(rest)
    ? found.instant
    : undefined
}

/** A label, weekday, month, half of the day and zone are five words, none of them longer than "Wednesday". */
function mayBeDate(line: string): boolean {
  if (line.indexOf('"') !== line.lastIndexOf('"')) return false
  if (/(?:[A-Za-z]{2,}[^A-Za-z]+){6}[A-Za-z]{2}/.test(line)) return false
  return !/['`{}@%&?!|~$\\^]|[A-Za-z]{10}/.test(line)
}

const weekday = /\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:day|sday|nesday|rsday|urday)?\b/

/** "Fri Nov 20 08:52:46 PM UTC 2026", "Fri 20 Nov 2026 08:52:46 PM UTC" → the same in 24 hours. */
function twelveHours(text: string): string {
  return text.replace(/\b(\d{1,2}):(\d{2}:\d{2})\s+([AP])M\b/, (_all, hour, rest, half) => {
    const hours = (Number(hour) % 12) + (half === "P" ? 12 : 0)
    return `${String(hours).padStart(2, "0")}:${rest}`
  })
}
