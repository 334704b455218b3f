import assert from "node:assert/strict"
import { test } from "node:test"
import { rowsOf, tableOf } from "../../test/host-evidence.ts"
import type { HostSamples } from "../model/host-samples.ts"
import type { LogObservation, Observation, SocketObservation } from "../model/observation.ts"
import type { Case, HostEvidence, Snapshot } from "./case.ts"
import { CaseBuilder, type FileSink } from "./case-builder.ts"
import type { SectionInfo, SectionMark } from "./reader.ts"

const at = { source: "file" }

/** One file: what its sections are and say, in order. */
type Piece =
  | { readonly section: string }
  | { readonly mark: SectionMark }
  | { readonly observe: Observation }

function build(
  files: Readonly<Record<string, readonly Piece[]>>,
  modified?: readonly number[],
): Case {
  const paths = Object.keys(files)
  const builder = new CaseBuilder(
    paths.map((path, index) => {
      const time = modified?.[index]
      return time === undefined ? { path } : { path, modified: time }
    }),
  )
  for (const [path, pieces] of Object.entries(files)) feed(builder.file(path), path, pieces)
  return builder.finish()
}

function feed(sink: FileSink, path: string, pieces: readonly Piece[]): void {
  for (const piece of pieces) {
    if ("section" in piece) sink.section(infoOf(piece.section, path))
    else if ("mark" in piece) sink.mark(piece.mark)
    else sink.observe(piece.observe)
  }
  const formats = pieces.flatMap((piece) => ("section" in piece ? [piece.section] : []))
  const plain = { encoding: "utf-8", lines: 1, linesUnread: 0, binary: false } as const
  sink.close({ path, formats, ...plain } as Parameters<FileSink["close"]>[0])
}

function infoOf(format: string, path: string): SectionInfo {
  return { format, title: format, source: path, line: 1, file: { path, name: path } }
}

function listing(
  format: string,
  rows: readonly Partial<SocketObservation>[],
  mark: SectionMark = {},
): readonly Piece[] {
  return [
    { section: format },
    { mark: { covers: "all", ...mark } },
    ...rows.map((row) => ({ observe: socket(row) })),
  ]
}

function socket(row: Partial<SocketObservation>): SocketObservation {
  const local = { address: "10.0.0.1", port: 40000 }
  const remote = { address: "10.0.0.9", port: 443 }
  return { kind: "socket", protocol: "tcp", state: "ESTABLISHED", local, remote, at, ...row }
}

const listener = { state: "LISTEN", remote: { address: "0.0.0.0", port: 0 } } as const

function counter(name: string, value: number): Piece {
  return { observe: { kind: "counter", name, value, at } }
}

function only(built: Case): HostEvidence {
  const [host, ...others] = built.hosts
  assert.ok(host !== undefined && others.length === 0)
  return host
}

/** "label rows" of each snapshot. */
function shape(snapshots: readonly Snapshot[]): readonly string[] {
  return snapshots.map(({ label, sockets }) => `${label} ${sockets?.length ?? "-"}`)
}

test("no file makes a case without machines", () => {
  assert.deepEqual(new CaseBuilder().finish(), {
    hosts: [],
    sources: [],
    clocks: [],
    orderedBy: "",
  })
})

test("files that say nothing of a moment are one moment", () => {
  const host = only(
    build({ "ss.txt": listing("ss", [{}, {}]), "nstat.txt": [counter("TcpOutRsts", 5)] }),
  )
  assert.deepEqual(shape(host.snapshots), ["snapshot 1 2"])
  assert.equal(host.snapshots[0]?.counters.get("TcpOutRsts")?.value, 5)
})

test("snapshots come in the order of their times, whatever the names say", () => {
  const built = build({
    "ss-before.txt": listing("ss", [{}], { time: 200 }),
    "ss-after.txt": listing("ss", [{}, {}], { time: 100 }),
  })
  assert.deepEqual(shape(only(built).snapshots), ["after 2", "before 1"])
  assert.equal(built.orderedBy, "times inside the files")
})

