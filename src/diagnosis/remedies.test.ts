import assert from "node:assert/strict"
import { test } from "node:test"
import { type HostParts, hostOf, rowsOf } from "../../test/host-evidence.ts"
import type { ProposedRemedy } from "../model/diagnosis.ts"
import { LIMIT_IDS, type LimitId } from "../model/limit.ts"
import type { Finding } from "./hypothesis.ts"
import { limitOf, remediesOf } from "./remedies.ts"
import { viewOf } from "./view.ts"

const finding: Finding = {
  subject: "10.0.0.1 → 10.0.0.9:443",
  says: "",
  exhibits: [],
  capacity: 28_232,
  used: 28_232,
  heldBy: "TIME-WAIT",
  fill: { target: "10.0.0.9:443", port: 443 },
}

function remedies(
  id: LimitId,
  parts: HostParts = {},
  more: Partial<Finding> = {},
): readonly ProposedRemedy[] {
  return remediesOf(id, { ...finding, ...more }, viewOf(hostOf(parts)))
}

function commands(list: readonly ProposedRemedy[]): string {
  return list.flatMap((each) => each.commands ?? []).join("\n")
}

test("every limit has an entry; what is none is a bug", () => {
  for (const id of LIMIT_IDS) assert.equal(limitOf(id).id, id)
  assert.throws(() => limitOf("phlogiston" as LimitId), TypeError)
})

const families: readonly (readonly string[])[] = [
  ["linux"],
  ["windows xp"],
  ["Windows 10.0.20348"],
  ["macos"],
  ["freebsd"],
  ["lan-manager"],
  [],
]

test("no command is proposed with a placeholder left open, whatever limit and system", () => {
  for (const id of LIMIT_IDS) {
    for (const systems of families) {
      for (const more of [{}, { capacity: 0, used: 0 }]) {
        const list = remedies(id, { systems }, more)
        assert.ok(list.length <= 4)
        assert.doesNotMatch(commands(list), /\{[a-z]+\}/, `${id} on ${systems}`)
      }
    }
  }
})

test("nothing that a shell would act on gets from the evidence into a command", () => {
  const hostile = [
    "$(reboot)",
    "`id`",
    "x; rm -rf /",
    "a&b",
    "x\nreboot",
    "'; reboot",
    "--config=/tmp/x",
    "> /etc/passwd",
  ]
  for (const text of hostile) {
    const more = { subject: text, fill: { target: text, port: text, address: text, name: text } }
    const rows = rowsOf(2, { localAddress: text })
    for (const id of LIMIT_IDS) {
      const found = commands(remedies(id, { moments: [{ rows }] }, more))
      assert.ok(!found.includes(text), `${id}: ${found}`)
    }
  }
})

test("of several targets a command takes the first", () => {
  const more = { fill: { target: "10.0.0.9, 10.0.0.8" } }
  const found = LIMIT_IDS.map((id) => commands(remedies(id, {}, more))).join("\n")
  assert.ok(found.includes("10.0.0.9"))
  assert.ok(!found.includes("10.0.0.8"))
})

test("MaxUserPort is for Windows before Vista, netsh for those after", () => {
  const old = remedies("ephemeral-ports", { systems: ["windows xp"] })
  const recent = remedies("ephemeral-ports", { systems: ["Windows 10.0.20348"] })
  assert.match(commands(old), /MaxUserPort/)
  assert.doesNotMatch(commands(old), /netsh/)
  assert.match(commands(recent), /netsh/)
  assert.doesNotMatch(commands(recent), /MaxUserPort/)
})

test("what shortens TIME-WAIT is left out where TIME-WAIT holds nothing", () => {
  const churn = remedies("ephemeral-ports")
  const open = remedies("ephemeral-ports", {}, { heldBy: "ESTABLISHED" })
  assert.match(commands(churn), /tcp_tw_reuse/)
  assert.doesNotMatch(commands(open), /tcp_tw_reuse/)
})

test("Linux gets no registry file and Windows no sysctl", () => {
  const files = (systems: readonly string[]): string =>
    remedies("ephemeral-ports", { systems })
      .flatMap((each) => each.files)
      .map(({ name }) => name)
      .join(" ")
  assert.match(files(["linux"]), /\.conf/)
  assert.doesNotMatch(files(["linux"]), /\.reg/)
  assert.match(files(["windows xp"]), /\.reg/)
  assert.doesNotMatch(files(["windows xp"]), /\.conf/)
})

test("the prediction is arithmetic on the verdict's own numbers: rate = ports / hold time", () => {
  const predicted = remedies("ephemeral-ports").map((each) => each.predicted)
  assert.ok(predicted.some((text) => text.includes("64,512 ports instead of 28,232")))
  assert.ok(predicted.some((text) => text.includes("455/s")))
  const unknown: Finding = { subject: "", says: "", exhibits: [] }
  for (const { predicted } of remediesOf("ephemeral-ports", unknown, viewOf(hostOf({})))) {
    assert.equal(predicted, "")
  }
})
