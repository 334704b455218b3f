/** Counts the events of a log, for the one line that says what is in it: how many, from when to when, of which kind. */
import { knownEvent } from "../../catalog/events.ts"
import type { EventObservation } from "../../model/observation.ts"
import { formatCount, formatMany, type Instant } from "../../model/quantity.ts"

const kindsMax = 4096
const kindsShown = 8

export class EventTally {
  events = 0
  #first = Number.POSITIVE_INFINITY
  #last = Number.NEGATIVE_INFINITY
  /** By source and id: only those that speak of a limit. */
  readonly #known = new Map<string, number>()
  readonly #isKnown = new Map<string, boolean>()
  #computer = ""
  #channel = ""

  add(event: EventObservation): void {
    this.events++
    const { time, source, id, vantage } = event
    if (time !== undefined && time < this.#first) this.#first = time
    if (time !== undefined && time >= this.#last) {
      this.#last = time
      this.#computer = vantage ?? this.#computer
    }
    const channel = event.data?.["Channel"]
    if (typeof channel === "string") this.#channel = channel
    const key = `${source} ${id}`
    let isKnown = this.#isKnown.get(key)
    if (isKnown === undefined) {
      isKnown = knownEvent(source, id) !== undefined
      if (this.#isKnown.size < kindsMax) this.#isKnown.set(key, isKnown)
    }
    if (isKnown) this.#known.set(key, (this.#known.get(key) ?? 0) + 1)
  }

  /** The machine whose log it is: the name it had last; undefined for a log of other machines' events. */
  get host(): string | undefined {
    if (this.#computer === "" || this.#channel === "ForwardedEvents") return undefined
    return this.#computer
  }

  /** "1,204 events from 2026-11-01 08:00:12 to 2026-11-20 17:31:40 UTC; of limits: Tcpip 4227 (12)". */
  says(): string {
    const count = formatMany(this.events, "event", "events")
    const times = Number.isFinite(this.#first)
      ? ` from ${stamp(this.#first)} to ${stamp(this.#last)} UTC`
      : ""
    if (this.#known.size === 0) return `${count}${times}, none of them of a limit`
    const kinds = [...this.#known].sort((a, b) => b[1] - a[1])
    const shown = kinds.slice(0, kindsShown).map(([key, many]) => `${key} (${formatCount(many)})`)
    const more = kinds.length > kindsShown ? " …" : ""
    return `${count}${times}; of limits: ${shown.join(", ")}${more}`
  }
}

function stamp(time: Instant): string {
  const date = new Date(time * 1000)
  return Number.isNaN(date.getTime()) ? "?" : date.toISOString().slice(0, 19).replace("T", " ")
}
