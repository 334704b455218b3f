import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import type { LogObservation } from "../../model/observation.ts"
import { readText } from "../reading.ts"

function rowsOf(name: string): readonly Partial<LogObservation>[] {
  const file = new URL(`../../../test/fixtures/ulogd/${name}`, import.meta.url)
  return readText(`ulogd/2026-09-28/${name}`, readFileSync(file)).observations.flatMap((each) => {
    if (each.kind !== "log") return []
    const { at: _at, kind: _kind, ...row } = each
    return [row]
  })
}

const from = { address: "10.1.1.5", port: 43936 }
const to = { address: "10.2.0.17", port: 445 }

test("packets as JSON: the prefix says what was done, a label more, and only a SYN is an attempt", () => {
  const [drop, reset, allowed] = rowsOf("packets.json")
  assert.deepEqual(drop, {
    source: "netfilter",
    action: "drop",
    did: "deny",
    protocol: "tcp",
    result: "SYN",
    rule: "forward-drop",
    from,
    to,
    time: 1790632350.943369,
  })
  assert.deepEqual([reset?.action, reset?.did, reset?.result], ["drop", undefined, "ACK RST"])
  assert.deepEqual([allowed?.did, allowed?.from?.address], ["open", "2001:db8::5"])
})

test("flows as JSON: closed when answered, failed when not, with duration and translation", () => {
  const [closed, failed, opened] = rowsOf("flows.json")
  assert.deepEqual(closed, {
    source: "conntrack",
    action: "DESTROY",
    did: "close",
    protocol: "tcp",
    from: { address: "203.0.113.50", port: 43940 },
    to: { address: "192.0.2.80", port: 80 },
    translatedTo: { address: "10.9.0.80", port: 8080 },
    connection: "3988487713",
    ms: 120_100,
    time: 1790632472.5,
  })
  assert.deepEqual([failed?.did, failed?.ms], ["fail", 120_000])
  assert.deepEqual([opened?.did, opened?.action, opened?.time], ["open", "NEW", 1790632510.25])
})

test("pairs of GPRINT and flows in words", () => {
  const [tcp, udp] = rowsOf("gprint.log")
  assert.deepEqual([tcp?.did, tcp?.rule, tcp?.from, tcp?.to], ["deny", "DROP", from, to])
  assert.equal(tcp?.time, 1790632350)
  assert.deepEqual([udp?.did, udp?.protocol, udp?.to?.port], ["deny", "udp", 53])
  const [opened, failed, closed] = rowsOf("nfct.log")
  assert.deepEqual(
    [opened, failed, closed].map((row) => [row?.did, row?.vantage, row?.time]),
    [
      ["open", "gw", 1790632350],
      ["fail", "gw", 1790632470],
      ["close", "gw", 1790632480],
    ],
  )
  assert.deepEqual(opened?.translatedFrom, { address: "203.0.113.1", port: 43936 })
})
