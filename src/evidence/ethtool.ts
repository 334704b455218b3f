/**
 * `ethtool -S`: of hundreds of driver counters, those that say a cloud refused something: the
 * allowance counters of AWS's ena driver (…_allowance_exceeded, conntrack_allowance_available), and
 * drops. `of` is the interface where the command line or the file name tells it.
 */
import type { Reader, Section, SectionContext } from "./reader.ts"
import { commandOfFile, parseShellLine, programOf } from "./shell-line.ts"

const row = /^\s+([\w.()[\]: -]*[\w)\]]):\s+(\d{1,20})\s*$/
const relevant = new RegExp(
  [
    "allowance|^(?:rx_drops?|rx_dropped|tx_dropped|tx_drops?|rx_missed_errors|",
    "rx_no_buffer_count|rx_overruns?)$",
  ].join(""),
)

export const ethtoolReader: Reader = {
  format: "ethtool",
  title: "Interface counters of ethtool -S",
  sniff: (line, ahead) => {
    if (/^NIC statistics:\s*$/.test(line)) return 0.95
    if (/^\s+\w+_allowance_\w+: \d+/.test(line)) return 0.9
    if (!line.includes("ethtool")) return 0
    return ahead.some((next) => /^NIC statistics:/.test(next)) ? 0.95 : 0
  },
  open: (context) => new EthtoolSection(context),
}

class EthtoolSection implements Section {
  readonly #context: SectionContext
  #of: string | undefined
  #rows = 0
  #headed = false

  constructor(context: SectionContext) {
    this.#context = context
    this.#of = interfaceOf(commandOfFile(context.file))
  }

  line(text: string): boolean {
    const match = text.length > 300 ? null : row.exec(text)
    if (match !== null) {
      this.#rows++
      this.#counter((match[1] ?? "").trim(), match[2] ?? "")
      return true
    }
    if (text.trim() === "") return true
    if (/^NIC statistics:/.test(text)) {
      if (this.#headed || this.#rows > 0) return false
      this.#headed = true
      return true
    }
    if (this.#headed || !text.includes("ethtool")) return /^\s+\S+.*:/.test(text)
    const shell = parseShellLine(text)
    this.#of = interfaceOf(shell?.words ?? [])
    if (shell?.host !== undefined) this.#context.mark({ host: shell.host })
    return shell !== undefined
  }

  end(): void {
    this.#context.mark({ system: "linux" })
  }

  #counter(name: string, value: string): void {
    if (!relevant.test(name)) return
    const at = this.#context.here()
    const counter = { kind: "counter", name: `ethtool.${name}`, value: Number(value), at } as const
    this.#context.emit(this.#of === undefined ? counter : { ...counter, of: this.#of })
  }
}

function interfaceOf(words: readonly string[]): string | undefined {
  if (programOf(words[0] ?? "") !== "ethtool") return undefined
  return words.slice(1).find((word) => /^[a-z][\w.@-]*$/.test(word))
}
