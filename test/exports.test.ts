/** What a run exports comes back through our own readers as it was: sockets, events, firewall rows, attempts. */
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { ERRORS } from "../src/catalog/errors.ts"
import type { Case } from "../src/evidence/case.ts"
import { STATES } from "../src/model/state.ts"
import type { AttemptRow, BoxRow, RunEvent, SocketRow } from "../src/sim/engine/simulated-run.ts"
import { type ExportKind, exportsOf } from "../src/sim/export/exports.ts"
import { bytesOf, caseOf, exported, hostOf, odditiesIn, recordingOf, START } from "./recordings.ts"

/** "ESTABLISHED 10.1.1.5:1025 10.2.0.1:445", sorted. */
function keyOf(row: SocketRow): string {
  const { state, localAddress, localPort, remoteAddress, remotePort } = row
  const remote = state === "LISTEN" ? "" : ` ${remoteAddress}:${remotePort}`
  return `${state} ${localAddress}:${localPort}${remote}`
}

function socketsIn(read: Case): readonly (readonly string[])[] {
  return (read.hosts[0]?.snapshots ?? []).map(({ sockets: table }) => {
    assert.ok(table !== undefined)
    const address = (name: "localAddress" | "remoteAddress", index: number) =>
      table.addresses.textOf(table.column(name)[index] ?? 0)
    return Array.from({ length: table.length }, (_, index) =>
      keyOf({
        state: table.stateAt(index),
        localAddress: address("localAddress", index).replace("*", "0.0.0.0"),
        localPort: table.column("localPort")[index] ?? 0,
        remoteAddress: address("remoteAddress", index),
        remotePort: table.column("remotePort")[index] ?? 0,
      }),
    ).sort()
  })
}

const shown = STATES.filter((state) => state !== "CLOSED" && state !== "BOUND")
const port = fc.integer({ min: 1, max: 65_535 })
const addresses = ["10.2.0.1", "10.2.0.99", "192.0.2.255", "2001:db8::1", "2001:db8:0:1::ff"]
const socket: fc.Arbitrary<SocketRow> = fc
  .record({
    state: fc.constantFrom(...shown),
    localPort: port,
    remotePort: port,
    remoteAddress: fc.constantFrom(...addresses),
    process: fc.option(fc.constantFrom("sweep", "nginx", "alarm-viewer"), { nil: undefined }),
  })
  .map(({ process, ...row }) => ({
    ...row,
    localAddress: row.remoteAddress.includes(":") ? "2001:db8::5" : "10.1.1.5",
    ...(process === undefined ? {} : { process }),
  }))

/** A machine without any socket says nothing of a moment. */
const moments = fc.array(fc.array(socket, { minLength: 1, maxLength: 12 }), {
  minLength: 1,
  maxLength: 3,
})

const listings: readonly (readonly [profile: string, kind: ExportKind])[] = [
  ["nt-4.0", "netstat"],
  ["win2000", "netstat"],
  ["xp-sp2", "netstat"],
  ["win10", "netstat"],
  ["linux-6.12", "netstat"],
  ["linux-6.12", "ss"],
  ["macos", "netstat"],
  ["freebsd", "netstat"],
]

for (const [id, kind] of listings) {
  test(`sockets of ${id} come back from its ${kind}, moment by moment`, () => {
    fc.assert(
      fc.property(moments, (moments) => {
        const snapshots = moments.map((sockets, index) => ({ timeSec: 10.4 * index, sockets }))
        const read = exported(recordingOf({ hosts: [hostOf(id, { snapshots })] }), kind)
        const unique = (rows: readonly string[]) => [...new Set(rows)].sort()
        assert.deepEqual(
          socketsIn(read).map(unique),
          moments.map((rows) => unique(rows.map(keyOf))),
        )
        const times = read.hosts[0]?.snapshots.map((each) => each.time)
        assert.deepEqual(
          times,
          moments.map((_, index) => START + Math.floor(10.4 * index)),
        )
        assert.deepEqual(odditiesIn(read), [])
      }),
      { numRuns: 60 },
    )
  })
}

