/**
 * Windows event logs since Vista (.evtx): every record becomes an event. The bytes are taken apart by evtx-stream.ts,
 * the XML of a record by xml-compiler.ts and xml-render.ts, its fields by event-fields.ts.
 */
import type { OddityName } from "../../catalog/oddities.ts"
import { formatCount, formatMany } from "../../model/quantity.ts"
import type { BinaryContext, BinaryReader, BinarySection, BinarySummary } from "../binary-reader.ts"
import type { ChunkMemory } from "./chunk-memory.ts"
import type { RecordSpan } from "./chunk-scan.ts"
import { EventFields } from "./event-fields.ts"
import { eventOf } from "./event-observation.ts"
import { EventTally } from "./event-tally.ts"
import { EvtxStream, looksLikeEvtx } from "./evtx-stream.ts"
import { textOfValue } from "./values.ts"
import { renderRecord } from "./xml-render.ts"

/** Of each kind of oddity, so many are told one by one. */
const odditiesShown = 20
const fileTimeType = 0x11
const fileTimeBytes = 8

export const evtxReader: BinaryReader = {
  format: "evtx",
  title: "Windows event log (.evtx)",
  matches: looksLikeEvtx,
  open: (context) => new EvtxSection(context),
}

class EvtxSection implements BinarySection {
  readonly #context: BinaryContext
  readonly #stream: EvtxStream
  readonly #tally = new EventTally()
  #unread = 0
  readonly #odd = new Map<OddityName, number>()

  constructor(context: BinaryContext) {
    this.#context = context
    this.#stream = new EvtxStream({
      record: (memory, span) => this.#record(memory, span),
      damaged: (says, count, id) => this.#damaged(says, count, id),
      odd: (name, says) => this.#say(name, says),
    })
  }

  push(bytes: Uint8Array): void {
    this.#stream.push(bytes)
  }

  end(): BinarySummary {
    this.#stream.end()
    for (const [name, count] of this.#odd) {
      const more = count - odditiesShown
      if (more > 0) this.#context.odd(name, `${formatCount(more)} more of this kind are not listed`)
    }
    const { host } = this.#tally
    this.#context.mark({ system: "windows", ...(host === undefined ? {} : { host }) })
    const dirty = this.#stream.isDirty ? ", copied while in use" : ""
    const chunks = formatMany(this.#stream.chunks, "chunk", "chunks")
    const says = `${chunks}${dirty}, ${this.#tally.says()}`
    return { records: this.#tally.events, recordsUnread: this.#unread, says }
  }

  #record(memory: ChunkMemory, { id, from, to, writtenAt }: RecordSpan): void {
    const fields = new EventFields()
    const fault = renderRecord(memory, from, to, fields)
    if (fault !== undefined) {
      this.#damaged(`Record ${id} ${fault}`, 1, id)
      return
    }
    if (fields.time === undefined) {
      const end = writtenAt + fileTimeBytes
      fields.setTime(textOfValue(memory.bytes, fileTimeType, writtenAt, end))
    }
    if (fields.record !== undefined && fields.record !== id) {
      // A forwarded event keeps the number it had on its own machine.
      fields.data["EventRecordID"] = fields.record
    }
    fields.record = id
    const event = eventOf(fields, { source: this.#context.file.path, record: id })
    if (event === undefined) {
      this.#damaged(`Record ${id} has no source or no event id`, 1, id)
      return
    }
    this.#tally.add(event)
    this.#context.emit(event)
  }

  #damaged(says: string, count: number, id: number | undefined): void {
    this.#unread += count
    this.#say("record-malformed", says, id)
  }

  #say(name: OddityName, says: string, record?: number): void {
    const count = (this.#odd.get(name) ?? 0) + 1
    this.#odd.set(name, count)
    if (count > odditiesShown) return
    this.#context.odd(name, says, record === undefined ? {} : { record })
  }
}
