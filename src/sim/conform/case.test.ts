/** Cases that cannot be run say which, which key and why; none passes unseen. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { parseCases } from "./case.ts"
import { NO_PROFILE, runCases } from "./run.ts"

const sound = {
  id: "x",
  title: "a listener stays",
  given: { state: "LISTEN", role: "passive" },
  segments_in: [] as unknown[],
  expect: { state: "LISTEN" } as Record<string, unknown>,
  profile: ["linux", "rfc9293"] as unknown,
}

function resultsOf(changes: Record<string, unknown>, profile?: string) {
  return runCases(parseCases({ cases: [{ ...sound, ...changes }] }), profile)
}

const refusals: readonly (readonly [changes: Record<string, unknown>, why: RegExp])[] = [
  [{ given: { state: "LISTEN", frob: 1 } }, /case x: `given.frob` is not known/],
  [{ given: { state: "LISTENING" } }, /`given.state` cannot be "LISTENING"/],
  [{ given: { role: "passive" } }, /`given.state` is missing/],
  [{ given: { state: "LISTEN", constructor: 1 } }, /`given.constructor` is not known/],
  [{ given: { state: "LISTEN", ports: 0 } }, /`given.ports` cannot be 0/],
  [{ given: "LISTEN" }, /`given` is not an object/],
  [{ given: undefined }, /`given` is not an object/],
  [{ expect: {} }, /`expect` expects nothing/],
  [{ expect: { note: "all is well" } }, /`expect` expects nothing/],
  [{ expect: { stat: "LISTEN" } }, /`expect.stat` is not known/],
  [{ expect: { give_up_s: "131" } }, /`expect.give_up_s` cannot be "131"/],
  [{ expect: { segments_out: [{ seq: 1 }] } }, /has no flags/],
  [{ expect: { segments_out: [{ flags: "A", at_s: "soon" }] } }, /at_s` cannot be "soon"/],
  [{ segments_in: [{ flags: "Q" }] }, /`segments_in.flags` cannot be "Q"/],
  [{ segments_in: [{ flags: "S", seq: "RCV.NXT*2" }] }, /`segments_in.seq` cannot be/],
  [{ segments_in: [{ flags: "S", window: 1 }] }, /`segments_in.window` is not known/],
  [{ segments_in: [{ flags: "S", seq: "RCV.NXT" }] }, /`RCV.NXT` has no value in LISTEN/],
  [{ segments_in: [{ call: "DANCE" }] }, /the call "DANCE" is not known/],
  [{ segments_in: [{ icmp: "mood" }] }, /the ICMP error "mood" is not known/],
  [{ segments_in: [{ wait: 1e12 }] }, /`segments_in.wait` cannot be/],
  [{ segments_in: [{ flags: "S", count: 1e9 }] }, /`segments_in.count` cannot be/],
  [{ segments_in: [{}] }, /has none of flags, call/],
  [{ segments_in: {} }, /`segments_in` is not a list/],
  [{ segment_in: [] }, /`segment_in` is not known/],
]

for (const [changes, why] of refusals) {
  test(`refused: ${JSON.stringify(changes)}`, () => {
    const results = resultsOf(changes)
    assert.deepEqual(
      results.map(({ profile, standing }) => [profile, standing]),
      [
        ["linux", "refused"],
        ["rfc9293", "refused"],
      ],
    )
    for (const { refusal } of results) assert.match(refusal ?? "", why)
  })
}

test("a case for nobody, or that is no case, is refused once", () => {
  for (const profile of [[], undefined, 7, [7]]) {
    assert.deepEqual(
      resultsOf({ profile }).map((result) => [result.profile, result.standing]),
      [[NO_PROFILE, "refused"]],
    )
  }
  assert.equal(runCases(parseCases([42, null, []])).length, 3)
})

test("an unknown profile is refused, the other runs", () => {
  assert.deepEqual(
    resultsOf({ profile: ["nosuch", "linux"] }).map(({ standing }) => standing),
    ["refused", "passed"],
  )
})

test("one profile goes by each of its names", () => {
  assert.equal(resultsOf({}, "linux-6.18").length, 1)
  assert.equal(resultsOf({}, "LINUX").length, 1)
  assert.equal(resultsOf({}, "freebsd").length, 0)
  assert.throws(() => resultsOf({}, "nosuch"), /Cannot find profile nosuch/)
})

test("a remark beside a case does no harm", () => {
  assert.equal(resultsOf({ origin: "a suite" })[0]?.standing, "passed")
})

test("a setting counts, or the case is refused", () => {
  const given = (sysctl: unknown) => ({ state: "TIME-WAIT", role: "passive", sysctl })
  const steps = { segments_in: [{ flags: "R", seq: "RCV.NXT" }], profile: "linux" }
  const stays = { ...steps, expect: { state: "TIME-WAIT" } }
  assert.equal(resultsOf({ ...stays, given: given({}) })[0]?.standing, "failed")
  assert.equal(resultsOf({ ...stays, given: given({ tcp_rfc1337: 1 }) })[0]?.standing, "passed")
  assert.match(
    resultsOf({ ...stays, given: given({ tcp_foo: 1 }) })[0]?.refusal ?? "",
    /for linux: it has no setting tcp_foo/,
  )
  assert.match(
    resultsOf({ ...stays, given: given({ "fs.nr_open": 3 }) })[0]?.refusal ?? "",
    /the model does not heed fs.nr_open/,
  )
})

test("a document without cases is refused", () => {
  for (const document of [{}, { cases: {} }, "cases", 1, null]) {
    assert.throws(() => parseCases(document), /Cannot find cases/)
  }
})
