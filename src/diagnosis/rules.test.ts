import assert from "node:assert/strict"
import { test } from "node:test"
import { hostOf } from "../../test/host-evidence.ts"
import type { LogObservation } from "../model/observation.ts"
import { movedRules } from "./rules.ts"
import { viewOf } from "./view.ts"

type Rule = Partial<LogObservation> & { readonly packets: number }

/** What moved between listings, as "text +n". */
function moved(...listings: readonly (readonly Rule[])[]): readonly string[] {
  const moments = listings.map((rules) => ({
    rules: rules.map(
      (rule): LogObservation => ({
        kind: "log",
        source: "nft inet filter output",
        action: "drop",
        at: { source: "nft.txt" },
        ...rule,
      }),
    ),
  }))
  return movedRules(viewOf(hostOf({ moments }))).map(({ text, by }) => `${text} +${by}`)
}

const drop = (packets: number, rule = "tcp dport 445 drop"): Rule => ({ rule, packets })

test("one listing shows no motion", () => assert.deepEqual(moved([drop(9)]), []))

test("rules that dropped more packets moved, most first", () => {
  const found = moved([drop(5), drop(0, "drop")], [drop(7), drop(40, "drop")])
  assert.deepEqual(found, ["drop +40", "tcp dport 445 drop +2"])
})

test("a rule that is new counts from nothing", () => {
  assert.deepEqual(moved([drop(5)], [drop(5), drop(3, "drop")]), ["drop +3"])
})

test("counters that stand still or begin anew did not move", () => {
  assert.deepEqual(moved([drop(5)], [drop(5)]), [])
  assert.deepEqual(moved([drop(5)], [drop(1)]), [])
})

test("two rules of the same words are two rules", () => {
  assert.deepEqual(moved([drop(100), drop(5)], [drop(100), drop(5)]), [])
  assert.deepEqual(moved([drop(100), drop(5)], [drop(100), drop(9)]), ["tcp dport 445 drop +4"])
})

test("the counter inside a rule's text is not part of what it says", () => {
  const text = (count: number): string =>
    `tcp dport 445 counter packets ${count} bytes ${count * 60} drop`
  const found = moved([{ rule: text(5), packets: 5 }], [{ rule: text(9), packets: 9 }])
  assert.deepEqual(found, [`${text(9)} +4`])
})

test("only rules that drop or reject count", () => {
  const accept = (packets: number): Rule => ({ action: "accept", rule: "accept", packets })
  assert.deepEqual(moved([accept(1)], [accept(99)]), [])
})

test("a rule's chain says whether this machine's own packets meet it", () => {
  const of = (source: string): boolean | undefined => {
    const at = { source: "nft.txt" }
    const rule = (packets: number): LogObservation => ({
      kind: "log",
      source,
      action: "drop",
      packets,
      at,
    })
    const view = viewOf(hostOf({ moments: [{ rules: [rule(1)] }, { rules: [rule(2)] }] }))
    return movedRules(view)[0]?.isOutput
  }
  assert.deepEqual(
    ["nft inet filter output", "nft ip mine", "nft inet filter forward", "iptables INPUT"].map(of),
    [true, true, false, false],
  )
})
