/** Filter rules whose packet counts grew between snapshots, and what kind of rule each is. */
import type { Citation } from "../model/observation.ts"
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
  const before = new Map<string, number>()
  for (const rule of first.rules) before.set(ruleKey(rule.source, rule.rule), rule.packets ?? 0)
  const moved: MovedRule[] = []
  for (const rule of last.rules) {
    const by = (rule.packets ?? 0) - (before.get(ruleKey(rule.source, rule.rule)) ?? 0)
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

/** A rule without its counter: the counter is what changes between listings. */
function ruleKey(source: string, text: string | undefined): string {
  return `${source} ${(text ?? "").replace(/counter packets \d+ bytes \d+/g, "counter")}`
}
