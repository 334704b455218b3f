/**
 * Our reader of Windows event logs beside Debian's evtxexport (libevtx-utils): the same records with the same XML, of
 * logs with every kind of content both can tell, whole and damaged. docs/evtx.md says where they differ.
 */
import assert from "node:assert/strict"
import { test } from "node:test"
import {
  buildLog,
  CHUNK_BYTES,
  type Content,
  type ElementSpec,
  element,
  little,
  optional,
  type RecordSpec,
  sealChunkHeader,
  sealRecords,
  slot,
  type TemplateSpec,
  TYPES,
  template,
  type Value,
  value,
  wide,
} from "./evtx-builder.ts"
import { driverPacket, eventRecord } from "./evtx-events.ts"
import { exportOf, hasEvtxexport, numberOf, readByEvtxexport, readByUs } from "./evtx-rival.ts"
import { below, pick, type Random, randomOf } from "./mutation.ts"

const fileHeaderBytes = 4096
const needs = { skip: hasEvtxexport ? false : "evtxexport (libevtx-utils) is not installed" }

/** Values as far as evtxexport 20181227 writes them: docs/evtx.md lists those that it does not. */
const makers: readonly ((random: Random) => Value)[] = [
  (random) => value.string(textOf(random)),
  (random) => ({ type: TYPES.ansi, bytes: bytesOf(random, 1).map((byte) => 64 + (byte % 60)) }),
  (random) => value.uint8(below(random, 256)),
  (random) => value.uint16(below(random, 65_536)),
  (random) => value.uint32(below(random, 2 ** 32)),
  (random) => value.uint64(BigInt(below(random, 2 ** 48)) * 65_521n),
  (random) => ({ type: TYPES.int8, bytes: little(1, below(random, 128)) }),
  (random) => ({ type: TYPES.int16, bytes: little(2, below(random, 2 ** 15)) }),
  (random) => ({ type: TYPES.int32, bytes: little(4, below(random, 2 ** 31)) }),
  (random) => ({ type: TYPES.int64, bytes: little(8, below(random, 2 ** 48)) }),
  (random) => value.hex32(below(random, 2 ** 32)),
  (random) => value.hex64(BigInt(below(random, 2 ** 48)) * 65_521n),
  (random) => value.bool(random() < 0.5),
  (random) => value.binary(bytesOf(random, 0)),
  (random) => value.guid(Uint8Array.from({ length: 16 }, () => below(random, 256))),
  (random) => value.fileTime(below(random, 4e9)),
  (random) =>
    value.sid(5, 21, ...Array.from({ length: below(random, 4) }, () => below(random, 9e8))),
  (random) => ({ type: TYPES.real64, bytes: real64(below(random, 1e6) * 1e3) }),
  (random) => ({ type: TYPES.size, bytes: little(8, below(random, 2 ** 40)) }),
  (random) => value.strings(...Array.from({ length: below(random, 4) }, () => textOf(random))),
  (random) => ({ type: TYPES.uint32 | 0x80, bytes: numbers(random, 4) }),
  (random) => ({ type: TYPES.hex64 | 0x80, bytes: numbers(random, 8) }),
  (random) => ({ type: TYPES.uint16 | 0x80, bytes: numbers(random, 2) }),
]

function textOf(random: Random): string {
  const letters = "abc XYZ<>&\"'äßЖ漢\t0129\\%"
  return Array.from({ length: 2 + below(random, 12) }, () => pick([...letters], random)).join("")
}

function bytesOf(random: Random, least: number): Uint8Array {
  return Uint8Array.from({ length: least + below(random, 20) }, () => below(random, 256))
}

function numbers(random: Random, width: 2 | 4 | 8): Uint8Array {
  const count = 1 + below(random, 4)
  return Uint8Array.from(
    Array.from({ length: count }, () => [...little(width, below(random, 2 ** 30))]).flat(),
  )
}

function real64(number: number): Uint8Array {
  return new Uint8Array(new Float64Array([number]).buffer)
}