test("without times they come in the order of their names", () => {
  const built = build({ "t10/ss.txt": listing("ss", [{}]), "t2/ss.txt": listing("ss", [{}, {}]) })
  assert.deepEqual(shape(only(built).snapshots), ["t2 2", "t10 1"])
  assert.equal(built.orderedBy, "names")
})

test("names of equal rank leave it to the age of the files", () => {
  const files = { "ss-start.txt": listing("ss", [{}]), "ss-first.txt": listing("ss", [{}, {}]) }
  const built = build(files, [900, 800])
  assert.deepEqual(shape(only(built).snapshots), ["first 2", "start 1"])
  assert.equal(built.orderedBy, "file times")
})

test("a listing that is repeated in one file is a later moment", () => {
  const pieces = [
    ...listing("ss", [{}]),
    ...listing("ss", [{}, {}]),
    ...listing("ss", [{}, {}, {}]),
  ]
  assert.deepEqual(
    only(build({ "watch.txt": pieces })).snapshots.map(({ sockets }) => sockets?.length),
    [1, 2, 3],
  )
})

test("two programs in one file are one moment", () => {
  const pieces = [...listing("ss", [{}]), ...listing("netstat", [{}])]
  assert.deepEqual(shape(only(build({ "ticket.txt": pieces })).snapshots), ["snapshot 1 1"])
})

test("counters beside numbered listings belong to the last", () => {
  const host = only(
    build({
      "ss-t0.txt": listing("ss", [{}]),
      "ss-t1.txt": listing("ss", [{}, {}]),
      "nstat.txt": [counter("TcpOutRsts", 5)],
    }),
  )
  assert.deepEqual(shape(host.snapshots), ["t0 1", "t1 2"])
  assert.equal(host.snapshots[1]?.counters.get("TcpOutRsts")?.value, 5)
})

test("a listing of listeners beside one of connections is the same moment", () => {
  const pieces = [
    ...listing("ss", [{}, {}]),
    { section: "ss" },
    { mark: { covers: "listening" } },
    { observe: socket(listener) },
  ] as const
  const [snapshot, ...others] = only(build({ "ticket.txt": pieces })).snapshots
  assert.equal(others.length, 0)
  assert.equal(snapshot?.sockets?.length, 3)
  assert.deepEqual([...snapshot.covers], ["all", "listening"])
})

test("listeners before and after are two moments: their queues differ", () => {
  const queued = (receiveQueue: number): readonly Piece[] => [
    { section: "ss" },
    { mark: { covers: "listening" } },
    { observe: socket({ ...listener, receiveQueue, sendQueue: 128 }) },
  ]
  const host = only(build({ "ss-before.txt": queued(0), "ss-after.txt": queued(129) }))
  assert.deepEqual(
    host.snapshots.map(({ sockets }) => sockets?.row(0).receiveQueue),
    [0, 129],
  )
})

test("connections before and none after are two moments", () => {
  const host = only(
    build({ "ss-before.txt": listing("ss", [{}]), "ss-after.txt": listing("ss", [listener]) }),
  )
  assert.deepEqual(shape(host.snapshots), ["before 1", "after 1"])
})

test("rules before and after are two moments: their counters differ", () => {
  const rules = (packets: number): readonly Piece[] => [
    { section: "nft" },
    { observe: { kind: "log", source: "nft", action: "drop", rule: "drop", packets, at } },
  ]
  const host = only(build({ "nft-before.txt": rules(1), "nft-after.txt": rules(9) }))
  assert.deepEqual(
    host.snapshots.map((snapshot) => snapshot.rules.map((rule) => rule.packets)),
    [[1], [9]],
  )
})

test("a listing without a row is an answer: there are no sockets", () => {
  const [snapshot] = only(build({ "ss.txt": [...listing("ss", []), counter("x", 1)] })).snapshots
  assert.equal(snapshot?.sockets?.length, 0)
})

test("UDP rows are no TCP sockets", () => {
  const udp = { protocol: "udp" } as const
  assert.deepEqual(shape(only(build({ "ss.txt": listing("ss", [{}, udp]) })).snapshots), [
    "snapshot 1 1",
  ])
})

