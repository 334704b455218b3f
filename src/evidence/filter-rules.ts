/**
 * Rules of a packet filter that can hold connections back or translate them, as log observations
 * with their packet counts. A rule's text begins with its table and chain; a chain that is no
 * hook's own is followed back through the jumps to the hooks it is reached from, since a reader of
 * the verdict must know the direction.
 */
import type { Citation, LogObservation } from "../model/observation.ts"
import type { SectionContext } from "./reader.ts"

const rulesMax = 20_000
const chainsMax = 1_000

export type FilterRule = {
  readonly table: string
  readonly chain: string
  readonly text: string
  readonly action: string
  readonly packets?: number
  readonly at: Citation
}

/** The rules of one listing, emitted when the whole of it has been seen. */
export class FilterRules {
  readonly #source: "nft" | "iptables"
  readonly #context: SectionContext
  readonly #rules: FilterRule[] = []
  readonly #hooks = new Map<string, string>()
  readonly #callers = new Map<string, Set<string>>()
  readonly #reached = new Map<string, readonly string[]>()
  #cut = 0

  constructor(source: "nft" | "iptables", context: SectionContext) {
    this.#source = source
    this.#context = context
  }

  /** A chain is a hook's own. */
  hook(table: string, chain: string, hook: string): void {
    if (this.#hooks.size < chainsMax) this.#hooks.set(keyOf(table, chain), hook.toLowerCase())
  }

  /** A rule of `from` jumps to chain `to`. */
  jump(table: string, from: string, to: string): void {
    const key = keyOf(table, to)
    const callers = this.#callers.get(key)
    if (callers !== undefined) callers.add(keyOf(table, from))
    else if (this.#callers.size < chainsMax) this.#callers.set(key, new Set([keyOf(table, from)]))
  }

  add(rule: FilterRule): void {
    if (this.#rules.length < rulesMax) this.#rules.push(rule)
    else this.#cut++
  }

  emit(): void {
    for (const rule of this.#rules) this.#context.emit(this.#observation(rule))
    if (this.#cut > 0) {
      this.#context.odd("section-too-large", `${this.#cut} rules beyond ${rulesMax} were skipped`)
    }
    this.#rules.length = 0
    this.#reached.clear()
  }

  #observation(rule: FilterRule): LogObservation {
    const hooks = this.#hooksOf(rule).filter((hook) => hook !== rule.chain.toLowerCase())
    const where = hooks.length === 0 ? rule.chain : `${rule.chain} (${hooks.join(", ")})`
    const { action, at, packets } = rule
    const text = `${rule.table} ${where}: ${rule.text}`.slice(0, 600)
    const base = { kind: "log", source: this.#source, action, rule: text, at } as const
    return packets === undefined ? base : { ...base, packets }
  }

  /** The hooks a rule's chain is reached from; asked once a chain. */
  #hooksOf(rule: FilterRule): readonly string[] {
    const chain = keyOf(rule.table, rule.chain)
    const known = this.#reached.get(chain)
    if (known !== undefined) return known
    const hooks = this.#walk(chain)
    this.#reached.set(chain, hooks)
    return hooks
  }

  #walk(chain: string): readonly string[] {
    const found = new Set<string>()
    const seen = new Set<string>()
    const open = [chain]
    for (let key = open.pop(); key !== undefined; key = open.pop()) {
      if (seen.has(key) || seen.size > chainsMax) continue
      seen.add(key)
      const hook = this.#hooks.get(key)
      if (hook !== undefined) found.add(hook)
      open.push(...(this.#callers.get(key) ?? []))
    }
    return [...found].sort()
  }
}

function keyOf(table: string, chain: string): string {
  return `${table}\n${chain}`
}
