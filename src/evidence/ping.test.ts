import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { test } from "node:test"
import { pingReader } from "./ping.ts"
import { readText } from "./reading.ts"

const folder = new URL("../../test/fixtures/ping/", import.meta.url)

function read(name: string, content?: string) {
  const text = content ?? readFileSync(new URL(name, folder))
  const { observations, summary } = readText(name, text, [pingReader])
  const facts = observations.flatMap((o) => (o.kind === "fact" ? [o.data] : []))
  const oddities = observations.flatMap((o) => (o.kind === "oddity" ? [o.name] : []))
  return { facts, oddities, unread: summary.linesUnread }
}

const languages = readdirSync(folder).filter((file) => /^windows10-(?!unreachable)/.test(file))
for (const file of languages) {
  test(`ping of Windows: ${file}`, () => {
    const { facts, oddities, unread } = read(file)
    const address = "10.1.1.33"
    const times = { minMs: 6, avgMs: 7, maxMs: 9 }
    const counts = { sent: 4, received: 3, lossShare: 0.25 }
    assert.deepEqual(facts, [{ target: address, address, ...counts, ...times }])
    assert.deepEqual([oddities, unread], [[], 0])
  })
}

test("an unreachable answer is not a reply, a name that is not found is a fact", () => {
  const { facts } = read("windows10-unreachable.txt")
  const loss = { sent: 4, received: 0, lossShare: 1 }
  assert.deepEqual(facts[0], { target: "files1.corp.example", address: "10.1.1.33", ...loss })
  assert.deepEqual(facts[1], { name: "nosuch.corp.example", error: "not found", by: "ping" })
  assert.deepEqual(facts[2]?.["received"], 2)
})

test("NT 4.0 has no summary: replies are counted", () => {
  const { facts, oddities } = read("nt4-replies.txt")
  assert.deepEqual([facts[0]?.["sent"], facts[0]?.["received"]], [3, 2])
  assert.deepEqual(oddities, ["section-truncated"])
})

test("Linux, macOS, busybox and fping", () => {
  const [linux] = read("linux-iputils.txt").facts
  assert.deepEqual([linux?.["address"], linux?.["sent"], linux?.["received"]], ["192.0.2.17", 3, 2])
  assert.equal(linux?.["avgMs"], 0.776)
  const { facts, unread } = read("macos-and-busybox.txt")
  assert.deepEqual(
    facts.map((fact) => `${fact["target"]} ${fact["received"]}/${fact["sent"]} ${fact["avgMs"]}`),
    [
      "192.0.2.17 1/2 1.093",
      "192.0.2.18 0/3 undefined",
      "192.0.2.19 1/1 0.093",
      "192.0.2.30 5/5 0.52",
      "192.0.2.31 0/5 undefined",
    ],
  )
  assert.equal(unread, 0)
})

test("a ping that its own host refuses says so, and an interrupted one is whole", () => {
  const { facts, unread } = read(
    "a.txt",
    "PING 192.0.2.7 (192.0.2.7) 56(84) bytes of data.\n" +
      "ping: sendmsg: Operation not permitted\n" +
      "^C\n--- 192.0.2.7 ping statistics ---\n" +
      "2 packets transmitted, 0 received, 100% packet loss, time 1001ms\n",
  )
  assert.equal(unread, 0)
  assert.deepEqual([facts[0]?.["error"], facts[0]?.["lossShare"]], ["EPERM", 1])
})
