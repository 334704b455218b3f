/** Names are not resolved: the failure is before the first SYN. Not a pool; a rival. */
import { formatCount, formatMany } from "../../model/quantity.ts"
import { failuresOf } from "../attempt-groups.ts"
import { Brief, type Hypothesis } from "../hypothesis.ts"

const NAMES = [
  "ENOTFOUND",
  "EAI_AGAIN",
  "EAI_NONAME",
  "EAI_FAIL",
  "EAI_NODATA",
  "WSAHOST_NOT_FOUND",
  "WSATRY_AGAIN",
  "WSANO_DATA",
  "WSANO_RECOVERY",
  "EAI_SYSTEM",
] as const

export const nameResolution: Hypothesis = {
  limit: "name-resolution",
  symptom: "other",
  wants: {
    what: "nslookup or dig for the target's name",
    why: "errors 53 and 1203 look like names and mostly are not",
  },
  weigh: (view) => {
    const brief = new Brief()
    const failed = failuresOf(view.attempts, ...NAMES)
    if (failed > 0) {
      const name = NAMES.find((each) => view.attempts.example.has(each)) ?? ""
      const share = failed / Math.max(1, view.attempts.failed)
      brief.for(
        share > 0.5 ? 28 : 17,
        `${formatMany(failed, "attempt", "attempts")} failed with ${name}`,
        view.attempts.example.get(name)?.at,
      )
    }
    for (const fact of view.host.facts.filter((each) => each.name === "name-answer").slice(0, 6)) {
      const error = fact.data["error"]
      const name = String(fact.data["name"] ?? "")
      if (error !== undefined) brief.for(15, `${name}: ${String(error)}`, fact.at)
      else brief.against(9, `${name} is resolved`, fact.at)
    }
    const queries = view.counter("wire.dns-queries")
    const answers = view.counter("wire.dns-answers")
    if (queries !== undefined && queries.value >= 2) {
      const share = (answers?.value ?? 0) / queries.value
      const says = `${formatCount(queries.value)} DNS queries left, ${formatCount(answers?.value ?? 0)} were answered`
      if (share < 0.2) brief.for(28, says, queries.at)
      else if (share > 0.8) brief.against(12, says, queries.at)
    }
    if (brief.isEmpty) return []
    return [
      {
        subject: "names",
        says: "Names are not resolved, so no connection is even tried",
        exhibits: brief.exhibits,
      },
    ]
  },
}