/** A tree whose leaves are slots or texts, and a maker of values for its slots. */
function randomTemplate(random: Random, depth: number): readonly [TemplateSpec, Value["type"][]] {
  const kinds: number[] = []
  const newSlot = (isOptional: boolean): Content => {
    const kind = below(random, makers.length)
    kinds.push(kind)
    return isOptional ? optional(kinds.length - 1, 1) : slot(kinds.length - 1, 1)
  }
  const leaf = (): readonly Content[] => {
    const share = random()
    if (share < 0.4) return [newSlot(true)]
    if (share < 0.6) return [newSlot(false)]
    if (share < 0.75) return [textOf(random)]
    return share < 0.9 ? ["a", { entity: pick(["lt", "gt", "amp", "quot"], random) }, "b"] : []
  }
  const tree = (left: number): ElementSpec => {
    const attributes: Record<string, Content> =
      random() < 0.4 ? { Name: `n${below(random, 9)}` } : {}
    const name = `E${below(random, 12)}`
    if (left === 0 || random() < 0.3) return element(name, attributes, ...leaf())
    const children = Array.from({ length: 1 + below(random, 4) }, () => tree(left - 1))
    return element(name, attributes, ...children)
  }
  return [template(element("EventData", {}, tree(depth), tree(depth))), kinds]
}

function randomLog(seed: number): Uint8Array {
  const random = randomOf(seed)
  const shapes = Array.from({ length: 1 + below(random, 4) }, () => randomTemplate(random, 3))
  const records = Array.from({ length: 1 + below(random, 120) }, (_, index): RecordSpec => {
    const [shape, kinds] = pick(shapes, random)
    // Only what fills an optional slot may be missing; evtxexport takes null nowhere else.
    const values = kinds.map((kind) => makers[kind]?.(random) ?? value.nothing())
    return eventRecord({
      source: pick(["Tcpip", "Srv", "Microsoft-Windows-GroupPolicy"], random),
      id: 1 + below(random, 5000),
      time: 1_700_000_000 + index,
      record: index + 1,
      data: { template: shape, values },
    })
  })
  return buildLog(records, {
    recordsPerChunk: 1 + below(random, 60),
    emptyChunks: below(random, 2),
  })
}

test("evtxexport and we print the same XML of the same records", needs, () => {
  for (let seed = 1; seed <= 40; seed++) {
    const log = randomLog(seed)
    const { records, faults } = readByUs(log, 1 + seed * 1009)
    assert.deepEqual(faults, [], `seed ${seed}`)
    assert.deepEqual([...records.values()], readByEvtxexport(log), `seed ${seed}`)
  }
})

test(
  "of classic events evtxexport and we give the same source, id, computer and strings",
  needs,
  async () => {
    const { Feed } = await import("../src/evidence/feed.ts")
    const log = buildLog(
      Array.from({ length: 50 }, (_, index) =>
        eventRecord({
          source: index % 2 === 0 ? "Tcpip" : "Srv",
          id: index % 2 === 0 ? 4227 : 2009,
          qualifiers: 0x8000,
          time: 1_700_000_000 + index,
          record: index + 1,
          computer: `HOST${index % 3}`,
          strings: Array.from({ length: index % 4 }, (_, at) => `string ${at} & more`),
          ...(index % 5 === 0 ? {} : { binary: driverPacket(0x80001083 - index) }),
        }),
      ),
    )
    const ours: unknown[] = []
    const observe = (observation: unknown) => void ours.push(observation)
    const feed = new Feed("log.evtx", { section: () => {}, mark: () => {}, observe })
    feed.push(log)
    feed.end()
    const theirs = exportOf(log)
      .text.split(/\n\n(?=Event number)/)
      .slice(1)
    const told = theirs.map((text) => {
      const field = (name: string) => new RegExp(`^${name}\\s*: (.*)$`, "m").exec(text)?.[1] ?? ""
      const strings = [...text.matchAll(/^String: \d+\s*: (.*)$/gm)].map((match) => match[1])
      return {
        record: Number(field("Event number")),
        source: field("Source name"),
        id: Number(/\((\d+)\)/.exec(field("Event identifier"))?.[1]),
        vantage: field("Computer name"),
        strings,
      }
    })
    const read = ours.map((each) => {
      const event = each as {
        record: number
        source: string
        id: number
        vantage: string
        data: Record<string, string>
      }
      const strings = Object.entries(event.data)
        .filter(([name]) => /^%\d+$|^Binary$/.test(name))
        .map(([, text]) => text)
      const { record, source, id, vantage } = event
      return { record, source, id, vantage, strings }
    })
    assert.equal(read.length, 50)
    assert.deepEqual(read, told)
  },
)