const windowsIds: readonly (readonly [source: string, id: number])[] = [
  ["Tcpip", 4226],
  ["Tcpip", 4227],
  ["Tcpip", 4231],
  ["Tcpip", 4266],
  ["Srv", 2009],
  ["Srv", 2011],
  ["Srv", 2017],
  ["Srv", 2019],
  ["Srv", 2021],
  ["Srv", 2022],
]

function eventsIn(read: Case): readonly string[] {
  return read.hosts.flatMap((host) =>
    host.events.map(({ source, id, time = 0 }) => `${source} ${id} ${(time - START).toFixed(3)}`),
  )
}

for (const [id, digits] of [
  ["nt-4.0", 0],
  ["xp-sp2", 0],
  ["win10", 3],
] as const) {
  test(`events of ${id} come back with source, id and time`, () => {
    const events = windowsIds.map(([source, number], index) => ({
      timeSec: 1.125 + 3661 * index,
      on: "client",
      source,
      id: number,
    }))
    const read = exported(recordingOf({ hosts: [hostOf(id)], events }), "events")
    const timeOf = (sec: number) => (digits === 0 ? Math.floor(sec) : sec).toFixed(3)
    assert.deepEqual(
      eventsIn(read),
      events.map((event) => `${event.source} ${event.id} ${timeOf(event.timeSec)}`),
    )
    assert.equal(read.hosts[0]?.vantage.toLowerCase(), "client")
    assert.deepEqual(odditiesIn(read), [])
  })
}

test("event 2009 says that it is the session table, and codes come back", () => {
  const events = [
    { timeSec: 1, on: "client", source: "Srv", id: 2009 },
    { timeSec: 2, on: "client", source: "Tcpip", id: 4227 },
  ]
  const read = exported(recordingOf({ hosts: [hostOf("2019")], events }), "events")
  const [full, collision] = read.hosts[0]?.events ?? []
  assert.equal(full?.data?.["table"], "session")
  assert.equal(collision?.data?.["code"], 0x80001083)
})

test("kernel messages come back by our names, with what they say", () => {
  const messages: readonly Omit<RunEvent, "on" | "timeSec">[] = [
    { source: "kernel", id: "conntrack-table-full" },
    {
      source: "kernel",
      id: "syn-flooding",
      data: { port: 8080, address: "10.1.1.5", action: "Dropping request" },
    },
    { source: "kernel", id: "too-many-orphans" },
    { source: "kernel", id: "tcp-out-of-memory" },
    { source: "kernel", id: "file-max-reached", data: { limit: 9223 } },
    { source: "kernel", id: "no-more-sockets" },
    { source: "kernel", id: "neighbour-table-overflow", data: { table: "arp_cache" } },
    { source: "sshd", id: "sshd-max-startups", data: { number: 10, peer: "10.0.0.9", port: 22 } },
  ]
  const events = messages.map((each, index) => ({
    ...each,
    on: "client",
    timeSec: 0.000_25 + index,
  }))
  const read = exported(recordingOf({ hosts: [hostOf("linux-6.12")], events }), "events")
  assert.deepEqual(
    eventsIn(read),
    events.map((event) => `${event.source} ${event.id} ${event.timeSec.toFixed(3)}`),
  )
  for (const [index, { data = {} }] of messages.entries()) {
    for (const [name, value] of Object.entries(data)) {
      assert.equal(read.hosts[0]?.events[index]?.data?.[name], value, name)
    }
  }
  // No kernel of today prints it any more: it only counts.
  const overflow = [{ source: "kernel", id: "time-wait-table-overflow", on: "client", timeSec: 1 }]
  const of = (profile: string) =>
    eventsIn(exported(recordingOf({ hosts: [hostOf(profile)], events: overflow }), "events"))
  assert.deepEqual(of("linux-6.12"), [])
  assert.equal(of("linux-before-4.2").length, 1)
})

