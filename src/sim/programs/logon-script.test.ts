import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { outcomeOf, runOf } from "../../../test/outcomes.ts"
import type { Change } from "../scenario/change.ts"

const example = readFileSync(
  new URL("../../../examples/003-logon-script.yaml", import.meta.url),
  "utf8",
)
const changes = (values: Readonly<Record<string, string | number>>): readonly Change[] =>
  Object.entries(values).map(([key, value]) => ({ key, value }))

const utilities = { "workstation.settings": "{}" }
const version22 = { ...utilities, "workstation.profile": "lanman-2.2" }
const others = { "logon-script.others": 2 }

/** KB Q94246: control blocks, and how many of the six resources of the second logon fail. */
const logons = [
  ["without the TCP/IP Utilities", {}, 7, 5],
  ["with them", utilities, 17, 0],
  ["with those of 2.2, by the formula", version22, 13, 0],
  ["with them, and a telnet session and a socket", { ...utilities, ...others }, 17, 0],
  ["with those of 2.2, and a telnet session and a socket", { ...version22, ...others }, 13, 1],
  ["after net logoff and 5 s", { "logon-script.logoffWait": 5 }, 7, 0],
  ["after net logoff and 3 s", { "logon-script.logoffWait": 3 }, 7, 5],
  [
    "after net logoff and 3 s, but 12 blocks",
    { ...utilities, "logon-script.logoffWait": 3 },
    17,
    0,
  ],
] as const

for (const [name, values, blocks, refused] of logons) {
  test(`logon-script again ${name}: ${refused} of 6 refused with ${blocks} blocks`, () => {
    const { applications, pools, bound } = runOf(example, changes(values))
    const [outcome] = applications
    assert.deepEqual([outcome?.started, outcome?.failed], [12, refused])
    assert.deepEqual(outcome?.symptoms, refused === 0 ? [] : ["error 53 at re-logon"])
    const pool = pools.find(({ at, limit }) => at === "workstation" && limit === "tcb-table")
    assert.equal(pool?.capacity, blocks)
    assert.equal(bound[0]?.limit, refused === 0 ? undefined : "tcb-table")
    assert.equal(bound[0]?.refused, refused === 0 ? undefined : refused)
  })
}

test("logon-script says bad user name or password where its first connection finds no block", () => {
  const { failed, symptoms, errors } = outcomeOf(example, changes({ "logon-script.others": 1 }))
  assert.equal(failed, 6)
  assert.deepEqual(symptoms, ["bad user name or password", "error 53 at re-logon"])
  assert.deepEqual([errors[0]?.error, errors[0]?.firstSec], ["error 53", 60])
})

test("logon-script fails at the first logon where there are fewer blocks than resources", () => {
  const { firstFailureSec, failed, symptoms } = outcomeOf(
    example,
    changes({ "logon-script.resources": 9, "logon-script.relogon": 100 }),
  )
  assert.ok((firstFailureSec ?? 0) < 1)
  assert.equal(failed, 2 + 9)
  assert.equal(symptoms.includes("error 53 at re-logon"), true)
})

test("logon-script waits with a second logon until the first script is over", () => {
  const { figures, lastSuccessSec } = outcomeOf(
    example,
    changes({
      "servers.dead": 1,
      "logon-script.relogon": 5,
      "workstation.settings": "{}",
      for: 1800,
    }),
  )
  // The third server is silent: two of six time out, each time, before the script is over.
  assert.deepEqual([figures["connected at re-logon"], figures["refused at re-logon"]], [4, 2])
  assert.ok((lastSuccessSec ?? 0) > 60)
})
