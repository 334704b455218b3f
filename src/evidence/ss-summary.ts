/**
 * `ss -s`: totals of sockets. "Total: 36", "TCP: 35 (estab 23, closed 6, orphaned 0, timewait 2)"
 * and a table of transports. Follows iproute2 misc/ss.c print_summary; before 4.20 the kernel's
 * totals stand in brackets.
 */
import type { Reader, Section, SectionContext } from "./reader.ts"
import { parseShellLine } from "./shell-line.ts"
import { isSummary } from "./ss-request.ts"

const totalLine = /^Total:\s+(\d+)(?:\s+\(kernel (\d+)\))?\s*$/
const tcpLine = /^TCP:\s+(\d+)\s+\((estab[^)]*)\)(?:, ports (\d+))?\s*$/
const transportLine = /^(\*|RAW|UDP|TCP|INET|FRAG)\s+(\d+)\s+(\d+|-)\s+(\d+|-)\s*$/

export const ssSummaryReader: Reader = {
  format: "ss-summary",
  title: "Socket totals of ss -s",
  sniff: (line, ahead) => {
    if (line.startsWith("T")) {
      if (tcpLine.test(line)) return 0.95
      return totalLine.test(line) && ahead[0]?.startsWith("TCP:") === true ? 0.95 : 0
    }
    if (!line.includes("ss ") || !ahead.some((next) => totalLine.test(next))) return 0
    const words = parseShellLine(line)?.words
    return words !== undefined && isSummary(words) ? 0.95 : 0
  },
  open: (context) => new SummarySection(context),
}

class SummarySection implements Section {
  readonly #context: SectionContext
  #hasTcp = false

  constructor(context: SectionContext) {
    this.#context = context
  }

  line(text: string): boolean {
    if (text.trim() === "" || /^Transport\s+Total\s+IP/.test(text)) return true
    const total = totalLine.exec(text)
    if (total !== null) return this.#emit({ total: total[1], kernel: total[2] })
    const tcp = tcpLine.exec(text)
    if (tcp !== null) {
      if (this.#hasTcp) return false
      this.#hasTcp = true
      this.#emit({ tcp: tcp[1], ports: tcp[3] })
      // "timewait 12/0": all, and those of another address family's table.
      const pairs = (tcp[2] ?? "").matchAll(/([a-z]+) (\d+)/g)
      return this.#emit(Object.fromEntries([...pairs].map(([, name, value]) => [name, value])))
    }
    const transport = transportLine.exec(text)
    if (transport !== null) {
      const name = transport[1] === "*" ? "kernel" : (transport[1] ?? "").toLowerCase()
      return this.#emit({ [`transport.${name}`]: transport[2] })
    }
    const shell = this.#hasTcp ? undefined : parseShellLine(text)
    if (shell?.host !== undefined) this.#context.mark({ host: shell.host })
    return shell !== undefined && isSummary(shell.words)
  }

  end(): void {
    this.#context.mark({ system: "linux", dialect: "iproute2" })
  }

  #emit(values: Readonly<Record<string, string | undefined>>): boolean {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) continue
      const at = this.#context.here()
      this.#context.emit({ kind: "counter", name: `ss.${name}`, value: Number(value), at })
    }
    return true
  }
}
