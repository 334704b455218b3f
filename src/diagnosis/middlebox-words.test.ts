import assert from "node:assert/strict"
import { test } from "node:test"
import { hostOf } from "../../test/host-evidence.ts"
import type { LimitId } from "../model/limit.ts"
import type { EventObservation, LogObservation } from "../model/observation.ts"
import { HYPOTHESES } from "./hypotheses.ts"
import type { Finding } from "./hypothesis.ts"
import { viewOf } from "./view.ts"

const at = { source: "fw.log", line: 1 }

type Parts = {
  readonly own?: string
  readonly events?: readonly Partial<EventObservation>[]
  readonly logs?: readonly Partial<LogObservation>[]
}

function weigh(limit: LimitId, { own, events = [], logs = [] }: Parts): readonly Finding[] {
  const rows = own === undefined ? [] : [{ localAddress: own }]
  const host = {
    ...hostOf({ moments: [{ rows }], events }),
    logs: logs.map((log) => ({ kind: "log" as const, source: "asa", action: "deny", at, ...log })),
  }
  const hypothesis = HYPOTHESES.find((each) => each.limit === limit)
  return hypothesis?.weigh(viewOf(host)) ?? []
}

const quota = {
  source: "asa",
  id: "201013",
  data: { used: 160, limit: 160, from: "10.1.1.5", to: "10.2.0.17" },
}

test("a firewall's own words carry their numbers and whom they concern", () => {
  const [found] = weigh("firewall-concurrent", { events: [quota, quota] })
  assert.equal(found?.capacity, 160)
  assert.equal(found?.used, 160)
  assert.equal(found?.subject, "10.1.1.5 → 10.2.0.17")
  const [exhibit] = found?.exhibits ?? []
  assert.equal(exhibit?.weight, 36)
  assert.match(exhibit?.says ?? "", /160 of 160.* for 10\.1\.1\.5, 2 times/)
})

test("words about another source do not concern a machine whose addresses are known", () => {
  assert.deepEqual(weigh("firewall-concurrent", { own: "10.1.1.6", events: [quota] }), [])
  assert.equal(weigh("firewall-concurrent", { own: "10.1.1.5", events: [quota] }).length, 1)
})

test("a pool of the whole box concerns everybody behind it", () => {
  const dry = { source: "asa", id: "202010", data: { pool: "outside", from: "10.1.1.5" } }
  assert.equal(weigh("nat-ports", { own: "10.1.1.6", events: [dry] }).length, 1)
})

test("several messages tell one story: the strongest counts whole, the others a third", () => {
  const rate = { source: "asa", id: "733100 conn-limit", data: {} }
  const [found] = weigh("firewall-concurrent", { events: [rate, quota] })
  assert.deepEqual(
    found?.exhibits.map(({ weight }) => weight),
    [36, 8.7],
  )
})

const from = { address: "10.1.1.5", port: 41774 }
const to = { address: "198.51.100.4", port: 25 }

test("denials count for the machine's own addresses, or when one private source repeats them", () => {
  const denied = { did: "deny", from, to, rule: "inside_out" } as const
  assert.equal(weigh("firewall-policy", { own: "10.1.1.6", logs: [denied] }).length, 0)
  const [own] = weigh("firewall-policy", { own: "10.1.1.5", logs: [denied] })
  assert.equal(own?.subject, "10.1.1.5 → 198.51.100.4:25")
  assert.equal(weigh("firewall-policy", { logs: [denied, denied] }).length, 0)
  assert.equal(weigh("firewall-policy", { logs: [denied, denied, denied] }).length, 1)
})

test("a pair that is let through at other times is not denied by a rule, nor is a limit one", () => {
  const denied = { did: "deny", from, to } as const
  const opened = { did: "open", from: { ...from, port: 41775 }, to } as const
  assert.deepEqual(weigh("firewall-policy", { own: "10.1.1.5", logs: [denied, opened] }), [])
  const limited = { ...denied, result: "201013" }
  assert.deepEqual(weigh("firewall-policy", { own: "10.1.1.5", logs: [limited] }), [])
})

test("a connection ended as idle whose packets are denied afterwards was forgotten", () => {
  const ended = { did: "close", from, to, result: "Connection timeout" } as const
  const late = { did: "deny", from: to, to: from, result: "no connection PSH ACK" } as const
  const [found] = weigh("firewall-idle-timeout", { logs: [ended, late] })
  assert.equal(found?.subject, "10.1.1.5 → 198.51.100.4:25")
  assert.deepEqual(weigh("firewall-idle-timeout", { logs: [late, ended] }), [])
})

test("a gauge at its bound, and refusals that grow, speak for the limit", () => {
  const counted = (value: number) => ({ "paloalto.ippool.used": value, "fortigate.clash": value })
  const host = hostOf({
    moments: [{ counters: counted(100) }, { counters: counted(64490) }],
    settings: { "paloalto.ippool.size": 64512 },
  })
  const nat = HYPOTHESES.find(({ limit }) => limit === "nat-ports")
  const [found] = nat?.weigh(viewOf(host)) ?? []
  assert.equal(found?.capacity, 64512)
  assert.equal(found?.used, 64490)
  assert.deepEqual(
    found?.exhibits.map(({ weight }) => weight),
    [32, 26],
  )
  const once = hostOf({ moments: [{ counters: { "fortigate.clash": 28301 } }] })
  assert.deepEqual(
    nat?.weigh(viewOf(once))[0]?.exhibits.map(({ weight }) => weight),
    [8.7],
  )
})
