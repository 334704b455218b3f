/**
 * Events as JSON: `Get-WinEvent | ConvertTo-Json` and `Get-EventLog | ConvertTo-Json` (an array or a single object, on
 * many lines or one, times as "/Date(…)/" or ISO 8601), and the XML of an event as JSON, as tools that dump .evtx
 * print it ("Event" with "System"; attributes under "#attributes"), one object a line.
 */
import { JsonObjects } from "../json-objects.ts"
import { BLANKS, type Reader, type Section, type SectionContext } from "../reader.ts"
import { EventAssembler } from "./event-assembler.ts"
import type { EventFields } from "./event-fields.ts"
import { eventOf } from "./event-observation.ts"
import { fieldsOf, isEventHeader } from "./event-properties.ts"
import { EventTally } from "./event-tally.ts"
import { hexOf } from "./values.ts"
import type { XmlSink } from "./xml-nodes.ts"

const objectCharsMax = 1 << 18
const stringsMax = 1000
const depthMax = 32

const idKey = /"(?:Id|EventI[Dd]|InstanceId)"\s*:\s*(?:\d|\{)/
const otherKey =
  /"(?:ProviderName|Provider|TimeGenerated|RecordId|LevelDisplayName|Qualifiers|EntryType|TimeCreated)"\s*:/
const treeKey = /"Event"\s*:\s*\{/

export const eventJsonReader: Reader = {
  format: "event-json",
  title: "Windows event log (JSON)",
  begins: `${BLANKS}[{`,
  longLines: true,
  sniff: (line, ahead) => {
    if (!/^\s*[[{]/.test(line)) return 0
    const text = [line.slice(0, 4096), ...ahead.map((next) => next.slice(0, 1024))].join("\n")
    if (treeKey.test(text) && text.includes('"System"')) return 0.9
    return idKey.test(text) && otherKey.test(text) ? 0.85 : 0
  },
  open: (context) => new EventJson(context),
}

type Json = Readonly<Record<string, unknown>>

class EventJson implements Section {
  readonly #context: SectionContext
  readonly #objects: JsonObjects
  readonly #tally = new EventTally()
  #line = 0

  constructor(context: SectionContext) {
    this.#context = context
    this.#objects = new JsonObjects(objectCharsMax, {
      begin: () => {
        this.#line = context.lineNumber()
      },
      object: (text) => this.#object(text),
      tooLong: () => {
        const says = `A JSON object is longer than ${objectCharsMax} characters and is not read`
        context.odd("section-too-large", says, this.#line)
      },
    })
    context.mark({ system: "windows" })
  }

  line(text: string): boolean {
    if (!this.#objects.isInObject && !/^[\s,]*(?:$|[[{\]])/.test(text)) return false
    this.#objects.push(`${text}\n`)
    return true
  }

  part(text: string): boolean {
    this.#objects.push(text)
    return true
  }

  end(): void {
    if (this.#objects.isInObject) {
      this.#context.odd("section-truncated", "The JSON text ends inside an object", this.#line)
    }
    const { host } = this.#tally
    if (host !== undefined) this.#context.mark({ host })
  }

  #object(text: string): void {
    const value = parsed(text)
    const fields = value === undefined ? undefined : fieldsOfObject(value)
    const event = fields === undefined ? undefined : eventOf(fields, this.#context.here(this.#line))
    if (event === undefined) {
      this.#context.odd("row-malformed", "The JSON object is no event", this.#line)
      return
    }
    this.#tally.add(event)
    this.#context.emit(event)
  }
}

function parsed(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function fieldsOfObject(value: Json): EventFields | undefined {
  const event = value["Event"]
  if (isObject(event)) return fieldsOfTree(event)
  const keys = Object.keys(value)
  if (!isEventHeader(keys)) return undefined
  const properties = new Map<string, string>()
  for (const key of keys) {
    const text = textOf(value[key])
    if (text !== undefined) properties.set(key.toLowerCase(), text)
  }
  const inserted = value["Properties"] ?? value["ReplacementStrings"]
  return fieldsOf(properties, stringsOf(inserted), bytesOf(value["Data"]))
}

/** A property as text; PowerShell 5 wraps dates and enumerations into objects. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value
  // A number of 64 flags has lost some of them.
  if (typeof value === "number") return Math.abs(value) < 2 ** 53 ? String(value) : undefined
  if (typeof value === "boolean") return String(value)
  if (!isObject(value)) return undefined
  for (const name of ["value", "Value", "DateTime"]) {
    const inner = value[name]
    if (typeof inner === "string" || typeof inner === "number") return String(inner)
  }
  return undefined
}

/** [{"Value": "a"}, …] of Get-WinEvent, ["a", …] of Get-EventLog. */
function stringsOf(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value.slice(0, stringsMax) : []
  return list.map((each) => {
    const inner: unknown = isObject(each) && "Value" in each ? each["Value"] : each
    if (Array.isArray(inner)) return bytesOf(inner) ?? ""
    return textOf(inner) ?? ""
  })
}

/** Bytes in hexadecimal, of an array of numbers. */
function bytesOf(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > 1 << 16) return undefined
  const isBytes = value.every((each) => Number.isInteger(each) && each >= 0 && each <= 255)
  return isBytes ? hexOf(Uint8Array.from(value), 0, value.length) : undefined
}

/** The XML of an event as a tree of objects. */
function fieldsOfTree(event: Json): EventFields | undefined {
  let fields: EventFields | undefined
  const assembler = new EventAssembler({
    begin: () => undefined,
    event: (each) => {
      fields = each
    },
    cut: () => undefined,
  })
  tell(assembler, "Event", event, 0)
  return fields
}

function tell(sink: XmlSink, name: string, value: unknown, depth: number): void {
  if (depth > depthMax) return
  const text = isObject(value) ? value["#text"] : undefined
  if (Array.isArray(value)) {
    for (const each of value) tell(sink, name, each, depth + 1)
  } else if (isObject(value) && Array.isArray(text)) {
    // Elements of one name whose texts were put together.
    for (const each of text) tell(sink, name, { ...value, "#text": each }, depth + 1)
  } else {
    sink.open(name)
    if (isObject(value)) tellObject(sink, value, depth)
    else if (value !== null) sink.text(textOf(value) ?? "")
    sink.close()
  }
}

function tellObject(sink: XmlSink, value: Json, depth: number): void {
  const attributes = value["#attributes"]
  if (isObject(attributes)) {
    for (const [name, each] of Object.entries(attributes)) sink.attribute(name, textOf(each) ?? "")
  }
  for (const [name, each] of Object.entries(value)) {
    if (name === "#text") sink.text(textOf(each) ?? "")
    else if (name !== "#attributes") tell(sink, name, each, depth + 1)
  }
}
