/** What a firewall's own code for a refusal means: ISA and TMG results, Cisco ASA message numbers. */
import { ASA_EVENTS } from "../catalog/events-asa.ts"
import { isaResult } from "../evidence/logs/isa-result.ts"
import type { FailedGroup } from "./failed-groups.ts"

const prefix = "denied: "

/** The same groups with words beside the codes that are known. */
export function explainDenials(groups: readonly FailedGroup[]): readonly FailedGroup[] {
  return groups.map((group) => {
    if (!group.outcome.startsWith(prefix)) return group
    const code = group.outcome.slice(prefix.length)
    const meaning = meaningOf(code)
    return meaning === undefined ? group : { ...group, outcome: `${prefix}${meaning} (${code})` }
  })
}

function meaningOf(code: string): string | undefined {
  // Six digits and nothing else are a message number; ISA's decimal codes are far longer.
  const text = /^\d{6}$/.test(code)
    ? ASA_EVENTS.find(({ id }) => id === code)?.meaning
    : isaResult(code)?.meaning
  const [sentence = ""] = (text ?? "").split(". ")
  if (sentence === "") return undefined
  const isWord = /^[A-Z][a-z]/.test(sentence)
  return isWord ? sentence.charAt(0).toLowerCase() + sentence.slice(1) : sentence
}
