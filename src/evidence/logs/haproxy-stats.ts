/**
 * HAProxy's counters: `show info` (name: value) and `show stat` (CSV with its header "# pxname,svname,…"). Names and
 * meaning: HAProxy Management Guide, 9.1 and 9.3.
 */
import type { Reader, Section, SectionContext } from "../reader.ts"

/** Counted or gauged. */
const infoCounters: ReadonlySet<string> = new Set([
  "CurrConns",
  "CumConns",
  "ConnRate",
  "MaxConnRate",
  "SessRate",
  "CurrSslConns",
  "Idle_pct",
  "FailedResolutions",
])
/** Configured, or derived from what is. */
const infoSettings: ReadonlySet<string> = new Set([
  "Maxconn",
  "Hard_maxconn",
  "Maxsock",
  "Ulimit-n",
  "MaxSslConns",
  "ConnRateLimit",
  "SessRateLimit",
])
const statCounters = [
  "qcur",
  "qmax",
  "scur",
  "smax",
  "econ",
  "eresp",
  "wretr",
  "wredis",
  "dreq",
  "dcon",
  "dses",
] as const
const statSettings = ["slim", "qlimit"] as const
const lineLengthMax = 8192
const proxiesMax = 10_000

export const haproxyInfoReader: Reader = {
  format: "haproxy-info",
  title: "HAProxy show info",
  words: ["name: "],
  inLogs: false,
  begins: "N",
  sniff: (line) => (line === "Name: HAProxy" || /^Name: hapee/i.test(line) ? 0.95 : 0),
  open: (context) => ({ line: (text) => takeInfo(text, context) }),
}

export const haproxyStatReader: Reader = {
  format: "haproxy-stat",
  title: "HAProxy show stat (CSV)",
  words: ["# pxname"],
  inLogs: false,
  begins: "#",
  sniff: (line) => (line.startsWith("# pxname,svname,") ? 0.95 : 0),
  open: (context) => new StatSection(context).section(),
}

function takeInfo(text: string, context: SectionContext): boolean {
  const colon = text.indexOf(": ")
  if (colon < 0 || text.length > lineLengthMax) return /^[A-Za-z_-]{2,40}:$/.test(text)
  const name = text.slice(0, colon)
  if (!/^[A-Za-z][\w().-]{1,40}$/.test(name)) return false
  const value = Number(text.slice(colon + 2).trim())
  if (!Number.isFinite(value)) return true
  const at = context.here()
  if (infoCounters.has(name)) context.emit({ kind: "counter", at, name: `haproxy.${name}`, value })
  // 0 stands for no limit.
  if (infoSettings.has(name) && value > 0) {
    context.emit({ kind: "setting", at, name: `haproxy.${name}`, value })
  }
  return true
}

class StatSection {
  readonly #context: SectionContext
  #columns = new Map<string, number>()
  #rows = 0

  constructor(context: SectionContext) {
    this.#context = context
  }

  section(): Section {
    return { line: (text) => this.#line(text) }
  }

  #line(text: string): boolean {
    if (text.length > lineLengthMax) return false
    if (text.startsWith("# pxname,")) {
      const names = text.slice(2).split(",")
      this.#columns = new Map(names.map((name, index) => [name, index]))
      return true
    }
    const cells = text.split(",")
    const [proxy = "", server = ""] = cells
    if (cells.length < 8 || proxy === "" || server === "") return text === ""
    if (++this.#rows > proxiesMax) return true
    const of = ` ${proxy}/${server}`.slice(1)
    const at = this.#context.here()
    for (const name of statCounters) {
      const value = this.#number(cells, name)
      if (value !== undefined)
        this.#context.emit({ kind: "counter", at, name: `haproxy.${name}`, value, of })
    }
    for (const name of statSettings) {
      const value = this.#number(cells, name)
      if (value !== undefined && value > 0) {
        this.#context.emit({ kind: "setting", at, name: `haproxy.${name}`, value, of })
      }
    }
    return true
  }

  #number(cells: readonly string[], name: string): number | undefined {
    const cell = cells[this.#columns.get(name) ?? -1]
    return cell === undefined || !/^\d{1,15}$/.test(cell) ? undefined : Number(cell)
  }
}
