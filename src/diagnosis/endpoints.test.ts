import assert from "node:assert/strict"
import { test } from "node:test"
import { type HostParts, hostOf, rowsOf } from "../../test/host-evidence.ts"
import { type EndpointFacts, type Endpoints, endpointsOf, nameEndpoints } from "./endpoints.ts"
import { viewOf } from "./view.ts"

function endpoints(parts: HostParts): Endpoints {
  return endpointsOf(viewOf(hostOf(parts)))
}

function names(list: readonly EndpointFacts[]): readonly string[] {
  return list.map(({ address, port }) => `${address}:${port}`)
}

const waiting = { state: "SYN-SENT", retransmits: 2 } as const

test("targets that answer, that never do and that do now and then are told apart", () => {
  const rows = [
    { remoteAddress: "10.0.0.1", localPort: 40001 },
    { remoteAddress: "10.0.0.2", localPort: 40002, ...waiting },
    { remoteAddress: "10.0.0.3", localPort: 40003 },
    { remoteAddress: "10.0.0.3", localPort: 40004, ...waiting },
  ]
  const found = endpoints({ moments: [{ rows }] })
  assert.deepEqual(names(found.fine), ["10.0.0.1:443"])
  assert.deepEqual(names(found.dead), ["10.0.0.2:443"])
  assert.deepEqual(names(found.mixed), ["10.0.0.3:443"])
  assert.deepEqual([found.silent, found.established], [2, 2])
})

test("what sockets and a log say of one target is not added up", () => {
  const to = { address: "10.0.0.9", port: 443 }
  const found = endpoints({
    moments: [{ rows: rowsOf(5, waiting) }],
    attempts: [{ to, error: "ETIMEDOUT", count: 3 }],
  })
  assert.deepEqual([found.all.length, found.silent], [1, 5])
  assert.ok(found.isLogged && found.isStalled)
})

test("targets known by service alone are targets of their own", () => {
  const of = (service: string, ok: boolean): NonNullable<HostParts["attempts"]>[number] => ({
    to: { address: "server", service },
    ok,
    ...(ok ? {} : { error: "ECONNREFUSED" }),
  })
  const found = endpoints({ attempts: [of("http", true), of("smtp", false), of("smtp", false)] })
  assert.equal(found.all.length, 2)
  assert.deepEqual([found.succeeded, found.refused, found.refusedSome], [1, 2, 0])
})

test("a target that refuses some and accepts some has a quota, not a closed port", () => {
  const to = { address: "10.0.0.9", port: 443 }
  const found = endpoints({
    attempts: [
      { to, ok: true },
      { to, error: "ECONNREFUSED" },
    ],
  })
  assert.deepEqual([found.refused, found.refusedSome, found.fine.length], [1, 1, 0])
})

test("open connections are added up per snapshot", () => {
  const other = { remotePort: 80 }
  const moments = [
    { rows: rowsOf(3) },
    { rows: [...rowsOf(2), ...rowsOf(4, other)] },
    { rows: rowsOf(1, other) },
  ]
  assert.deepEqual(endpoints({ moments }).establishedSeries, [3, 6, 1])
})

test("retransmitted SYNs are not retransmitted data", () => {
  const counters = { TcpRetransSegs: 0, TcpExtTCPSynRetrans: 0, TcpOutSegs: 0 }
  const after = { TcpRetransSegs: 30, TcpExtTCPSynRetrans: 20, TcpOutSegs: 1000 }
  const found = endpoints({ moments: [{ counters }, { counters: after }] })
  assert.deepEqual(
    [found.dataRetransmits, found.synRetransmits, found.dataRetransmitShare],
    [10, 20, 0.01],
  )
})

test("nothing known is nothing claimed", () => {
  const found = endpoints({})
  assert.deepEqual(found.all, [])
  assert.equal(found.isStalled, false)
})

test("endpoints are named one by one while they are few", () => {
  const list = (count: number, port?: number): readonly EndpointFacts[] =>
    endpoints({
      attempts: Array.from({ length: count }, (_, index) => ({
        to: { address: `10.0.0.${index}`, port: port ?? 80 + index },
      })),
    }).all
  assert.equal(nameEndpoints(list(1)), "10.0.0.0:80")
  assert.equal(nameEndpoints(list(2)), "10.0.0.0:80, 10.0.0.1:81")
  assert.equal(nameEndpoints(list(5)), "10.0.0.0:80, 10.0.0.1:81, 10.0.0.2:82 and 2 more")
  assert.equal(nameEndpoints(list(5, 445)), "*:445 (5 hosts)")
})
