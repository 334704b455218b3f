/**
 * `nft list ruleset` (with or without -a): the rules that drop, reject, limit, count connections or
 * translate, with their counters. Not an evaluator of the policy. Follows nftables src/rule.c for
 * the layout.
 */
import { FilterRules } from "./filter-rules.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"

const tableLine = /^\s*table (?:(ip|ip6|inet|arp|bridge|netdev) )?(\S+) \{/
const verdict = /(?:^|\s)(drop|reject|masquerade|snat|redirect|queue|accept|tproxy)(?=\s|$)/
const holds = new RegExp(
  [
    String.raw`(?:^|\s)(?:drop|reject|masquerade|snat)(?:\s|$)|ct count|`,
    String.raw`(?:^|\s)limit rate|(?:^|\s)quota (?:over |until )?\d|(?:^|\s)meter\s`,
  ].join(""),
)

export const nftReader: Reader = {
  format: "nft",
  title: "Rules of nft list ruleset",
  sniff: (line) => (line.includes("table ") && tableLine.test(line) ? 0.95 : 0),
  open: (context) => new NftSection(context),
}

class NftSection implements Section {
  readonly #context: SectionContext
  readonly #rules: FilterRules
  #depth = 0
  #table = ""
  #chain = ""
  #block = ""

  constructor(context: SectionContext) {
    this.#context = context
    this.#rules = new FilterRules("nft", context)
  }

  line(raw: string): boolean {
    const text = withoutHandle(raw).trim()
    if (text === "" || text.startsWith("#")) return this.#depth > 0 || text === ""
    if (this.#depth === 0) {
      const table = tableLine.exec(text)
      if (table === null) return false
      this.#table = `${table[1] ?? "ip"} ${table[2] ?? ""}`
      this.#depth = text.endsWith("}") ? 0 : 1
      return true
    }
    if (text === "}") this.#depth--
    else if (this.#depth === 1) this.#open(text)
    else this.#inside(text)
    return true
  }

  end(): void {
    if (this.#depth > 0) {
      this.#context.odd("section-truncated", `The ruleset ends inside table ${this.#table}`)
    }
    this.#rules.emit()
    this.#context.mark({ system: "linux", dialect: "nftables" })
  }

  #open(text: string): void {
    const block =
      /^(chain|set|map|flowtable|counter|quota|ct \w+|limit|synproxy|secmark) ("?\S+"?) \{/.exec(
        text,
      )
    if (block === null) return
    this.#block = block[1] ?? ""
    this.#chain = block[2] ?? ""
    if (!text.endsWith("}")) this.#depth++
  }

  #inside(text: string): void {
    if (this.#block !== "chain") {
      // elements = { … } over several lines closes with its own brace at the line's end.
      if (text.endsWith("{")) this.#depth++
      else if (this.#depth > 2 && text.endsWith("}")) this.#depth--
      return
    }
    const base = /^type \w+ hook (\w+) .*?;(?: policy (\w+);)?/.exec(text)
    if (base !== null) {
      this.#rules.hook(this.#table, this.#chain, base[1] ?? "")
      if (base[2] === "drop") this.#rule("policy drop", "drop", undefined)
      return
    }
    for (const [, to = ""] of text.matchAll(/(?:^|\s)(?:jump|goto) ([\w.-]+)/g)) {
      this.#rules.jump(this.#table, this.#chain, to)
    }
    if (!holds.test(text)) return
    const packets = /counter packets (\d+) bytes \d+/.exec(text)?.[1]
    const bare = text.replace(/"[^"]*"/g, '""')
    const action = verdict.exec(bare)?.[1] ?? "continue"
    this.#rule(text, action, packets === undefined ? undefined : Number(packets))
  }

  #rule(text: string, action: string, packets: number | undefined): void {
    const rule = { table: this.#table, chain: this.#chain, text, action, at: this.#context.here() }
    this.#rules.add(packets === undefined ? rule : { ...rule, packets })
  }
}

/** A rule without the handle that `nft -a` puts behind it. */
function withoutHandle(line: string): string {
  const at = line.lastIndexOf("# handle ")
  return at < 0 || !/^\d{1,20}\s*$/.test(line.slice(at + 9, at + 40)) ? line : line.slice(0, at)
}
