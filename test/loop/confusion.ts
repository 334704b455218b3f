/** What was planted against what was diagnosed. */
import type { Judgement } from "./judge.ts"

/** One line a planted limit: how many were right, and what the others were taken for. */
export function confusionMatrix(judgements: readonly Judgement[]): string {
  const planted = [...new Set(judgements.map(({ family }) => family.limit))]
  const width = Math.max(...planted.map((limit) => limit.length))
  const lines = planted.map((limit) => {
    const ofLimit = judgements.filter(({ family }) => family.limit === limit)
    const right = ofLimit.filter(({ isRight }) => isRight).length
    const wrong = new Map<string, number>()
    for (const { isRight, got } of ofLimit) if (!isRight) wrong.set(got, (wrong.get(got) ?? 0) + 1)
    const others = [...wrong].map(([got, times]) => `${got} ${times}`).join(", ")
    return `${limit.padEnd(width)}  ${`${right}`.padStart(3)} of ${`${ofLimit.length}`.padStart(3)}  ${others}`.trimEnd()
  })
  const right = judgements.filter(({ isRight }) => isRight).length
  const share = ((100 * right) / judgements.length).toFixed(1)
  return [...lines, `${right} of ${judgements.length} planted causes are first: ${share} %`].join(
    "\n",
  )
}