test("an overflowing listener of FreeBSD comes back", () => {
  const data = { address: "10.1.1.5", port: 80, queued: 193, occurrences: 7 }
  const events = [{ timeSec: 5, on: "client", source: "kernel", id: "listen-queue-overflow", data }]
  const read = exported(recordingOf({ hosts: [hostOf("freebsd")], events }), "events")
  assert.deepEqual(eventsIn(read), ["kernel listen-queue-overflow 5.000"])
  assert.deepEqual(read.hosts[0]?.events[0]?.data, data)
})

const codes = { establish: 0, terminate: 0x80074e20, fail: 0xc0040038, deny: 0xc0040037 } as const
const did = { establish: "open", terminate: "close", fail: "fail", deny: "deny" } as const
const action = fc.constantFrom<BoxRow["action"]>("establish", "terminate", "fail", "deny")
const boxRow: fc.Arbitrary<BoxRow> = fc
  .record({
    timeSec: fc.integer({ min: 600, max: 7200 }),
    action,
    from: fc.constantFrom("10.1.1.5", "10.1.1.6"),
    fromPort: port,
    to: fc.constantFrom("10.2.0.1", "10.2.0.2"),
    toPort: fc.constantFrom(445, 139, 8080),
    lasted: fc.integer({ min: 1, max: 500 }),
  })
  .map(({ lasted, ...row }) => {
    const isEnd = row.action === "terminate" || row.action === "fail"
    return { ...row, code: codes[row.action], startedSec: row.timeSec - (isEnd ? lasted : 0) }
  })

for (const profileId of ["isa-2004", "isa-2006", "tmg-2010"]) {
  test(`rows of ${profileId} come back from its log`, () => {
    fc.assert(
      fc.property(fc.array(boxRow, { minLength: 1, maxLength: 30 }), (unsorted) => {
        const rows = unsorted.toSorted((a, b) => a.timeSec - b.timeSec)
        const box = { name: "isa01", profileId, rows, flows: 0, counters: {} }
        const read = exported(recordingOf({ boxes: [box] }), "isa-log")
        const seen = (read.hosts[0]?.logs ?? []).map(({ time = 0, ms, from, to, ...row }) => ({
          timeSec: time - START,
          did: row.did,
          code: Number(row.result),
          from: `${from?.address}:${from?.port}`,
          to: `${to?.address}:${to?.port}`,
          ms,
        }))
        const ms = ({ timeSec, startedSec }: BoxRow) =>
          timeSec === startedSec ? undefined : 1000 * (timeSec - startedSec)
        const expected = rows.map((row) => ({
          timeSec: row.timeSec,
          did: did[row.action],
          code: row.code,
          from: `${row.from}:${row.fromPort}`,
          to: `${row.to}:${row.toPort}`,
          ms: ms(row),
        }))
        assert.deepEqual(seen, expected)
        assert.deepEqual(odditiesIn(read), [])
      }),
      { numRuns: 40 },
    )
  })
}

test("connections of the firewall's log come back whole", () => {
  const open = { from: "10.1.1.5", fromPort: 1025, to: "10.2.0.1", toPort: 445, startedSec: 1 }
  const rows: readonly BoxRow[] = [
    { ...open, timeSec: 1, action: "establish", code: 0 },
    { ...open, timeSec: 121, action: "terminate", code: codes.terminate },
    { ...open, fromPort: 1026, timeSec: 122, startedSec: 122, action: "deny", code: codes.deny },
  ]
  for (const profileId of ["isa-2000", "isa-2006", "tmg-2010"]) {
    const box = { name: "isa01", profileId, rows, flows: 0, counters: {} }
    const read = exported(recordingOf({ boxes: [box] }), "isa-log")
    assert.deepEqual(
      read.hosts[0]?.logs.map((row) => row.did),
      ["open", "close", "deny"],
      profileId,
    )
  }
})

