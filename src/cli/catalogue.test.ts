/** What `limits` and `profiles` find by id, by other names, and refuse. */
import assert from "node:assert/strict"
import test from "node:test"
import { LIMITS } from "../catalog/limits.ts"
import { PROFILES } from "../catalog/profiles.ts"
import { Refusal } from "../model/refusal.ts"
import { noPaint } from "../report/paint.ts"
import { runLimits, runProfiles } from "./catalogue.ts"
import type { ExitCode, Invocation } from "./command.ts"

type Run = (invocation: Invocation) => Promise<ExitCode>

async function printed(
  run: Run,
  args: readonly string[],
  flags: Invocation["flags"] = {},
): Promise<string> {
  let text = ""
  const terminal: Invocation["terminal"] = {
    write: async (part) => {
      text += part
    },
    say: () => undefined,
    progress: () => undefined,
    clearProgress: () => undefined,
    paint: noPaint,
    width: 100,
    unicode: true,
  }
  const signal = new AbortController().signal
  assert.equal(await run({ args, flags, terminal, signal }), 0)
  return text
}

async function foundBy(run: Run, ...args: readonly string[]): Promise<readonly string[]> {
  const document = JSON.parse(await printed(run, args, { json: true }))
  return "entries" in document
    ? document.entries.map((entry: { id: string }) => entry.id)
    : [document.id]
}

for (const { id } of [...LIMITS, ...PROFILES]) {
  test(`${id} is found by its id, in every form`, async () => {
    const run = LIMITS.some((limit) => limit.id === id) ? runLimits : runProfiles
    assert.deepEqual(await foundBy(run, id), [id])
    assert.ok((await printed(run, [id.toUpperCase()])).includes(id))
    assert.match(await printed(run, [id], { markdown: true }), /^# .+\n/)
  })
}

const limitWords: readonly (readonly [words: string, ids: readonly string[]])[] = [
  ["half-open", ["embryonic-outbound", "firewall-embryonic", "syn-queue"]],
  ["SNAT exhaustion", ["nat-ports"]],
  ["4226", ["embryonic-outbound"]],
  ["MaxUserPort", ["ephemeral-ports"]],
  ["TcpTimedWaitDelay", ["ephemeral-ports"]],
  ["0xc0040037", ["firewall-rate", "firewall-concurrent"]],
  ["-1073479625", ["firewall-rate", "firewall-concurrent"]],
  ["FWX_E_TXP_SYN_PACKET_DROPPED", ["firewall-idle-timeout", "firewall-policy"]],
  ["C0040038", ["target-silent"]],
]
for (const [words, ids] of limitWords) {
  test(`limits "${words}" finds ${ids.join(", ")}`, async () => {
    const found = await foundBy(runLimits, ...words.split(" "))
    for (const id of ids) assert.ok(found.includes(id), found.join(" "))
    assert.ok(found.length < LIMITS.length / 2, "a search narrows")
  })
}

const profileWords: readonly (readonly [words: string, ids: readonly string[]])[] = [
  ["xp", ["xp-rtm", "xp-sp1", "xp-sp2", "xp-sp3"]],
  ["isa", ["isa-2000", "isa-2004", "isa-2006"]],
  ["windows 7", ["win7"]],
  ["3790", ["2003-rtm", "2003-sp1", "2003-sp2"]],
  ["amazon", ["aws-nat-gateway", "aws-security-group", "aws-nlb"]],
  ["lan manager", ["lanman-2.1", "lanman-2.1a", "lanman-2.2"]],
]
for (const [words, ids] of profileWords) {
  test(`profiles "${words}" finds exactly ${ids.join(", ")}`, async () => {
    assert.deepEqual(await foundBy(runProfiles, ...words.split(" ")), ids)
  })
}

test("several finds are a list, one is a page", async () => {
  const list = await printed(runProfiles, ["isa"])
  assert.match(list, /^Profiles\n/)
  assert.match(await printed(runProfiles, ["windows", "7"]), /^Windows 7\n/)
})

test("the whole catalogue prints in every form", async () => {
  for (const run of [runLimits, runProfiles]) {
    assert.match(await printed(run, []), /^(Limits|Profiles)\n/)
    assert.match(await printed(run, [], { markdown: true }), /^# (Limits|Profiles)\n/)
    assert.match(await printed(run, [], { json: true }), /"schema": "fourtuple\.\w+\/1"/)
  }
})

const refused: readonly (readonly [run: Run, id: string, hint: RegExp])[] = [
  [runLimits, "ephemral-ports", /^Did you mean ephemeral-ports/],
  [runLimits, "contrack", /^Did you mean .*local-conntrack/],
  [runProfiles, "win9", /^Did you mean .*win8/],
  [runLimits, "quux-frobnicator", /^List them: fourtuple limits$/],
  [runProfiles, "???", /^List them: fourtuple profiles$|^Did you mean /],
]
for (const [run, id, hint] of refused) {
  test(`"${id}" is refused with what comes near`, async () => {
    await assert.rejects(printed(run, [id]), (error) => {
      assert.ok(error instanceof Refusal)
      assert.equal(error.code, "not-found")
      assert.match(error.hint, hint)
      return true
    })
  })
}

test("two forms at once are refused", async () => {
  await assert.rejects(printed(runLimits, [], { json: true, markdown: true }), Refusal)
})
