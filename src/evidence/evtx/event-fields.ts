/**
 * The fields of one event as its XML gives them, from an .evtx record or from the text of an export: what every event
 * has under System, and what this one says under EventData or UserData (schema: "Event Schema", Windows Event Log).
 */
import type { Instant } from "../../model/quantity.ts"
import type { XmlSink } from "./xml-nodes.ts"

/** Elements in elements; what is deeper is not an event. */
const depthMax = 64
const fieldsMax = 20_000
const textCharsMax = 1 << 20

/** Elements of System whose text is a number. */
const numbers: ReadonlySet<string> = new Set(["Version", "Level", "Task", "Opcode"])

export class EventFields implements XmlSink {
  provider: string | undefined
  /** The name that a classic source had before it became a provider. */
  sourceName: string | undefined
  id: number | undefined
  qualifiers: number | undefined
  record: number | undefined
  computer: string | undefined
  channel: string | undefined
  /** The text of the event in the language of the machine that exported it. */
  message: string | undefined
  /** Bytes in hexadecimal, of classic events. */
  binary: string | undefined
  /** Everything else in order: names of System as there, then those of the event. */
  readonly data = new Map<string, string | number>()
  #time = ""
  #depth = 0
  #section = ""
  #element = ""
  #name: string | undefined
  #text = ""
  #isLeaf = false
  #hasAttributes = false
  #insertions = 0
  #repeats: Map<string, number> | undefined

  /** When it was created. */
  get time(): Instant | undefined {
    return instantOfIso(this.#time)
  }

  /** For an event that does not say it. */
  setTime(text: string): void {
    this.#time ||= text
  }

  open(name: string): void {
    this.#depth++
    this.#text = ""
    if (this.#depth === 2) this.#section = name
    this.#element = name
    this.#name = undefined
    this.#isLeaf = true
    this.#hasAttributes = false
  }

  attribute(name: string, value: string): void {
    if (this.#depth < 2 || name.startsWith("xmlns")) return
    this.#hasAttributes = true
    if (this.#section === "System") this.#systemAttribute(name, value)
    else if (this.#section === "RenderingInfo") return
    else if (name === "Name" && this.#element === "Data") this.#name = value
    else if (name === "Name" && this.#depth === 2) this.#put(this.#section, value)
    else this.#put(`${this.#element}.${name}`, value)
  }

  text(text: string): void {
    if (this.#depth > depthMax || this.#text.length + text.length > textCharsMax) return
    this.#text += text
  }

  cdata(text: string): void {
    this.text(text)
  }

  instruction(): void {
    // Says nothing of the event.
  }

  close(): void {
    if (this.#isLeaf && this.#depth > 2) this.#leaf(this.#element, this.#text)
    this.#isLeaf = false
    this.#text = ""
    this.#depth--
  }

  #leaf(element: string, text: string): void {
    switch (this.#section) {
      case "System":
        this.#systemText(element, text)
        return
      case "RenderingInfo":
        if (element === "Message") this.message = text
        return
      case "EventData":
        if (element === "Binary") this.binary ??= text
        if (element === "Data") this.#put(this.#name ?? `%${++this.#insertions}`, text)
        else this.#put(element, text)
        return
      default:
        if (text !== "" || !this.#hasAttributes) this.#put(this.#name ?? element, text)
    }
  }

  #systemText(element: string, text: string): void {
    if (text === "") return
    switch (element) {
      case "EventID":
        this.id ??= wholeNumber(text)
        return
      case "EventRecordID":
        this.record ??= wholeNumber(text)
        return
      case "Computer":
        this.computer ??= text
        return
      case "Channel":
        this.channel ??= text
        break
      default:
    }
    this.#put(element, numbers.has(element) ? (wholeNumber(text) ?? text) : text)
  }

  #systemAttribute(name: string, value: string): void {
    switch (`${this.#element} ${name}`) {
      case "Provider Name":
        this.provider ??= value
        return
      case "Provider EventSourceName":
        this.sourceName ??= value
        return
      case "EventID Qualifiers":
        this.qualifiers ??= wholeNumber(value)
        return
      case "TimeCreated SystemTime":
        this.#time ||= value
        return
      case "Execution ProcessID":
      case "Execution ThreadID":
        this.#put(name, wholeNumber(value) ?? value)
        return
      default:
        this.#put(name, value)
    }
  }

  /** A name that is taken gets a number: "Data", "Data#2". */
  #put(name: string, value: string | number): void {
    if (this.data.size >= fieldsMax) return
    let free = name
    if (this.data.has(name)) {
      this.#repeats ??= new Map()
      const count = (this.#repeats.get(name) ?? 1) + 1
      this.#repeats.set(name, count)
      free = `${name}#${count}`
    }
    this.data.set(free, value)
  }
}

function wholeNumber(text: string): number | undefined {
  const trimmed = text.trim()
  return /^\d{1,15}$/.test(trimmed) ? Number(trimmed) : undefined
}

const iso =
  /^\s*(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?\s*(?:Z|([+-])(\d\d):?(\d\d))?\s*$/

/** "2023-11-14T22:13:21.500000000Z" → seconds since 1970. */
function instantOfIso(text: string): Instant | undefined {
  const match = iso.exec(text)
  if (match === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map(Number)
  const whole = Date.UTC(year, month - 1, day, hour, minute, second) / 1000
  const fraction = match[7] === undefined ? 0 : Number(`0.${match[7]}`)
  const offsetSec = (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0)) * 60
  const instant = whole + fraction - (match[8] === "-" ? -offsetSec : offsetSec)
  return Number.isFinite(instant) ? instant : undefined
}