test("alerts of the firewall stand beside its log, with the client they name", () => {
  for (const profileId of ["isa-2006", "tmg-2010"]) {
    const product = profileId === "tmg-2010" ? "Forefront TMG " : ""
    const source = `Microsoft ${product}Firewall`
    const events = [15112, 15113, 15120, 21284].map((id, index) => ({
      timeSec: index + 1,
      on: "isa01",
      source,
      id,
      data: { address: "10.1.1.5" },
    }))
    const box = { name: "isa01", profileId, rows: [], flows: 0, counters: {} }
    const recording = recordingOf({ boxes: [box], events })
    const files = exportsOf(recording, { kinds: ["events"] })
    assert.deepEqual(
      eventsIn(caseOf(files)),
      events.map((event) => `${source} ${event.id} ${event.timeSec.toFixed(3)}`),
    )
    const text = new TextDecoder().decode(bytesOf(files[0]?.content ?? []))
    assert.equal(text.match(/10\.1\.1\.5/g)?.length, 4)
  }
})

const ports = { linux: 8080, windows: 445 } as const

/** "12.345 10.2.0.1:445 ETIMEDOUT 21000" */
function attemptsIn(read: Case): readonly string[] {
  return read.hosts.flatMap((host) =>
    host.attempts.map(({ time = 0, to, ok, error, ms }) => {
      const target = `${to?.address}:${to?.port}`
      return `${(time - START).toFixed(3)} ${target} ${ok ? "ok" : error} ${ms}`
    }),
  )
}

/** A program speaks when an attempt has ended. */
function lineOf({ timeSec, to, port: number, ok, error, ms }: AttemptRow): string {
  return `${(timeSec + ms / 1000).toFixed(3)} ${to}:${number} ${ok ? "ok" : error} ${ms}`
}

const linuxErrors = ERRORS.filter(
  ({ family, calls, texts }) =>
    family === "errno" && calls.includes("connect") && texts["glibc"] !== undefined,
)
const windowsErrors = ERRORS.filter(
  ({ family, calls }) => (family === "winsock" || family === "system") && calls.includes("connect"),
)

for (const [family, profile, errors] of [
  ["linux", "linux-6.12", linuxErrors],
  ["windows", "xp-sp2", windowsErrors],
] as const) {
  test(`attempts on ${family} come back with time, target, error and duration`, () => {
    assert.ok(errors.length > 8)
    const failed = errors.map(({ name }) => ({ ok: false, error: name }))
    const targets = ["10.2.0.1", "2001:db8::7"]
    const attempts = [{ ok: true }, ...failed].flatMap((outcome, index) =>
      targets.map((to, number) => ({
        timeSec: index + number / 4 + 0.125,
        application: "sweep",
        on: "client",
        from: "10.1.1.5",
        to,
        port: ports[family],
        ms: number === 0 ? 21_000 : 0.25,
        ...outcome,
      })),
    )
    const read = exported(recordingOf({ hosts: [hostOf(profile)], attempts }), "log")
    assert.deepEqual(attemptsIn(read), attempts.map(lineOf))
    assert.deepEqual(odditiesIn(read), [])
  })
}

test("a logon script of LAN Manager leaves its transcript", () => {
  const attempts = [true, true, false].map((ok, index) => ({
    timeSec: index,
    application: "logon",
    on: "client",
    from: "10.1.1.5",
    to: `10.4.0.${index + 1}`,
    port: 139,
    ok,
    ms: 10,
    ...(ok ? {} : { error: "error 53" }),
  }))
  const read = exported(recordingOf({ hosts: [hostOf("lanman-2.1")], attempts }), "log")
  assert.deepEqual(
    read.hosts[0]?.attempts.map(({ to, ok, error }) => `${to?.address} ${ok ? "ok" : error}`),
    ["10.4.0.1 ok", "10.4.0.2 ok", "10.4.0.3 error 53"],
  )
})
