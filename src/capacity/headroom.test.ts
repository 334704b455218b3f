import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { type HostParts, hostOf, rowsOf } from "../../test/host-evidence.ts"
import type { Headroom } from "../model/diagnosis.ts"
import { headroomOf } from "./headroom.ts"
import { ledgerOf } from "./ledger.ts"
import { hostPool } from "./port-pool.ts"

function headroom(parts: HostParts): readonly Headroom[] {
  const host = hostOf(parts)
  const table = host.snapshots.at(-1)?.sockets
  return headroomOf(host, table && ledgerOf(table, hostPool(host)))
}

function find(rows: readonly Headroom[], limit: string, scope = ""): Headroom | undefined {
  return rows.find((row) => row.limit === limit && row.scope.includes(scope))
}

const range = { "net.ipv4.ip_local_port_range": "40000 40099" }

test("ports are counted per destination, and over all of them for bind", () => {
  const rows = [
    ...rowsOf(30),
    ...rowsOf(10, { remotePort: 80 }),
    ...rowsOf(5, { localPort: 40050, remotePort: 22 }),
  ]
  const found = headroom({ settings: range, moments: [{ rows }] })
  const busiest = find(found, "ephemeral-ports", ":443")
  assert.deepEqual([busiest?.capacity, busiest?.used, busiest?.utilization], [100, 30, 0.3])
  assert.equal(find(found, "local-bind-ports")?.used, 35)
})

test("one pool for the machine is one row", () => {
  const rows = [
    ...rowsOf(30, { localPort: 50_000 }),
    ...rowsOf(10, { localPort: 51_000, remotePort: 80 }),
  ]
  const found = headroom({ systems: ["macos"], moments: [{ rows }] })
  const ports = found.filter(({ limit }) => limit === "ephemeral-ports")
  assert.deepEqual(
    ports.map(({ scope, capacity, used }) => [scope, capacity, used]),
    [["all destinations", 16384, 40]],
  )
  assert.match(ports[0]?.note ?? "", /assumed/)
})

test("what exists and could not be read is unknown, what does not exist is not listed", () => {
  const found = headroom({ settings: { ...range, "fs.file-max": 1000 } })
  assert.equal(find(found, "ephemeral-ports")?.unknown, true)
  assert.deepEqual(find(found, "file-descriptors"), {
    limit: "file-descriptors",
    scope: "whole host",
    unknown: true,
    note: "use is not known",
    capacity: 1000,
  })
  assert.equal(find(found, "local-conntrack"), undefined)
})

const kernel: readonly (readonly [
  limit: string,
  counter: string,
  settings: Readonly<Record<string, number | string>>,
])[] = [
  ["time-wait-table", "sockstat.TCP.tw", { "net.ipv4.tcp_max_tw_buckets": 200 }],
  ["orphans", "sockstat.TCP.orphan", { "net.ipv4.tcp_max_orphans": "200" }],
  ["socket-memory", "sockstat.TCP.mem", { "net.ipv4.tcp_mem": "50 100 200" }],
  ["local-conntrack", "conntrack.count", { "net.netfilter.nf_conntrack_max": 200 }],
]

for (const [limit, counter, settings] of kernel) {
  test(`${limit} is used as its counter says`, () => {
    const found = find(headroom({ settings, moments: [{ counters: { [counter]: 50 } }] }), limit)
    assert.deepEqual([found?.capacity, found?.used, found?.utilization], [200, 50, 0.25])
  })
}

test("descriptors are counted per process, fullest first", () => {
  const parts: HostParts = {
    settings: { "nofile.soft@pid 7": 1024, "nofile.soft@pid 8": 100 },
    moments: [
      { counters: { "process.fds@pid 7": 512, "process.fds@pid 8": 99, "process.fds@pid 9": 1 } },
    ],
  }
  const found = headroom(parts).filter(({ limit }) => limit === "file-descriptors")
  assert.deepEqual(
    found.map(({ scope, utilization }) => [scope, utilization]),
    [
      ["pid 8", 0.99],
      ["pid 7", 0.5],
    ],
  )
})

test("an accept queue holds one more than its backlog, and never more than all of it", () => {
  const listener = { state: "LISTEN", localPort: 80, remotePort: 0, sendQueue: 9 } as const
  for (const [receiveQueue, share] of [
    [5, 0.5],
    [10, 1],
    [11, 1],
  ] as const) {
    const rows = [{ ...listener, receiveQueue }]
    const found = find(headroom({ settings: range, moments: [{ rows }] }), "accept-queue")
    assert.deepEqual([found?.capacity, found?.utilization], [10, share])
  }
})

test("more capacity never lowers headroom", () => {
  const used = fc.nat(300)
  const size = fc.integer({ min: 1, max: 400 })
  fc.assert(
    fc.property(used, size, fc.nat(200), (count, small, more) => {
      const at = (capacity: number): readonly Headroom[] =>
        headroom({
          settings: {
            "net.ipv4.ip_local_port_range": `40000 ${40000 + capacity - 1}`,
            "net.ipv4.tcp_max_tw_buckets": capacity,
            "net.ipv4.tcp_mem": `1 1 ${capacity}`,
          },
          moments: [
            {
              rows: rowsOf(count, { state: "TIME-WAIT" }),
              counters: { "sockstat.TCP.tw": count, "sockstat.TCP.mem": count },
            },
          ],
        })
      const freeOf = (rows: readonly Headroom[]): readonly number[] =>
        ["ephemeral-ports", "time-wait-table", "socket-memory"].map((limit) => {
          const row = find(rows, limit)
          return (
            (row?.capacity ?? Number.NaN) - Math.min(row?.used ?? Number.NaN, row?.capacity ?? 0)
          )
        })
      const [before, after] = [freeOf(at(small)), freeOf(at(small + more))]
      for (const [index, free] of before.entries()) assert.ok((after[index] ?? -1) >= free)
    }),
    { numRuns: 60 },
  )
})

test("rows are fullest first, a share is between 0 and 1, and unknown ones come last", () => {
  const settings = { ...range, "net.ipv4.tcp_max_orphans": 10, "fs.file-max": 5 }
  const moments = [{ rows: rowsOf(90), counters: { "sockstat.TCP.orphan": 50 } }]
  const found = headroom({ settings, moments })
  const shares = found.map(({ utilization }) => utilization ?? -1)
  assert.deepEqual(
    shares,
    shares.toSorted((a, b) => b - a),
  )
  assert.ok(shares.every((share) => share <= 1))
  assert.equal(found.at(-1)?.unknown, true)
})
