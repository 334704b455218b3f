/**
 * Writes Windows event logs (.evtx) for tests: file header, chunks with their tables of names and templates,
 * records of binary XML, checksums. After the public description of the format (libevtx, "Windows XML Event Log
 * (EVTX) format"; [MS-EVEN6] section 2.2.12 for binary XML). Any tree of elements can be written, so that tests
 * can say what Windows says and what it never would.
 */
import { createHash } from "node:crypto"
import { crc32 } from "node:zlib"

const fileHeaderBytes = 4096
export const CHUNK_BYTES = 65_536
const chunkHeaderBytes = 512
/** Seconds from 1601, where FILETIME begins, to 1970. */
const epochSec = 11_644_473_600

/** Codes of value types; 0x80 is added for an array. */
export const TYPES = {
  null: 0x00,
  string: 0x01,
  ansi: 0x02,
  int8: 0x03,
  uint8: 0x04,
  int16: 0x05,
  uint16: 0x06,
  int32: 0x07,
  uint32: 0x08,
  int64: 0x09,
  uint64: 0x0a,
  real32: 0x0b,
  real64: 0x0c,
  bool: 0x0d,
  binary: 0x0e,
  guid: 0x0f,
  size: 0x10,
  fileTime: 0x11,
  systemTime: 0x12,
  sid: 0x13,
  hex32: 0x14,
  hex64: 0x15,
  xml: 0x21,
} as const

export type Content =
  | string
  | ElementSpec
  | { readonly slot: number; readonly type: number; readonly optional?: boolean }
  | { readonly charRef: number }
  | { readonly entity: string }
  | { readonly cdata: string }
  | { readonly target: string; readonly instruction: string }
  | InstanceSpec

export type ElementSpec = {
  readonly name: string
  readonly attributes: readonly (readonly [name: string, value: readonly Content[]])[]
  readonly content: readonly Content[]
}

/** What a slot of a template is filled with; `xml` is written into the chunk, since it refers to names there. */
export type Value =
  | { readonly type: number; readonly bytes: Uint8Array }
  | { readonly type: 0x21; readonly xml: ElementSpec | InstanceSpec }

/** Equal objects are one template: its definition is written once in a chunk. */
export type TemplateSpec = { readonly root: ElementSpec; readonly guid: Uint8Array }

export type InstanceSpec = { readonly template: TemplateSpec; readonly values: readonly Value[] }

export type RecordSpec = {
  readonly body: InstanceSpec | ElementSpec
  /** Absent: one more than that of the record before. */
  readonly id?: number
  /** Seconds since 1970. */
  readonly time?: number
}

export function element(
  name: string,
  attributes: Readonly<Record<string, Content | readonly Content[]>> = {},
  ...content: readonly Content[]
): ElementSpec {
  const list = Object.entries(attributes).map(
    ([key, value]) => [key, isList(value) ? value : [value]] as const,
  )
  return { name, attributes: list, content }
}

function isList(value: Content | readonly Content[]): value is readonly Content[] {
  return Array.isArray(value)
}

export function slot(index: number, type: number): Content {
  return { slot: index, type }
}

/** A slot that leaves no trace (nor its element or attribute) when its value is null. */
export function optional(index: number, type: number): Content {
  return { slot: index, type, optional: true }
}

export function template(root: ElementSpec): TemplateSpec {
  const hash = createHash("sha256").update(JSON.stringify(root)).digest()
  return { root, guid: new Uint8Array(hash.subarray(0, 16)) }
}

