import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { test } from "node:test"
import { COUNTERS } from "../../catalog/counters.ts"
import { NETWORK_EVENTS } from "../../catalog/events-network.ts"
import type { Observation } from "../../model/observation.ts"
import { Feed } from "../feed.ts"
import { readText } from "../reading.ts"
import { cloudReaders } from "./cloud-readers.ts"
import { JsonElements } from "./json-elements.ts"

const folder = new URL("../../../test/fixtures/cloud/", import.meta.url)

function read(name: string): readonly Observation[] {
  return readText(name, readFileSync(new URL(name, folder), "utf8"), cloudReaders).observations
}

function events(name: string) {
  return read(name).filter((each) => each.kind === "event")
}

function rows(name: string): readonly string[] {
  return read(name)
    .filter((each) => each.kind === "log")
    .map(
      ({ did, from, to, rule }) =>
        `${did} ${from?.port} ${to?.port}${rule === undefined ? "" : ` ${rule}`}`,
    )
}

test("every event and counter is in the catalogue, and every file is understood whole", () => {
  const known = new Set(NETWORK_EVENTS.map(({ source, id }) => `${source} ${id}`))
  for (const name of readdirSync(folder).filter((each) => each !== "ORIGIN.md")) {
    for (const each of read(name)) {
      if (each.kind === "event")
        assert.ok(known.has(`${each.source} ${each.id}`), `${name} ${each.id}`)
      if (each.kind === "counter") assert.ok(each.name in COUNTERS, `${name} ${each.name}`)
    }
  }
})

test("CloudWatch: points in order of time, refusals as events, whichever side the label stands", () => {
  assert.deepEqual(
    events("aws-get-metric-statistics.json").map(({ id, time, data }) => [
      id,
      time,
      data?.["count"],
    ]),
    [
      ["ErrorPortAllocation", 1795168920, 412],
      ["ErrorPortAllocation", 1795169040, 38],
    ],
  )
  const [last] = read("aws-get-metric-statistics-label-last.json")
  assert.equal(
    last?.kind === "counter" ? `${last.name} ${last.value}` : "",
    "aws.ActiveConnectionCount 54991",
  )
  const [point] = events("aws-get-metric-data.json")
  assert.equal(point?.data?.["resource"], "nat-0a1b2c3d4e5f60718")
  assert.equal(point?.at.line, 3)
})

test("Azure Monitor: failed translations, and instances that use all their ports", () => {
  assert.deepEqual(
    events("az-monitor-metrics.json").map(({ id, data }) => [id, data]),
    [
      ["snat-failed", { count: 231, resource: "lb-out Failed" }],
      ["snat-ports", { used: 1022, limit: 1024, resource: "lb-out 10.1.1.5" }],
    ],
  )
})

test("Azure flow logs of both kinds and all versions: TCP only, by rule", () => {
  assert.deepEqual(rows("azure-nsg-v2.json"), [
    "deny 48700 10001 DefaultRule_DenyAllInBound",
    "open 59831 443 DefaultRule_AllowInternetOutBound",
    "close 59932 443 DefaultRule_AllowInternetOutBound",
    "undefined 44931 443 DefaultRule_AllowInternetOutBound",
  ])
  assert.deepEqual(rows("azure-nsg-v1.json"), ["undefined 35370 80 UserRule_web"])
  const [first] = read("azure-vnet-minified.json")
  assert.equal(first?.time, 1795168803.599)
  assert.equal(
    rows("azure-vnet-minified.json").at(-1),
    "deny 55188 22 BlockHighRiskTCPPortsFromInternet",
  )
})

test("Cloud NAT's log: translated endpoints, and connections dropped for want of a port", () => {
  const all = read("gcloud-nat-log.json")
  const [row] = all
  assert.deepEqual(row?.kind === "log" && row.translatedFrom, {
    address: "203.0.113.1",
    port: 1024,
  })
  assert.deepEqual(
    events("gcloud-nat-log.json").map(({ id, data }) => [id, data?.["fromPort"]]),
    [
      ["DROPPED", 41001],
      ["DROPPED", 41002],
    ],
  )
  assert.deepEqual(rows("gcp-sink.jsonl"), [
    "undefined 41100 445",
    "deny 41101 445 network:default/firewall:deny-smb",
    "deny 41003 443",
  ])
  assert.deepEqual(
    events("gcloud-time-series.json").map(({ id }) => id),
    ["out-of-resources", "allocation-failed"],
  )
})

test("VPC flow logs: default and custom columns, unanswered SYNs told by their length", () => {
  assert.deepEqual(rows("aws-vpc-flow-v2.log"), [
    "undefined 20641 22",
    "deny 49761 3389",
    "undefined 34892 22",
  ])
  assert.deepEqual(rows("aws-vpc-flow-custom.log"), [
    "open 43416 5001",
    "undefined 5001 43416",
    "fail 41200 445",
    "deny 41201 445",
    "close 43416 5001",
    "undefined 5001 43416",
    "close 41210 443",
  ])
  assert.deepEqual(rows("aws-logs-filter.json"), rows("cloudwatch-export.txt"))
})

test("a document of one line longer than any line may be is read as a whole file", () => {
  const record = JSON.parse(readFileSync(new URL("azure-vnet-minified.json", folder), "utf8"))
  const [one] = record.records
  const text = JSON.stringify({ records: new Array(2500).fill(one) })
  assert.ok(text.length > 1 << 20)
  let count = 0
  const places = new Set<string>()
  const feed = new Feed("PT1H.json", {
    section: () => {},
    mark: () => {},
    observe: (each) => {
      count++
      assert.equal(each.kind, "log")
      places.add(String(each.at.record))
    },
  })
  const bytes = new TextEncoder().encode(text)
  for (let at = 0; at < bytes.length; at += 70_001) feed.push(bytes.subarray(at, at + 70_001))
  const summary = feed.end()
  assert.equal(count, 3 * 2500)
  assert.equal(places.size, 2500)
  assert.equal(summary.formats.join(), "azure-flow-log")
})

const documents = [
  [
    '{"Label":"E","Datapoints":[{"a":1},{"b":"x]}\\"\\\\"}],"Zone":"z"}',
    ["Datapoints"],
    ['Datapoints{"a":1}', 'Datapoints{"b":"x]}\\"\\\\"}', "end E z"],
  ],
  ['[{"a":[1,{"q":2}]},{"b":2}]', [], ['{"a":[1,{"q":2}]}', '{"b":2}', "end"]],
  [
    '{"x":{"records":[{"z":1}]}}{"k":2}\n[]',
    ["records"],
    ['{"x":{"records":[{"z":1}]}}', "end", '{"k":2}', "end", "end"],
  ],
  ['{"value":[],"n":"v"}', ["value"], ["end v"]],
  ['[{"a":]},{"b":1}', [], ["malformed", "end", '{"b":1}', "end"]],
] as const

for (const [text, keys, expected] of documents) {
  test(`elements of ${text}, cut anywhere`, () => {
    for (const step of [text.length, 1, 2, 3, 7]) {
      const seen: string[] = []
      const elements = new JsonElements(keys, {
        element: (value, key) => void seen.push(key + JSON.stringify(value)),
        broken: (why) => void seen.push(why),
        ended: (scalars) => void seen.push(["end", ...scalars.values()].join(" ")),
      })
      for (let at = 0; at < text.length; at += step) elements.push(text.slice(at, at + step))
      assert.deepEqual(seen, expected)
    }
  })
}
