/**
 * `conntrack -S` in its layouts: "cpu=0 found=0 …" a line a CPU (1.0 to 1.4), "cpu=0 (kernel) …",
 * and the older one with a name and a total a line; and `conntrack -C`. Counters are summed over
 * the CPUs.
 */
import type { Reader, Section, SectionContext } from "./reader.ts"
import { commandOfFile, parseShellLine, programOf } from "./shell-line.ts"

/** Names of /proc/net/stat/nf_conntrack → names of conntrack -S, where they differ. */
const sameAs: ReadonlyMap<string, string> = new Map([
  ["clashres", "clash_resolve"],
  ["icmp_error", "error"],
  // The column kept its old heading when the kernel put another counter into it (5.15).
  ["chainlength", "chaintoolong"],
])

/** Sums by column name → counters named as in catalog/counters.ts, in the order of the columns. */
export function conntrackTotals(
  sums: ReadonlyMap<string, number>,
): readonly (readonly [string, number])[] {
  return [...sums].map(([name, value]) => [`conntrack.${sameAs.get(name) ?? name}`, value] as const)
}

const cpuLine = /^(?:cpu=(?:\d+|total)\s+|\(?expect)/
const oldLine = new RegExp(
  [
    "^(entries|searched|found|new|invalid|ignore|delete|delete_list|insert|insert_failed|drop|",
    "early_drop|icmp_error|expect_new|expect_create|expect_delete|search_restart|error|",
    String.raw`clash_resolve|chaintoolong)\s+(\d{1,19})\s*$`,
  ].join(""),
)

export const conntrackStatsReader: Reader = {
  format: "conntrack-stats",
  title: "Counters of conntrack -S",
  begins: "abcdefghijklmnopqrstuvwxyz",
  sniff: (line, ahead) => {
    const code = line.charCodeAt(0)
    if (code < 97 || code > 122) return 0
    if (/^cpu=\d+\s+(?:\(|[a-z_]+=\d)/.test(line)) return 0.95
    const isOld = oldLine.test(line) && ahead.filter((next) => oldLine.test(next)).length >= 3
    return isOld ? 0.9 : 0
  },
  open: (context) => new StatsSection(context),
}

class StatsSection implements Section {
  readonly #context: SectionContext
  readonly #sums = new Map<string, number>()
  #line = 0

  constructor(context: SectionContext) {
    this.#context = context
  }

  line(text: string): boolean {
    if (text.trim() === "") return true
    const old = oldLine.exec(text)
    if (old !== null) {
      this.#add(old[1] ?? "", old[2] ?? "")
      return true
    }
    if (!cpuLine.test(text)) return false
    for (const [, name = "", value = ""] of text.matchAll(/([a-z_]+)=(\S+)/g)) {
      if (name !== "cpu") this.#add(name, value)
    }
    return true
  }

  end(): void {
    const at = this.#context.here(this.#line)
    for (const [name, value] of conntrackTotals(this.#sums)) {
      const counter = name === "conntrack.entries" ? "conntrack.count" : name
      this.#context.emit({ kind: "counter", name: counter, value, at })
    }
    this.#context.mark({ system: "linux" })
  }

  #add(name: string, text: string): void {
    this.#line = this.#context.lineNumber()
    if (!/^\d{1,19}$/.test(text)) {
      this.#context.odd("value-malformed", `${name}: ${text.slice(0, 40)}`)
      return
    }
    this.#sums.set(name, (this.#sums.get(name) ?? 0) + Number(text))
  }
}

/** `conntrack -C`: a bare number, so the command or the file name must say what it is. */
export const conntrackCountReader: Reader = {
  format: "conntrack-count",
  title: "Entries counted by conntrack -C",
  sniff: (line, ahead, file) => {
    if (/^\d{1,10}\s*$/.test(line)) return isCountFile(file.name) ? 0.9 : 0
    if (!line.includes("conntrack")) return 0
    return isCount(parseShellLine(line)?.words) && /^\d+\s*$/.test(ahead[0] ?? "") ? 0.95 : 0
  },
  open: (context) => {
    let isTaken = false
    return {
      line: (text) => {
        if (isTaken) return text.trim() === ""
        const shell = parseShellLine(text)
        if (shell !== undefined) {
          if (shell.host !== undefined) context.mark({ host: shell.host })
          return isCount(shell.words)
        }
        if (!/^\d{1,10}\s*$/.test(text)) return false
        isTaken = true
        context.emit({
          kind: "counter",
          name: "conntrack.count",
          value: Number(text),
          at: context.here(),
        })
        return true
      },
    }
  },
}

function isCount(words: readonly string[] | undefined): boolean {
  if (words === undefined || programOf(words[0] ?? "") !== "conntrack") return false
  return words.some((word) => word === "-C" || word === "--count" || word === "-c")
}

function isCountFile(name: string): boolean {
  if (/conntrack[-_. ]*(?:-c|count|c)(?:\.\w+)?$/.test(name)) return true
  return isCount(commandOfFile({ path: name, name }))
}
