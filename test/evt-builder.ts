/**
 * Writes event logs of NT to Server 2003 (.evt) for tests, after "Event Log File Format" of the Windows SDK: a ring of
 * records behind a header, the record that ends it, records cut by the end of the file.
 */
import { little, wide } from "./evtx-builder.ts"

const headerBytes = 48
const recordHeaderBytes = 56
const signature = 0x654c664c

export type EvtEvent = {
  readonly record: number
  /** Seconds since 1970. */
  readonly time: number
  readonly source: string
  readonly computer: string
  /** The whole 32 bits. */
  readonly code: number
  readonly type: number
  readonly strings?: readonly string[]
  readonly binary?: Uint8Array
  readonly sid?: Uint8Array
}

function numbers(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [...little(4, value)]))
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

/** The bytes of one record. */
export function evtRecord(event: EvtEvent): Uint8Array {
  const { strings = [], binary = new Uint8Array(0), sid = new Uint8Array(0) } = event
  const names = wide(`${event.source}\0${event.computer}\0`)
  const pad = new Uint8Array((4 - (names.length % 4)) % 4)
  const texts = wide(strings.map((text) => `${text}\0`).join(""))
  const sidAt = recordHeaderBytes + names.length + pad.length
  const textsAt = sidAt + sid.length
  const binaryAt = textsAt + texts.length
  const unpadded = binaryAt + binary.length
  const size = unpadded + ((4 - (unpadded % 4)) % 4) + 4
  const head = joined(
    numbers(size, signature, event.record, event.time, event.time, event.code),
    little(2, event.type),
    little(2, strings.length),
    numbers(0, 0, textsAt, sid.length, sidAt, binary.length, binaryAt),
  )
  const body = joined(head, names, pad, sid, texts, binary)
  return joined(body, new Uint8Array(size - 4 - body.length), numbers(size))
}

export type EvtOptions = {
  /** Bytes of the file: records go round in it. Absent: as many as are needed. */
  readonly bytes?: number
  /** Leaves the header as it was when the log was opened. */
  readonly isDirty?: boolean
}

/** A whole log. */
export function buildEvt(events: readonly EvtEvent[], options: EvtOptions = {}): Uint8Array {
  const records = events.map(evtRecord)
  const needed = records.reduce((sum, { length }) => sum + length, headerBytes + 40)
  const file = new Uint8Array(options.bytes ?? needed)
  const starts: number[] = []
  let at = headerBytes
  const put = (bytes: Uint8Array) => {
    for (const byte of bytes) {
      if (at === file.length) at = headerBytes
      file[at++] = byte
    }
  }
  let isWrapped = false
  for (const record of records) {
    if (file.length - at < recordHeaderBytes) {
      for (; at < file.length; at += 4) file.set(numbers(0x27), at)
      at = headerBytes
      isWrapped = true
    }
    starts.push(at)
    const before = at
    put(record)
    isWrapped ||= at < before
  }
  const first = isWrapped ? firstWhole(records, starts, file.length, at) : 0
  const next = (events.at(-1)?.record ?? 0) + 1
  const oldest = events[first]?.record ?? next
  const begin = starts[first] ?? headerBytes
  const endAt = at
  put(numbers(40, 0x11111111, 0x22222222, 0x33333333, 0x44444444, begin, endAt, next, oldest, 40))
  const isDirty = options.isDirty === true
  const told = isDirty ? [headerBytes, headerBytes, 1, 1] : [begin, endAt, next, oldest]
  file.set(
    numbers(
      headerBytes,
      signature,
      1,
      1,
      ...told,
      file.length,
      isDirty ? 3 : 2,
      604_800,
      headerBytes,
    ),
  )
  return file
}

/** The oldest record that what was written last, and the 40 bytes that end it, have not touched. */
function firstWhole(
  records: readonly Uint8Array[],
  starts: readonly number[],
  length: number,
  at: number,
): number {
  let room = length - headerBytes - 40
  let first = records.length
  while (first > 0) {
    const size = records[first - 1]?.length ?? 0
    const start = starts[first - 1] ?? 0
    // What fills the end of the file takes room as well.
    const filled =
      start + size <= length && length - (start + size) < recordHeaderBytes
        ? length - (start + size)
        : 0
    if (size + filled > room) break
    room -= size + filled
    first--
  }
  return at > 0 ? first : 0
}
