/** Filter rules whose packet counts grew between snapshots, and what kind of rule each is. */
import type { Citation, LogObservation } from "../model/observation.ts"
import type { View } from "./view.ts"

export type MovedRule = {
  readonly text: string
  readonly by: number
  readonly cite: Citation
  readonly isOutput: boolean
  readonly isNat: boolean
  readonly isDrop: boolean
}

/** Most hits first. Needs two listings with counters. */
export function movedRules(view: View): readonly MovedRule[] {
  const listings = view.host.snapshots.filter((snapshot) => snapshot.rules.length > 0)
  const first = listings[0]
  const last = listings.at(-1)
  if (first === undefined || last === undefined || first === last) return []
  const before = new Map(keyed(first.rules).map(([key, rule]) => [key, rule.packets ?? 0]))
  const moved: MovedRule[] = []
  for (const [key, rule] of keyed(last.rules)) {
    const by = (rule.packets ?? 0) - (before.get(key) ?? 0)
    const isDrop = /drop|reject/i.test(rule.action)
    if (by <= 0 || !isDrop) continue
    const text = rule.rule ?? rule.action
    const where = `${rule.source} ${text}`
    moved.push({
      text,
      by,
      cite: rule.at,
      isDrop,
      isOutput: /output|postrouting/i.test(where) || !/forward|input|prerouting/i.test(where),
      isNat: /masquerade|snat/i.test(text),
    })
  }
  return moved.sort((a, b) => b.by - a.by)
}

/** Each rule with a key of its own: of several with the same words, the order tells which is which. */
function keyed(rules: readonly LogObservation[]): readonly (readonly [string, LogObservation])[] {
  const seen = new Map<string, number>()
  return rules.map((rule) => {
    const key = ruleKey(rule.source, rule.rule)
    const repeat = seen.get(key) ?? 0
    seen.set(key, repeat + 1)
    return [`${key} ${repeat}`, rule]
  })
}

/** A rule without its counter: the counter is what changes between listings. */
function ruleKey(source: string, text: string | undefined): string {
  return `${source} ${(text ?? "").replace(/counter packets \d+ bytes \d+/g, "counter")}`
}