/** Values of all types, from what a test would write. */
export const value = {
  nothing: (): Value => ({ type: TYPES.null, bytes: new Uint8Array(0) }),
  string: (text: string): Value => ({ type: TYPES.string, bytes: wide(text) }),
  strings: (...texts: readonly string[]): Value => ({
    type: TYPES.string | 0x80,
    bytes: wide(texts.map((text) => `${text}\0`).join("")),
  }),
  ansi: (bytes: Uint8Array): Value => ({ type: TYPES.ansi, bytes }),
  uint8: (number: number): Value => ({ type: TYPES.uint8, bytes: little(1, number) }),
  uint16: (number: number): Value => ({ type: TYPES.uint16, bytes: little(2, number) }),
  uint32: (number: number): Value => ({ type: TYPES.uint32, bytes: little(4, number) }),
  uint64: (number: bigint): Value => ({ type: TYPES.uint64, bytes: little(8, number) }),
  hex32: (number: number): Value => ({ type: TYPES.hex32, bytes: little(4, number) }),
  hex64: (number: bigint): Value => ({ type: TYPES.hex64, bytes: little(8, number) }),
  bool: (is: boolean): Value => ({ type: TYPES.bool, bytes: little(4, is ? 1 : 0) }),
  binary: (bytes: Uint8Array): Value => ({ type: TYPES.binary, bytes }),
  guid: (bytes: Uint8Array): Value => ({ type: TYPES.guid, bytes }),
  fileTime: (sec: number): Value => ({ type: TYPES.fileTime, bytes: little(8, fileTime(sec)) }),
  sid: (authority: number, ...parts: readonly number[]): Value => ({
    type: TYPES.sid,
    bytes: Uint8Array.of(
      1,
      parts.length,
      ...[0, 0, 0, 0, 0, authority],
      ...parts.flatMap((part) => [...little(4, part)]),
    ),
  }),
  xml: (xml: ElementSpec | InstanceSpec): Value => ({ type: TYPES.xml, xml }),
} as const

/** A number in so many bytes, little-endian; negative ones as their complement. */
export function little(length: 1 | 2 | 4 | 8, number: number | bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, BigInt(number)), true)
  return bytes.slice(0, length)
}

export function wide(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "utf16le"))
}

/** Seconds since 1970 → 100 ns since 1601. */
export function fileTime(sec: number): bigint {
  return BigInt(Math.round(sec * 1e6) + epochSec * 1e6) * 10n
}

class ChunkFull extends Error {}

/** The bytes of one chunk while records are written into it. */
class ChunkWriter {
  readonly bytes = new Uint8Array(CHUNK_BYTES)
  readonly #view = new DataView(this.bytes.buffer)
  readonly #names = new Map<string, number>()
  readonly #templates = new Map<TemplateSpec, number>()
  #at = chunkHeaderBytes
  #lastRecordAt = 0
  first = 0
  last = 0
  records = 0

