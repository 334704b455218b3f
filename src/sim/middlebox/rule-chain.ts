/**
 * The rules of a box, one after another: what they say of a new connection, and which of them count a flow. The flow's
 * marks keep one bit for each rule that counts it, from RULE_SHIFT on.
 */
import type { FlowTable } from "./flow-table.ts"
import { ICMP, PASS, type Passage, Pool, type Verdict } from "./middlebox.ts"
import { type Rule, RuleState } from "./rules.ts"

/** First bit of a flow's marks that is the rules'. */
export const RULE_SHIFT = 12
const rulesMost = 32 - RULE_SHIFT

export class RuleChain {
  readonly pools: readonly Pool[]
  readonly #rules: readonly RuleState[]
  readonly #table: FlowTable
  readonly #passage: Passage
  #now = 0

  constructor(rules: readonly Rule[], table: FlowTable, passage: Passage) {
    if (rules.length > rulesMost) {
      throw new RangeError(`at most ${rulesMost} rules, not ${rules.length}`)
    }
    this.#rules = rules.map((rule) => new RuleState(rule))
    this.#table = table
    this.#passage = passage
    this.pools = this.#rules.map((state) => {
      const { kind, over, per = "rule", burst = 5 } = state.rule
      const used = (): number => state.used(this.#now)
      return kind === "count"
        ? new Pool("firewall-concurrent", per, over, used)
        : new Pool("firewall-rate", per, burst, used)
    })
  }

  /** What is said of a new connection: PASS, or the verdict of the first rule that it is too much for. */
  judge(now: number, from: number, to: number, toPort: number): Verdict {
    this.#now = now
    for (let index = 0; index < this.#rules.length; index++) {
      const state = this.#rules[index] as RuleState
      if (!state.isFor(from, to, toPort) || !state.isOver(now, from, to)) continue
      return this.#refuse(now, index, state)
    }
    return PASS
  }

  /** A SYN that is repeated spends of the rates again; it is counted already. */
  judgeAgain(now: number, flow: number): Verdict {
    this.#now = now
    const table = this.#table
    const from = table.from(flow)
    const to = table.to(flow)
    for (let index = 0; index < this.#rules.length; index++) {
      const state = this.#rules[index] as RuleState
      if (state.rule.kind !== "rate" || !state.isFor(from, to, table.toPort(flow))) continue
      if (state.isOver(now, from, to)) return this.#refuse(now, index, state)
    }
    return PASS
  }

  /** A connection that passed now counts. */
  count(flow: number): void {
    const table = this.#table
    const from = table.from(flow)
    const to = table.to(flow)
    let bits = 0
    for (let index = 0; index < this.#rules.length; index++) {
      const state = this.#rules[index] as RuleState
      if (state.rule.kind !== "count" || !state.isFor(from, to, table.toPort(flow))) continue
      state.count(table, flow, 1)
      bits |= 1 << (RULE_SHIFT + index)
    }
    table.marks[flow] = (table.marks[flow] ?? 0) | bits
  }

  /** It counts no more. */
  uncount(flow: number): void {
    const table = this.#table
    const marks = table.marks[flow] ?? 0
    const bits = marks >>> RULE_SHIFT
    if (bits === 0) return
    for (let index = 0; index < this.#rules.length; index++) {
      if ((bits & (1 << index)) !== 0) this.#rules[index]?.count(table, flow, -1)
    }
    table.marks[flow] = marks & ((1 << RULE_SHIFT) - 1)
  }

  #refuse(now: number, index: number, state: RuleState): Verdict {
    this.pools[index]?.refuse(now)
    if (state.verdict === ICMP) this.#passage.icmpCode = state.icmpCode
    return state.verdict
  }
}
