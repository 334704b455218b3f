/** Every entry of the catalogue can be printed, in either form, without losing what it says. */
import assert from "node:assert/strict"
import test from "node:test"
import stringWidth from "string-width"
import { LIMITS } from "../catalog/limits.ts"
import type { HostProfile, MiddleboxProfile } from "../model/profile.ts"
import {
  limitMarkdown,
  limitsText,
  limitText,
  profileMarkdown,
  profilesText,
  profileText,
} from "./catalogue.ts"
import { codeMarkdown, escapeMarkdown, pageMarkdown } from "./page.ts"

const host: HostProfile = {
  kind: "host",
  id: "test-host",
  title: "A host",
  family: "windows",
  versions: "windows 5.1",
  ephemeral: { value: { first: 1025, last: 5000 }, mark: "V", source: "KB196271" },
  timeWaitMs: {
    value: 120_000,
    mark: "C",
    source: "KB314053",
    also: [{ value: 240_000, source: "an article" }],
  },
  synSchedule: { value: { retransmitSec: [3, 9], failSec: 21 }, mark: "V", source: "KB314053" },
  embryonicOutbound: { value: 10, mark: "V", source: "KB969710" },
  tcbMax: { value: null, mark: "G", source: "nobody" },
  settings: { MaxUserPort: { value: 5000, mark: "V", source: "KB196271", note: "last port" } },
  notes: ["a note"],
}

const box: MiddleboxProfile = {
  kind: "middlebox",
  id: "test-box",
  title: "A box",
  vendor: "A vendor",
  limits: [
    {
      limit: "firewall-concurrent",
      setting: "connections per address",
      capacity: { value: 160, mark: "V", source: "KB838706" },
      custom: { value: 400, mark: "V", source: "KB838706" },
      per: "source address",
      atLimit: "new connections are dropped",
      source: "KB838706",
    },
  ],
  timersSec: { idle: { value: 1800, mark: "S", source: "a manual" } },
  signals: [{ name: "event 15112", meaning: "over the limit", source: "KB838706" }],
  notes: [],
}

test("the overview has one line a limit", () => {
  const lines = limitsText(LIMITS).split("\n")
  for (const { id, title } of LIMITS) {
    assert.equal(lines.filter((line) => line.includes(`${id} `) && line.includes(title)).length, 1)
  }
})

for (const limit of LIMITS) {
  test(`${limit.id}: the page says everything, within its width`, () => {
    const page = limitText(limit, 80)
    const plain = page.replace(/\s+/g, " ")
    const said = [
      limit.title,
      limit.counts,
      limit.scope,
      limit.refused.says,
      ...limit.lookalikes.flatMap((other) => [other.limit, other.tellApart]),
      ...limit.settings.flatMap((setting) => [setting.name, setting.source]),
      ...limit.remedies.flatMap((remedy) => [remedy.change, ...(remedy.commands ?? [])]),
    ]
    for (const text of said) assert.ok(plain.includes(text.replace(/\s+/g, " ")), text)
    const commands = new Set(limit.remedies.flatMap((remedy) => remedy.commands ?? []))
    for (const line of page.split("\n")) {
      assert.ok(commands.has(line.trim()) || stringWidth(line) <= 80, line)
    }
  })

  test(`${limit.id}: Markdown fences are closed and headings have the asked level`, () => {
    const lines = limitMarkdown(limit, 3).split("\n")
    assert.equal(lines.filter((line) => line === "```").length % 2, 0)
    assert.ok(lines[0]?.startsWith(`### ${limit.id}`))
    assert.ok(lines.includes("#### Where it is set") || limit.settings.length === 0)
  })
}

test("a host profile shows values, how sure they are, and both where sources disagree", () => {
  const text = profileText(host).replace(/\s+/g, " ")
  for (const part of [
    "1025-5000 [KB196271]",
    "[sources conflict: KB314053]; also",
    "[an article]",
    "at 0, 3, 9 s; gives up after 21 s",
    "no limit [general knowledge: nobody]",
    "MaxUserPort 5000; last port [KB196271]",
    "- a note",
  ]) {
    assert.ok(text.includes(part), part)
  }
})

test("a middlebox profile shows limits, timers and signals, and no empty section", () => {
  const text = profileText(box).replace(/\s+/g, " ")
  for (const part of [
    "default 160 [KB838706]; custom 400",
    "30 min [single source",
    "event 15112",
  ]) {
    assert.ok(text.includes(part), part)
  }
  assert.ok(!text.includes("Notes"))
  assert.ok(profileMarkdown(box).startsWith("## A box\n"))
})

test("the overview of profiles groups hosts and boxes, and leaves out what is empty", () => {
  const both = profilesText([box, host])
  assert.ok(both.indexOf("Hosts") < both.indexOf("test-host"))
  assert.ok(both.indexOf("test-host") < both.indexOf("Middleboxes"))
  assert.ok(!profilesText([host]).includes("Middleboxes"))
})

test("a limit without settings has no empty section", () => {
  const loss = LIMITS.find((limit) => limit.id === "path-loss")
  assert.ok(loss !== undefined && !limitText(loss).includes("Where it is set"))
})

const escapes: readonly (readonly [string, string])[] = [
  ["a < b | c", "a \\< b \\| c"],
  ["*:445", "\\*:445"],
  ["tcp_max_orphans", "tcp_max_orphans"],
  ["_emphasis_", "\\_emphasis\\_"],
  ["[text](link)", "[text\\](link)"],
  ["# heading", "\\# heading"],
]
for (const [text, want] of escapes) {
  test(`Markdown escapes ${text}`, () => assert.equal(escapeMarkdown(text), want))
}

test("code type survives a backtick", () => assert.equal(codeMarkdown("a`b"), "`` a`b ``"))

test("a table becomes a Markdown table", () => {
  const table = { kind: "table", head: ["a", "b"], rows: [["1", "x|y"]] } as const
  const page = pageMarkdown({ title: "T", blocks: [table], sections: [] })
  assert.equal(page, "# T\n\n| a | b |\n| --- | --- |\n| 1 | x\\|y |\n")
})