test("folders of machines are machines of their own", () => {
  const built = build({
    "client/ss.txt": listing("ss", [{}]),
    "server/ss.txt": listing("ss", [{}, {}], { host: "db01" }),
  })
  assert.deepEqual(
    built.hosts.map(({ vantage, snapshots }) => `${vantage}: ${shape(snapshots)}`),
    ["client: snapshot 1 1", "server: snapshot 1 2"],
  )
})

test("a machine is named by the evidence, else by its own addresses", () => {
  const named = build({ "ss.txt": listing("ss", [{}], { host: "mgmt01" }) })
  assert.equal(only(named).vantage, "mgmt01")
  const rows = [
    { local: { address: "client", port: 1118 } },
    { local: { address: "localhost", port: 1 } },
  ]
  assert.equal(only(build({ "netstat.txt": listing("netstat", rows) })).vantage, "client")
})

test("a file nobody understands is an oddity and a source", () => {
  const built = build({ "notes.doc": [] })
  assert.deepEqual(
    only(built).oddities.map(({ name, at }) => [name, at.source]),
    [["format-unknown", "notes.doc"]],
  )
  assert.equal(built.sources[0]?.source, "notes.doc")
})

test("a live reading has its samples in order, each with its counters", () => {
  const sample = (time: number, rows: number, value: number): HostSamples["samples"][number] => ({
    time,
    sockets: tableOf(rowsOf(rows)),
    method: "inet_diag",
    boundSeen: true,
    observations: [{ kind: "counter", name: "TcpOutRsts", value, at }],
  })
  const builder = new CaseBuilder()
  builder.live({
    vantage: "here",
    system: "Linux 6.18",
    samples: [sample(100, 2, 5), sample(103, 3, 9)],
    observations: [{ kind: "setting", name: "fs.file-max", value: 7, at }],
    blind: ["no rules"],
  })
  const built = builder.finish()
  const host = only(built)
  assert.equal(built.orderedBy, "live")
  assert.deepEqual(shape(host.snapshots), ["sample 1 2", "sample 2 3"])
  assert.deepEqual(
    host.snapshots.map(({ counters }) => counters.get("TcpOutRsts")?.value),
    [5, 9],
  )
  assert.deepEqual([...(host.snapshots[0]?.covers ?? [])], ["all", "bound"])
  assert.deepEqual([host.live, host.blind, host.systems], [true, ["no rules"], ["Linux 6.18"]])
  assert.equal(host.settings.get("fs.file-max")?.value, 7)
})

test("what is beyond the bounds is counted, not kept", () => {
  const builder = new CaseBuilder([{ path: "huge.txt" }])
  const sink = builder.file("huge.txt")
  const rule: LogObservation = { kind: "log", source: "nft", action: "drop", packets: 1, at }
  sink.section(infoOf("nft", "huge.txt"))
  for (let index = 0; index < 250_000; index++) {
    const name = `n${index}`
    sink.observe({ kind: "counter", name, value: 1, at })
    sink.observe({ kind: "setting", name, value: 1, at })
    sink.observe({ kind: "attempt", ok: true, at })
    sink.observe(rule)
  }
  const host = only(builder.finish())
  const [snapshot] = host.snapshots
  const sizes = [
    snapshot?.counters.size,
    snapshot?.rules.length,
    host.settings.size,
    host.attempts.length,
  ]
  for (const size of sizes) assert.ok(size !== undefined && size > 0 && size <= 200_000)
  const kept = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
  assert.deepEqual(host.blind, [`${1_000_000 - kept} entries beyond the bounds were not kept`])
})

test("a value that is known already is replaced also when the table is full", () => {
  const builder = new CaseBuilder([{ path: "huge.txt" }])
  const sink = builder.file("huge.txt")
  for (let index = 0; index < 210_000; index++) {
    sink.observe({ kind: "setting", name: `n${index}`, value: 1, at })
  }
  sink.observe({ kind: "setting", name: "n0", value: 2, at })
  assert.equal(only(builder.finish()).settings.get("n0")?.value, 2)
})
