import assert from "node:assert/strict"
import { test } from "node:test"
import { MIDDLEBOX_PROFILES } from "../../catalog/profiles.ts"
import { second } from "../second.ts"
import { ACK, FIN, RST, SYN } from "../tcp/states.ts"
import { CloudNat, type CloudNatOptions } from "./cloud-nat.ts"
import { DROP, PASS, RESET, usedOf } from "./middlebox.ts"

const inside = 1
const server = 100_000
const gateway = 200_000

function natOf(id: string, options: Partial<CloudNatOptions> = {}): CloudNat {
  const profile = MIDDLEBOX_PROFILES.find((each) => each.id === id)
  assert.ok(profile)
  const isInside = (address: number): boolean => address < server
  return new CloudNat(profile, { addresses: [gateway], isInside, ...options })
}

/** So many connections to one destination pass before the first is dropped. */
function fill(box: CloudNat, machines: number, to = server): number {
  for (let flow = 0; flow < 70_000 * machines; flow++) {
    const from = inside + (flow % machines)
    if (box.segment(0, from, 1 + Math.floor(flow / machines), to, 443, SYN) !== PASS) return flow
  }
  return -1
}

for (const [id, options, machines, capacity] of [
  ["aws-nat-gateway", {}, 2, 55_000],
  ["aws-nat-gateway", { addresses: [gateway, gateway + 1] }, 4, 110_000],
  ["azure-nat-gateway", {}, 2, 50_000],
  ["azure-lb", {}, 1, 1024],
  ["azure-lb", { ports: 64 }, 1, 64],
  ["gcp-cloud-nat", {}, 1, 64],
] as const) {
  test(`${id} carries ${capacity} connections to one destination`, () => {
    const box = natOf(id, options)
    assert.equal(fill(box, machines), capacity)
    assert.equal(box.pools[0]?.refused, 1)
    assert.equal(box.segment(0, inside, 1, server + 1, 443, SYN), PASS)
  })
}

test("ports to one destination are never given twice", () => {
  for (const [id, machines] of [
    ["gcp-cloud-nat", 500],
    ["azure-lb", 60],
    ["aws-nat-gateway", 5],
  ] as const) {
    const box = natOf(id, { seed: 7 })
    const seen = new Set<number>()
    for (let flow = 0; flow < 30_000; flow++) {
      const from = inside + (flow % machines)
      if (box.segment(0, from, 1 + Math.floor(flow / machines), server, 443, SYN) !== PASS) continue
      assert.equal(seen.has(box.passage.fromPort), false)
      seen.add(box.passage.fromPort)
      assert.equal(box.passage.fromPort >= 1024 && box.passage.fromPort <= 65_535, true)
    }
    assert.equal(seen.size, 30_000)
  }
})

type End = "fin" | "rst" | "silence" | "open"

function end(box: CloudNat, how: End): void {
  box.segment(0, inside, 5000, server, 443, SYN)
  const { fromPort } = box.passage
  if (how === "silence") return
  box.segment(0, server, 443, gateway, fromPort, SYN | ACK)
  assert.deepEqual([box.passage.to, box.passage.toPort], [inside, 5000])
  box.segment(0, inside, 5000, server, 443, ACK)
  if (how === "rst") box.segment(0, inside, 5000, server, 443, RST)
  if (how !== "fin") return
  box.segment(0, inside, 5000, server, 443, FIN | ACK)
  box.segment(0, server, 443, gateway, fromPort, FIN | ACK)
  box.segment(0, inside, 5000, server, 443, ACK)
}

for (const [id, how, seconds] of [
  ["azure-nat-gateway", "fin", 65],
  ["azure-nat-gateway", "rst", 16],
  ["azure-nat-gateway", "silence", 30],
  ["azure-nat-gateway", "open", 240],
  ["gcp-cloud-nat", "fin", 120],
  ["gcp-cloud-nat", "silence", 30],
  ["gcp-cloud-nat", "open", 1200],
  ["aws-nat-gateway", "open", 350],
] as const) {
  test(`${id} holds the port of a flow for ${seconds} s (${how})`, () => {
    const box = natOf(id)
    end(box, how)
    box.advance(seconds * second - 1)
    assert.equal(usedOf(box, "nat-ports"), 1)
    box.advance(seconds * second)
    assert.equal(usedOf(box, "nat-ports"), 0)
  })
}

test("a segment of a flow that timed out is reset by AWS and dropped by Google", () => {
  for (const [id, verdict] of [
    ["aws-nat-gateway", RESET],
    ["azure-nat-gateway", RESET],
    ["azure-lb", DROP],
    ["gcp-cloud-nat", DROP],
  ] as const) {
    const box = natOf(id)
    end(box, "open")
    assert.equal(box.segment(8000 * second, inside, 5000, server, 443, ACK), verdict)
  }
})

test("with dynamic allocation a machine's ports double when they run out, up to the most", () => {
  const box = natOf("gcp-cloud-nat", { ports: 32, portsMost: 128 })
  assert.equal(fill(box, 1), 32)
  const more = (now: number): number => {
    let passed = 0
    for (let port = 100; port < 400; port++) {
      const isNew = box.flows
      box.segment(now, inside, port, server, 443, SYN)
      passed += box.flows - isNew
    }
    return passed
  }
  assert.equal(more(0.5 * second), 0)
  assert.equal(more(second), 32)
  assert.equal(more(2 * second), 64)
  assert.equal(more(3 * second), 0)
})

test("64 ports held 120 s carry 0.53 connections a second", () => {
  const box = natOf("gcp-cloud-nat")
  let passed = 0
  for (let tick = 0; tick < 24_000; tick++) {
    const now = tick * 100_000
    const port = 1000 + tick
    if (box.segment(now, inside, port, server, 443, SYN) !== PASS) continue
    passed++
    const { fromPort } = box.passage
    box.segment(now, server, 443, gateway, fromPort, SYN | ACK)
    box.segment(now, inside, port, server, 443, ACK)
    box.segment(now, inside, port, server, 443, FIN | ACK)
    box.segment(now, server, 443, gateway, fromPort, FIN | ACK)
    box.segment(now, inside, port, server, 443, ACK)
  }
  assert.equal(Math.abs(passed / 2400 - 64 / 120) < 0.02, true, `${passed / 2400}`)
})
