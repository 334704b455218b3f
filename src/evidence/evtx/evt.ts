/**
 * Windows event logs of NT to Server 2003 (.evt), in which event 4226 of XP and the alerts of ISA Server stand: a
 * header, then records one behind another, round and round: the newest are followed by a record that says so and by
 * the oldest, and a record may be cut by the end of the file and go on behind the header. Format: "Event Log File
 * Format", Windows SDK (ELF_LOGFILE_HEADER, EVENTLOGRECORD, ELF_EOF_RECORD). The header of a log copied from a running
 * machine is old, so records are told by their own signature.
 */
import type { OddityName } from "../../catalog/oddities.ts"
import { formatCount } from "../../model/quantity.ts"
import type { BinaryContext, BinaryReader, BinarySection, BinarySummary } from "../binary-reader.ts"
import { uint32 } from "./cursor.ts"
import { eventOf } from "./event-observation.ts"
import { EventTally } from "./event-tally.ts"
import { EVT_RECORD_BYTES_MIN, fieldsOfEvtRecord } from "./evt-record.ts"

const headerBytes = 48
const endBytes = 40
/** A record is at most about 64 KiB. */
const recordBytesMax = 1 << 17
/** "LfLe" */
const signature = 0x654c664c
const dirtyFlag = 1
const odditiesShown = 20

export const evtReader: BinaryReader = {
  format: "evt",
  title: "Windows event log (.evt)",
  matches: (head) => uint32(head, 4) === signature && uint32(head, 0) >= headerBytes,
  open: (context) => new EvtSection(context),
}

class EvtSection implements BinarySection {
  readonly #context: BinaryContext
  readonly #tally = new EventTally()
  readonly #held = new Uint8Array(2 * recordBytesMax)
  #length = 0
  #offset = 0
  #isDirty = false
  /** What stands between the header and the first record: the end of the record that the end of the file has cut. */
  #lead: Uint8Array = new Uint8Array(0)
  #isLeadDone = false
  /** Numbers of the oldest and the next record, once the record that ends the log has told them. */
  #numbers: { readonly oldest: number; readonly next: number } | undefined
  #unread = 0
  readonly #odd = new Map<OddityName, number>()

  constructor(context: BinaryContext) {
    this.#context = context
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + this.#held.length - this.#length)
      this.#held.set(part, this.#length)
      this.#length += part.length
      at += part.length
      this.#drain(false)
    }
  }

  end(): BinarySummary {
    this.#drain(true)
    for (const [name, count] of this.#odd) {
      const more = count - odditiesShown
      if (more > 0) this.#context.odd(name, `${formatCount(more)} more of this kind are not listed`)
    }
    const { host } = this.#tally
    this.#context.mark({ system: "windows", ...(host === undefined ? {} : { host }) })
    const dirty = this.#isDirty ? "copied while in use, " : ""
    const says = `${dirty}${this.#tally.says()}`
    return { records: this.#tally.events, recordsUnread: this.#unread, says }
  }

  #drain(isEnd: boolean): void {
    let at = 0
    while (at < this.#length) {
      const used = this.#step(at, isEnd)
      if (used === 0) break
      at += used
    }
    this.#held.copyWithin(0, at, this.#length)
    this.#length -= at
    this.#offset += at
  }

  /** How many bytes from there were dealt with; 0: more are needed. */
  #step(at: number, isEnd: boolean): number {
    const left = this.#length - at
    if (left < headerBytes && !isEnd) return 0
    const size = uint32(this.#held, at)
    if (this.#offset + at === 0 && size === headerBytes) return this.#header()
    if (left >= endBytes && isEndRecord(this.#held, at)) return this.#endRecord(at)
    const isSized = size >= EVT_RECORD_BYTES_MIN && size <= recordBytesMax
    if (left < 8 || !isSized || !isRecordStart(this.#held, at)) return this.#gap(at, isEnd)
    if (size > left && !isEnd) return 0
    if (size > left && this.#wrapped(at, size)) return left
    if (size <= left && uint32(this.#held, at + size - 4) === size) {
      this.#isLeadDone = true
      this.#record(this.#held.subarray(at, at + size))
      return size
    }
    this.#damaged(at)
    return 8 + this.#gap(at + 8, isEnd)
  }

  #header(): number {
    this.#isDirty = (uint32(this.#held, 36) & dirtyFlag) !== 0
    return headerBytes
  }

  #endRecord(at: number): number {
    this.#isLeadDone = true
    const oldest = uint32(this.#held, at + 32)
    this.#numbers = { oldest, next: uint32(this.#held, at + 28) }
    return endBytes
  }

  /** Bytes up to the next thing with a signature, or as far as one can see. */
  #gap(at: number, isEnd: boolean): number {
    const held = this.#held
    const end = isEnd ? this.#length : Math.max(at, this.#length - headerBytes)
    let next = at + 1
    while (next < end && !isRecordStart(held, next) && !isEndRecord(held, next)) next++
    const length = Math.min(next, end) - at
    if (length > 0) this.#keepLead(held.subarray(at, at + length))
    return length
  }

  #keepLead(bytes: Uint8Array): void {
    if (this.#isLeadDone || this.#lead.length + bytes.length > recordBytesMax) return
    const lead = new Uint8Array(this.#lead.length + bytes.length)
    lead.set(this.#lead)
    lead.set(bytes, this.#lead.length)
    this.#lead = lead
  }

  /** Whether it is the last record of the file, which goes on behind the header. */
  #wrapped(at: number, size: number): boolean {
    const left = this.#length - at
    if (this.#lead.length < size - left) return false
    const whole = new Uint8Array(size)
    whole.set(this.#held.subarray(at, this.#length))
    whole.set(this.#lead.subarray(0, size - left), left)
    if (uint32(whole, size - 4) !== size) return false
    this.#record(whole)
    return true
  }

  #record(bytes: Uint8Array): void {
    const number = uint32(bytes, 8)
    // Behind the newest stand the oldest, or what was left when the log was cleared.
    const numbers = this.#numbers
    if (numbers !== undefined && (number < numbers.oldest || number >= numbers.next)) return
    const at = { source: this.#context.file.path, record: number }
    const event = eventOf(fieldsOfEvtRecord(bytes), at)
    if (event === undefined) {
      this.#unread++
      this.#say("record-malformed", `Record ${number} has no source`, number)
      return
    }
    this.#tally.add(event)
    this.#context.emit(event)
  }

  #damaged(at: number): void {
    const number = uint32(this.#held, at + 8)
    this.#unread++
    const says = `Record ${number} is damaged or cut, at byte ${this.#offset + at}`
    this.#say("record-malformed", says, number)
  }

  #say(name: OddityName, says: string, record: number): void {
    const count = (this.#odd.get(name) ?? 0) + 1
    this.#odd.set(name, count)
    if (count <= odditiesShown) this.#context.odd(name, says, { record })
  }
}

function isRecordStart(bytes: Uint8Array, at: number): boolean {
  return bytes[at + 4] === signature % 256 && uint32(bytes, at + 4) === signature
}

/** 40 bytes that say where the log begins and ends. */
function isEndRecord(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at] === endBytes &&
    uint32(bytes, at + 4) === 0x1111_1111 &&
    uint32(bytes, at + 8) === 0x2222_2222
  )
}