  /** Whether there was room. */
  add(id: number, time: number, body: RecordSpec["body"]): boolean {
    const from = this.#at
    try {
      this.#record(id, time, body)
    } catch (error) {
      if (!(error instanceof ChunkFull)) throw error
      this.bytes.fill(0, from)
      this.#at = from
      for (const [name, at] of this.#names) if (at >= from) this.#names.delete(name)
      for (const [key, at] of this.#templates) if (at >= from) this.#templates.delete(key)
      return false
    }
    if (this.records++ === 0) this.first = id
    this.last = id
    this.#lastRecordAt = from
    return true
  }

  /** Writes the chunk's header, from which nothing can be added. */
  finish(firstNumber: number): Uint8Array {
    const view = this.#view
    this.bytes.set(Buffer.from("ElfChnk\0", "latin1"))
    view.setBigUint64(8, BigInt(firstNumber), true)
    view.setBigUint64(16, BigInt(firstNumber + Math.max(this.records - 1, 0)), true)
    view.setBigUint64(24, BigInt(this.first), true)
    view.setBigUint64(32, BigInt(this.last), true)
    view.setUint32(40, 128, true)
    view.setUint32(44, this.#lastRecordAt, true)
    view.setUint32(48, this.#at, true)
    sealRecords(this.bytes)
    sealChunkHeader(this.bytes)
    return this.bytes
  }

  #record(id: number, time: number, body: RecordSpec["body"]): void {
    const from = this.#at
    this.#raw(Uint8Array.of(0x2a, 0x2a, 0, 0))
    this.#uint32(0)
    this.#raw(little(8, BigInt(id)))
    this.#raw(little(8, fileTime(time)))
    this.#fragment(body)
    this.#uint8(0)
    while ((this.#at - from + 4) % 8 !== 0) this.#uint8(0)
    const size = this.#at - from + 4
    this.#uint32(size)
    this.#view.setUint32(from + 4, size, true)
  }

  #fragment(body: InstanceSpec | ElementSpec): void {
    this.#raw(Uint8Array.of(0x0f, 1, 1, 0))
    if ("template" in body) this.#instance(body)
    else this.#element(body, true)
  }

  #instance({ template: definition, values }: InstanceSpec): void {
    this.#uint8(0x0c)
    this.#uint8(1)
    this.#raw(definition.guid.subarray(0, 4))
    const known = this.#templates.get(definition)
    this.#uint32(known ?? this.#at + 4)
    if (known === undefined) this.#definition(definition)
    this.#uint32(values.length)
    const descriptorsAt = this.#at
    for (const { type } of values) this.#raw(Uint8Array.of(0, 0, type, 0))
    for (const [index, each] of values.entries()) {
      const from = this.#at
      if ("bytes" in each) this.#raw(each.bytes)
      else this.#embedded(each.xml)
      this.#view.setUint16(descriptorsAt + 4 * index, this.#at - from, true)
    }
  }

  /** A fragment, or an element alone, which then (as all in it) says nothing of slots it depends on. */
  #embedded(xml: ElementSpec | InstanceSpec): void {
    if ("template" in xml) this.#fragment(xml)
    else this.#element(xml, false)
    this.#uint8(0)
  }

  #definition(definition: TemplateSpec): void {
    const { guid, root } = definition
    const at = this.#at
    const bucket = 384 + 4 * ((guid[0] ?? 0) % 32)
    this.#uint32(this.#view.getUint32(bucket, true))
    this.#view.setUint32(bucket, at, true)
    this.#raw(guid)
    this.#uint32(0)
    const from = this.#at
    this.#fragment(root)
    this.#uint8(0)
    this.#view.setUint32(from - 4, this.#at - from, true)
    this.#templates.set(definition, at)
  }

  #element({ name, attributes, content }: ElementSpec, hasDependency: boolean): void {
    this.#uint8(attributes.length > 0 ? 0x41 : 0x01)
    if (hasDependency) this.#uint16(dependencyOf(content))
    this.#sized(() => {
      this.#name(name)
      if (attributes.length > 0) this.#attributes(attributes)
      if (content.length === 0) {
        this.#uint8(0x03)
        return
      }
      this.#uint8(0x02)
      this.#contents(content, hasDependency)
      this.#uint8(0x04)
    })
  }

  #attributes(attributes: ElementSpec["attributes"]): void {
    this.#sized(() => {
      for (const [index, [name, pieces]] of attributes.entries()) {
        this.#uint8(index + 1 < attributes.length ? 0x46 : 0x06)
        this.#name(name)
        this.#contents(pieces, true)
      }
    })
  }

  #contents(pieces: readonly Content[], hasDependency: boolean): void {
    for (const [index, piece] of pieces.entries()) {
      const next = pieces[index + 1]
      const more = next !== undefined && !(typeof next === "object" && "name" in next) ? 0x40 : 0
      this.#piece(piece, more, hasDependency)
    }
  }

  #piece(piece: Content, more: number, hasDependency: boolean): void {
    if (typeof piece === "string") {
      this.#uint8(0x05 | more)
      this.#uint8(0x01)
      this.#text(piece)
    } else if ("slot" in piece) {
      this.#uint8(piece.optional === true ? 0x0e : 0x0d)
      this.#uint16(piece.slot)
      this.#uint8(piece.type)
    } else if ("charRef" in piece) {
      this.#uint8(0x08 | more)
      this.#uint16(piece.charRef)
    } else if ("entity" in piece) {
      this.#uint8(0x09 | more)
      this.#name(piece.entity)
    } else if ("cdata" in piece) {
      this.#uint8(0x07 | more)
      this.#text(piece.cdata)
    } else if ("instruction" in piece) {
      this.#uint8(0x0a)
      this.#name(piece.target)
      this.#uint8(0x0b)
      this.#text(piece.instruction)
    } else if ("template" in piece) this.#instance(piece)
    else this.#element(piece, hasDependency)
  }

  /** Writes the size of what follows in front of it. */
  #sized(write: () => void): void {
    const at = this.#at
    this.#uint32(0)
    write()
    this.#view.setUint32(at, this.#at - at - 4, true)
  }

  /** A name stands where it is first used; afterwards it is referred to. */
  #name(name: string): void {
    const known = this.#names.get(name)
    this.#uint32(known ?? this.#at + 4)
    if (known !== undefined) return
    const at = this.#at
    const hash = nameHash(name)
    const bucket = 128 + 4 * (hash % 64)
    this.#uint32(this.#view.getUint32(bucket, true))
    this.#view.setUint32(bucket, at, true)
    this.#uint16(hash)
    this.#text(name)
    this.#uint16(0)
    this.#names.set(name, at)
  }

  #text(text: string): void {
    this.#uint16(text.length)
    this.#raw(wide(text))
  }

  #uint8(number: number): void {
    this.#raw(Uint8Array.of(number))
  }

  #uint16(number: number): void {
    this.#raw(little(2, number))
  }

  #uint32(number: number): void {
    this.#raw(little(4, number))
  }

  #raw(bytes: Uint8Array): void {
    if (this.#at + bytes.length > CHUNK_BYTES) throw new ChunkFull()
    this.bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }
}

