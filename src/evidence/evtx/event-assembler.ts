/** XML of any number of events → their fields, one event at a time. What stands around them is passed over. */
import { EventFields } from "./event-fields.ts"
import type { XmlSink } from "./xml-nodes.ts"

/** The end of the namespace that events of Windows are in. */
const eventNamespace = "/win/2004/08/events/event"

export type AssemblerSink = {
  readonly begin: () => void
  readonly event: (fields: EventFields) => void
  /** An event begins before the one before it has ended. */
  readonly cut: () => void
}

export class EventAssembler implements XmlSink {
  readonly #sink: AssemblerSink
  #fields: EventFields | undefined
  #depth = 0
  /** Whether the element opened last may turn out to be another event. */
  #mayBegin = false

  constructor(sink: AssemblerSink) {
    this.#sink = sink
  }

  get isInEvent(): boolean {
    return this.#fields !== undefined
  }

  open(name: string): void {
    this.#mayBegin = name === "Event"
    if (this.#fields === undefined) {
      if (this.#mayBegin) this.#begin()
      return
    }
    this.#depth++
    this.#fields.open(name)
  }

  attribute(name: string, value: string): void {
    if (this.#mayBegin && this.#depth > 1 && name === "xmlns" && value.endsWith(eventNamespace)) {
      this.#sink.cut()
      this.#begin()
      return
    }
    this.#fields?.attribute(name, value)
  }

  text(text: string): void {
    this.#fields?.text(text)
  }

  cdata(text: string): void {
    this.#fields?.cdata(text)
  }

  instruction(): void {
    // Says nothing of an event.
  }

  close(): void {
    const fields = this.#fields
    if (fields === undefined) return
    fields.close()
    if (--this.#depth > 0) return
    this.#fields = undefined
    this.#sink.event(fields)
  }

  #begin(): void {
    this.#fields = new EventFields()
    this.#depth = 1
    this.#fields.open("Event")
    this.#sink.begin()
  }
}
