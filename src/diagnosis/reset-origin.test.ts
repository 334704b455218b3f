import assert from "node:assert/strict"
import { test } from "node:test"
import { hostOf } from "../../test/host-evidence.ts"
import type { AttemptObservation } from "../model/observation.ts"
import { endpointsOf } from "./endpoints.ts"
import { type ResetOrigin, resetOrigin } from "./reset-origin.ts"
import { viewOf } from "./view.ts"

/** Times to live of SYN-ACKs and of resets of one host: [port, answered, time to live]. */
type Answer = readonly [port: number, answer: "syn-ack" | "rst", ttl?: number]

function origin(...answers: readonly Answer[]): ResetOrigin {
  const attempts = answers.map(([port, answer, ttl]): Partial<AttemptObservation> => {
    const ok = answer === "syn-ack"
    const to = { address: "10.0.1.2", port }
    return {
      ok,
      to,
      answer,
      ...(ok ? {} : { error: "ECONNREFUSED" }),
      ...(ttl === undefined ? {} : { ttl }),
    }
  })
  const { all } = endpointsOf(viewOf(hostOf({ attempts })))
  return resetOrigin(
    all.filter(({ refused }) => refused > 0),
    all,
  )
}

const cases: readonly (readonly [name: string, answers: readonly Answer[], want: ResetOrigin])[] = [
  [
    "as far away as its other answers",
    [
      [80, "syn-ack", 62],
      [22, "rst", 62],
    ],
    "target",
  ],
  [
    "nearer than its other answers",
    [
      [80, "syn-ack", 62],
      [22, "rst", 63],
    ],
    "middlebox",
  ],
  [
    "nearer, with another start value",
    [
      [80, "syn-ack", 62],
      [22, "rst", 255],
    ],
    "middlebox",
  ],
  [
    "of the very port that also accepts",
    [
      [80, "syn-ack", 62],
      [80, "rst", 64],
    ],
    "middlebox",
  ],
  ["with nothing to compare", [[22, "rst", 64]], "unknown"],
  [
    "not seen on the wire",
    [
      [80, "syn-ack"],
      [22, "rst"],
    ],
    "unknown",
  ],
  [
    "from farther than the target",
    [
      [80, "syn-ack", 63],
      [22, "rst", 60],
    ],
    "unknown",
  ],
]

for (const [name, answers, want] of cases) {
  test(`a reset ${name} is from: ${want}`, () => assert.equal(origin(...answers), want))
}
