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

/** Not a name like others on an object. */
const prototypeName = "__proto__"

/** Elements of System whose text is a number. */
const numbers: ReadonlySet<string> = new Set(["Version", "Level", "Task", "Opcode"])

export class EventFields implements XmlSink {
  provider: string | undefined
  /** The name that a classic source had before it became a provider. */
  sourceName: string | undefined
  id: number | undefined
  qualifiers: number | undefined
  /** When it was created. */
  time: Instant | undefined
  record: number | undefined
  computer: string | undefined
  channel: string | undefined
  /** The text of the event in the language of the machine that exported it. */
  message: string | undefined
  /** Bytes in hexadecimal, of classic events. */
  binary: string | undefined
  /** Everything else in order: names of System as there, then those of the event. */
  readonly data: Record<string, string | number> = {}
  #size = 0
  #depth = 0
  #section = ""
  #element = ""
  #name: string | undefined
  #text = ""
  #isLeaf = false
  #hasAttributes = false
  #insertions = 0
  #repeats: Map<string, number> | undefined

  /** For an event that does not say when it was created. */
  setTime(text: string): void {
    this.time ??= instantOfIso(text)
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
    if (this.#isLeaf && this.#depth > 2) {
      // An empty element that a view of XML has broken over two lines.
      const isBroken = this.#text.includes("\n") && this.#text.trim() === ""
      this.#leaf(this.#element, isBroken ? "" : this.#text)
    }
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
    switch (this.#element) {
      case "Provider":
        if (name === "Name") this.provider ??= value
        else if (name === "EventSourceName") this.sourceName ??= value
        else this.#put(name, value)
        return
      case "EventID":
        if (name === "Qualifiers") this.qualifiers ??= wholeNumber(value)
        else this.#put(name, value)
        return
      case "TimeCreated":
        if (name === "SystemTime") this.setTime(value)
        else this.#put(name, value)
        return
      case "Execution":
        this.#put(name, wholeNumber(value) ?? value)
        return
      default:
        this.#put(name, value)
    }
  }

  /** A name that is taken gets a number: "Data", "Data#2". */
  #put(name: string, value: string | number): void {
    if (this.#size >= fieldsMax) return
    this.#size++
    let free = name
    if (Object.hasOwn(this.data, name) || name === prototypeName) {
      this.#repeats ??= new Map()
      const count = (this.#repeats.get(name) ?? 1) + 1
      this.#repeats.set(name, count)
      free = `${name}#${count}`
    }
    this.data[free] = value
  }
}

const zero = 48
const digitsMax = 15

function wholeNumber(text: string): number | undefined {
  const trimmed = text.trim()
  if (trimmed.length === 0 || trimmed.length > digitsMax) return undefined
  let number = 0
  for (let at = 0; at < trimmed.length; at++) {
    const digit = trimmed.charCodeAt(at) - zero
    if (digit < 0 || digit > 9) return undefined
    number = number * 10 + digit
  }
  return number
}

const iso =
  /^\s*(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?\s*(?:Z|([+-])(\d\d):?(\d\d))?\s*$/

/** "2023-11-14T22:13:21.500000000Z" → seconds since 1970. */
function instantOfIso(text: string): Instant | undefined {
  const match = iso.exec(text)
  if (match === null) return undefined
  const part = (group: number) => Number(match[group])
  const whole = Date.UTC(part(1), part(2) - 1, part(3), part(4), part(5), part(6)) / 1000
  const fraction = match[7] === undefined ? 0 : Number(`0.${match[7]}`)
  if (match[8] === undefined) return whole + fraction
  const offsetSec = (part(9) * 60 + part(10)) * 60
  return whole + fraction + (match[8] === "-" ? offsetSec : -offsetSec)
}
