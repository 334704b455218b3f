import assert from "node:assert/strict"
import { execFileSync, spawn } from "node:child_process"
import { test } from "node:test"
import { sampleHost } from "./live.ts"
import { namespacePath } from "./namespace.ts"

for (const [netns, code] of [
  ["no-such-namespace-here", "not-found"],
  ["../../etc/passwd", "not-found"],
  ["", "not-found"],
  ["999999999", "not-found"],
] as const) {
  test(`namespacePath refuses "${netns}"`, () => {
    const wanted = process.platform === "linux" ? code : "unsupported-system"
    assert.throws(() => namespacePath(netns), { name: "Refusal", code: wanted })
  })
}

/** Whether namespaces can be made here at all. */
function mayUnshare(): boolean {
  try {
    execFileSync("unshare", ["-n", "true"], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

test("sampleHost reads the namespace of a process and leaves ours alone", async () => {
  // Without the right to make one there is nothing to enter; the refusal above is what remains.
  if (!mayUnshare()) return
  const script = "ip link set lo up && echo ready && exec cat"
  const holder = spawn("unshare", ["-n", "sh", "-c", script], { stdio: ["pipe", "pipe", "ignore"] })
  try {
    await new Promise((resolve) => holder.stdout.once("data", resolve))
    const { samples, observations, vantage } = await sampleHost({
      netns: String(holder.pid),
      samples: 2,
      windowMs: 10,
    })
    assert.match(vantage, new RegExp(`/${holder.pid}$`))
    assert.deepEqual(
      samples.map(({ sockets, method }) => [sockets.length, method]),
      [
        [0, "inet_diag"],
        [0, "inet_diag"],
      ],
    )
    const addresses = observations.flatMap((each) =>
      each.kind === "fact" && each.name === "address" ? [each.data["address"]] : [],
    )
    assert.deepEqual(addresses, ["127.0.0.1", "::1"])
  } finally {
    holder.stdin.end()
    await new Promise((resolve) => holder.once("exit", resolve))
  }
})