/** An element that one optional slot decides on says so in its start. */
function dependencyOf(content: readonly Content[]): number {
  const [only] = content
  if (content.length !== 1 || typeof only !== "object" || !("slot" in only)) return 0xffff
  return only.optional === true ? only.slot : 0xffff
}

function nameHash(name: string): number {
  let hash = 0
  for (let at = 0; at < name.length; at++) {
    hash = (Math.imul(hash, 65_599) + name.charCodeAt(at)) >>> 0
  }
  return hash & 0xffff
}

/** Sets the checksum of the records of a chunk anew. */
export function sealRecords(chunk: Uint8Array): void {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  const end = Math.min(view.getUint32(48, true), chunk.length)
  view.setUint32(52, crc32(chunk.subarray(chunkHeaderBytes, end)), true)
}

/** Sets the checksum of a chunk's header anew. */
export function sealChunkHeader(chunk: Uint8Array): void {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  const sum = crc32(chunk.subarray(128, chunkHeaderBytes), crc32(chunk.subarray(0, 120)))
  view.setUint32(124, sum, true)
}

export type LogOptions = {
  /** Flags of the header: 1 dirty, 2 full. */
  readonly flags?: number
  /** What the header says, where it is to be wrong. */
  readonly chunksSaid?: number
  /** Records in a chunk at most. */
  readonly recordsPerChunk?: number
  /** Chunks of zeros behind the last, as Windows keeps ready. */
  readonly emptyChunks?: number
}

/** A whole log. */
export function buildLog(records: readonly RecordSpec[], options: LogOptions = {}): Uint8Array {
  const { flags = 0, recordsPerChunk = Number.POSITIVE_INFINITY, emptyChunks = 0 } = options
  const chunks: ChunkWriter[] = []
  let id = 0
  let time = 1_700_000_000
  for (const record of records) {
    id = record.id ?? id + 1
    time = record.time ?? time + 1
    let chunk = chunks.at(-1)
    if (chunk === undefined || chunk.records >= recordsPerChunk) chunks.push(new ChunkWriter())
    chunk = chunks.at(-1)
    if (chunk?.add(id, time, record.body) === true) continue
    chunk = new ChunkWriter()
    if (!chunk.add(id, time, record.body)) throw new RangeError("The record is larger than a chunk")
    chunks.push(chunk)
  }
  let number = 1
  const parts = chunks.map((chunk) => {
    const bytes = chunk.finish(number)
    number += chunk.records
    return bytes
  })
  const head = fileHeader(options.chunksSaid ?? parts.length, id + 1, flags)
  const empty = new Uint8Array(CHUNK_BYTES * emptyChunks)
  return new Uint8Array(Buffer.concat([head, ...parts, empty]))
}

function fileHeader(chunks: number, nextRecord: number, flags: number): Uint8Array {
  const bytes = new Uint8Array(fileHeaderBytes)
  const view = new DataView(bytes.buffer)
  bytes.set(Buffer.from("ElfFile\0", "latin1"))
  view.setBigUint64(16, BigInt(Math.max(chunks - 1, 0)), true)
  view.setBigUint64(24, BigInt(nextRecord), true)
  view.setUint32(32, 128, true)
  view.setUint16(36, 1, true)
  view.setUint16(38, 3, true)
  view.setUint16(40, fileHeaderBytes, true)
  view.setUint16(42, chunks, true)
  view.setUint32(120, flags, true)
  view.setUint32(124, crc32(bytes.subarray(0, 120)), true)
  return bytes
}