/** Three chunks of ten records. */
function plainLog(): Uint8Array {
  const records = Array.from({ length: 30 }, (_, index) =>
    eventRecord({
      source: "Tcpip",
      id: 4227,
      qualifiers: 0x8000,
      time: 1_700_000_000 + index,
      record: index + 1,
      strings: ["", "x".repeat(index)],
      binary: driverPacket(0x80001083),
    }),
  )
  return buildLog(records, { recordsPerChunk: 10 })
}

function chunkOf(log: Uint8Array, index: number): Uint8Array {
  const at = fileHeaderBytes + CHUNK_BYTES * index
  return log.subarray(at, at + CHUNK_BYTES)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Offsets of a chunk's records. */
function recordsIn(chunk: Uint8Array): readonly number[] {
  const view = viewOf(chunk)
  const offsets: number[] = []
  for (let at = 512; view.getUint32(at, true) === 0x2a2a; at += view.getUint32(at + 4, true)) {
    offsets.push(at)
  }
  return offsets
}

function at(offsets: readonly number[], index: number): number {
  const offset = offsets[index]
  assert.ok(offset !== undefined)
  return offset
}

type Damage = {
  readonly name: string
  readonly damage: (log: Uint8Array) => Uint8Array
  /** Records that cannot be read. */
  readonly lost: readonly number[]
  /** What evtxexport does not read either, or reads wrongly, beyond that. */
  readonly theirsLost?: "all" | ((id: number) => boolean)
}

function inChunk(index: number, change: (chunk: Uint8Array, records: readonly number[]) => void) {
  return (log: Uint8Array): Uint8Array => {
    const chunk = chunkOf(log, index)
    change(chunk, recordsIn(chunk))
    return log
  }
}

const damages: readonly Damage[] = [
  { name: "a header of zeros", damage: (log) => log.fill(0, 0, 4096), lost: [], theirsLost: "all" },
  {
    name: "a header that knows one chunk of three",
    damage: (log) => {
      viewOf(log).setUint16(42, 1, true)
      return log
    },
    lost: [],
  },
  {
    name: "a dirty header that knows nine chunks",
    damage: (log) => {
      viewOf(log).setUint16(42, 9, true)
      viewOf(log).setUint32(120, 1, true)
      return log
    },
    lost: [],
  },
  {
    name: "a chunk without its signature",
    damage: inChunk(1, (chunk) => chunk.fill(0, 0, 8)),
    lost: [],
  },
  {
    name: "a chunk without its header",
    damage: inChunk(1, (chunk) => chunk.fill(0, 0, 512)),
    lost: [],
  },
  {
    name: "a record whose sizes differ",
    damage: inChunk(1, (chunk, records) => viewOf(chunk).setUint32(at(records, 5) - 4, 77, true)),
    lost: [15],
  },
  {
    name: "a record larger than its chunk",
    damage: inChunk(1, (chunk, records) =>
      viewOf(chunk).setUint32(at(records, 4) + 4, 77_777, true),
    ),
    lost: [15],
  },
  {
    name: "a record without its signature",
    damage: inChunk(1, (chunk, records) => chunk.fill(0, at(records, 4), at(records, 4) + 1)),
    lost: [15],
  },
  {
    name: "zeros over some records",
    damage: inChunk(1, (chunk, records) => chunk.fill(0, at(records, 4), at(records, 6) + 40)),
    lost: [15, 16, 17],
  },
  {
    name: "zeros from a record to the end of its chunk",
    damage: inChunk(1, (chunk, records) => chunk.fill(0, at(records, 8))),
    lost: [19, 20],
  },
  {
    name: "a token that is none",
    damage: inChunk(1, (chunk, records) =>
      chunk.fill(0x33, at(records, 4) + 28, at(records, 4) + 29),
    ),
    lost: [15],
    theirsLost: (id) => id > 15,
  },
  {
    name: "a chunk header older than five of its records",
    damage: inChunk(1, (chunk, records) => {
      viewOf(chunk).setUint32(48, at(records, 5), true)
      viewOf(chunk).setUint32(44, at(records, 4), true)
      viewOf(chunk).setBigUint64(32, 15n, true)
      sealRecords(chunk)
      sealChunkHeader(chunk)
    }),
    lost: [],
  },
  {
    name: "a chunk header that knows no record",
    damage: inChunk(2, (chunk) => {
      viewOf(chunk).setUint32(48, 512, true)
      viewOf(chunk).setUint32(44, 0, true)
      viewOf(chunk).setBigUint64(32, 0n, true)
    }),
    lost: [],
  },
  {
    name: "a chunk header that ends nowhere",
    damage: inChunk(1, (chunk) => viewOf(chunk).setUint32(48, 0xffffffff, true)),
    lost: [],
    theirsLost: "all",
  },
  {
    name: "wrong checksums everywhere",
    damage: (log) => {
      for (let index = 0; index < 3; index++)
        chunkOf(log, index).fill(0x77, 52, 56).fill(0x66, 124, 128)
      return log.fill(0x55, 124, 128)
    },
    lost: [],
  },
  {
    name: "a file cut inside the seventh record of a chunk",
    damage: (log) => {
      const end = at(recordsIn(chunkOf(log, 1)), 6) + 20
      return log.subarray(0, fileHeaderBytes + CHUNK_BYTES + end)
    },
    lost: [17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30],
    theirsLost: (id) => id > 10,
  },
  {
    name: "bytes too many between two chunks",
    damage: (log) => {
      const cut = fileHeaderBytes + CHUNK_BYTES - 100
      return new Uint8Array(
        Buffer.concat([log.subarray(0, cut), new Uint8Array(10), log.subarray(cut)]),
      )
    },
    lost: [],
    theirsLost: (id) => id > 10,
  },
  {
    name: "bytes missing between two chunks",
    damage: (log) => {
      const cut = fileHeaderBytes + CHUNK_BYTES - 100
      return new Uint8Array(Buffer.concat([log.subarray(0, cut), log.subarray(cut + 10)]))
    },
    lost: [],
    theirsLost: (id) => id > 10,
  },
  {
    name: "no header at all",
    damage: (log) => log.subarray(fileHeaderBytes),
    lost: [],
    theirsLost: "all",
  },
]

for (const { name, damage, lost, theirsLost } of damages) {
  const whole = readByUs(plainLog()).records
  const expected = [...whole].filter(([id]) => !lost.includes(id))

  test(`with ${name}, every record that is whole is read`, () => {
    for (const pieceBytes of [1 << 20, 4099, 61]) {
      const { records, faults } = readByUs(damage(plainLog()), pieceBytes)
      assert.deepEqual([...records], expected)
      if (lost.length > 0) assert.match(faults.join("\n"), new RegExp(`Records? ${lost[0]} `))
    }
  })

  test(`with ${name}, evtxexport reads no other records`, needs, () => {
    const theirs = readByEvtxexport(damage(plainLog()))
    const wanted = expected.filter(([id]) => {
      return typeof theirsLost === "function" ? !theirsLost(id) : theirsLost === undefined
    })
    const sorted = [...theirs].sort((a, b) => numberOf(a) - numberOf(b))
    assert.deepEqual(
      sorted,
      wanted.map(([, xml]) => xml),
    )
  })
}

test("records that an older use of a chunk has left behind are not read", () => {
  const log = plainLog()
  const chunk = chunkOf(log, 2)
  const free = viewOf(chunk).getUint32(48, true)
  const old = chunkOf(plainLog(), 0)
  const offsets = recordsIn(old)
  for (const gap of [0, 40]) {
    chunk.set(old.subarray(at(offsets, 5), at(offsets, 8)), free + gap)
    assert.equal(readByUs(log).records.size, 30)
  }
})

test("a string may quote the signature of a chunk", () => {
  const binary = new Uint8Array(Buffer.from("ElfChnk\0", "latin1"))
  const event = {
    source: "Tcpip",
    id: 4227,
    qualifiers: 0x8000,
    time: 1.7e9,
    strings: ["x"],
    binary,
  }
  const log = buildLog([eventRecord({ ...event, record: 1 }), eventRecord({ ...event, record: 2 })])
  assert.equal(readByUs(log).records.size, 2)
  assert.ok(wide("x").length === 2)
})
