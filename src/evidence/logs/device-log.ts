/**
 * What the readers of device logs share: the frame of a line becomes time and vantage, rows and events are emitted with
 * them. One file may interleave the lines of many programs, so what is remembered outlives the sections.
 */
import type { EventObservation, LogObservation, Observation } from "../../model/observation.ts"
import type { Instant } from "../../model/quantity.ts"
import { copyOf } from "../endpoint-texts.ts"
import type { FileHint, SectionContext } from "../reader.ts"
import { ClockYears } from "./clock-years.ts"
import { RowTexts } from "./row-texts.ts"
import { type Frame, frameOf } from "./syslog-frame.ts"

/** A row while it is put together. */
export type OpenRow = {
  -readonly [Key in keyof Omit<
    LogObservation,
    "kind" | "at" | "time" | "vantage" | "source"
  >]: LogObservation[Key]
}

export type EventData = Record<string, string | number>

const saysMax = 400

/** Of one file: texts that recur, and the year of stamps that have none. */
export class FileMemory {
  readonly texts = new RowTexts()
  readonly years: ClockYears

  #head = ""
  #frame: Frame = { message: "" }

  constructor(file: FileHint) {
    this.years = new ClockYears(file)
  }

  /** The frame of a line of which only the head is given: many lines of one second have the same. */
  frameOfHead(head: string): Frame {
    if (head === this.#head) return this.#frame
    this.#head = copyOf(head)
    // What stands behind the head tells frameOf that it is the head of a device's message.
    this.#frame = frameOf(`${this.#head}%`)
    return this.#frame
  }
}

/** A store of one memory per file. */
export function memoryPerFile<T>(make: (file: FileHint) => T): (file: FileHint) => T {
  const known = new WeakMap<FileHint, T>()
  return (file) => {
    let memory = known.get(file)
    if (memory === undefined) {
      memory = make(file)
      known.set(file, memory)
    }
    return memory
  }
}

/** The rows of one section of one kind of device. */
export class DeviceLog {
  readonly texts: RowTexts
  readonly #context: SectionContext
  readonly #years: ClockYears
  readonly #source: string
  #time: Instant | undefined
  #vantage: string | undefined

  constructor(context: SectionContext, source: string, memory: FileMemory) {
    this.#context = context
    this.#source = source
    this.texts = memory.texts
    this.#years = memory.years
  }

  /** The line to which the next rows belong; `time` where the message says more exactly than its frame. */
  begin(frame: Frame, time?: Instant, vantage?: string): void {
    if (time === undefined) this.#time = this.#years.timeOf(frame)
    else {
      this.#years.learn(time)
      this.#time = time
    }
    this.#vantage = vantage ?? frame.host
  }

  row(row: OpenRow): void {
    this.#context.emit(
      this.#stamped({ kind: "log", at: this.#context.here(), source: this.#source, ...row }),
    )
  }

  /** An event of the catalogue (events-network.ts). */
  event(id: string, says: string, data: EventData): void {
    const text = copyOf(says.length > saysMax ? `${says.slice(0, saysMax)}…` : says)
    const event: EventObservation = {
      kind: "event",
      at: this.#context.here(),
      source: this.#source,
      id,
      says: text,
      ...(Object.keys(data).length === 0 ? {} : { data }),
    }
    this.#context.emit(this.#stamped(event))
  }

  malformed(says: string): void {
    this.#context.odd("row-malformed", says)
  }

  #stamped(observation: LogObservation | EventObservation): Observation {
    const open: { -readonly [Key in "time" | "vantage"]?: Observation[Key] } = observation
    if (this.#time !== undefined) open.time = this.#time
    if (this.#vantage !== undefined) open.vantage = this.#vantage
    return observation
  }
}

/**
 * The named groups of a match as the data of an event: digits become numbers, addresses (also behind the name of an
 * interface, "inside:10.1.1.5") canonical texts, what is absent is left out.
 */
export function dataOfGroups(match: RegExpExecArray, texts: RowTexts): EventData {
  const data: EventData = {}
  for (const [name, value] of Object.entries(match.groups ?? {})) {
    if (value === undefined || value === "") continue
    if (/^-?\d{1,15}(?:\.\d{1,9})?$/.test(value)) data[name] = Number(value)
    else data[name] = addressIn(value, texts) ?? copyOf(value.slice(0, 200))
  }
  return data
}

function addressIn(value: string, texts: RowTexts): string | undefined {
  return texts.address(value) ?? texts.address(value.slice(value.indexOf(":") + 1))
}
