/**
 * Get-NetTCPConnection | ConvertTo-Json: an array or a single object, on one line or many, with
 * State as a name, a number or {Value}. Objects are taken one at a time, so that a file of any size
 * is read in the memory of one.
 */
import { type PowershellRecord, readRecord } from "./powershell-record.ts"
import { BLANKS, type Reader, type Section, type SectionContext } from "./reader.ts"
import { TableTally } from "./table-tally.ts"

const objectLengthMax = 1 << 18

const anyKey = /"(?:LocalAddress|InstanceID)"/

export const powershellJsonReader: Reader = {
  format: "powershell-json",
  title: "Get-NetTCPConnection (JSON)",
  begins: `${BLANKS}[{`,
  sniff: (line, ahead) => {
    if (!/^\s*[[{]/.test(line)) return 0
    if (!anyKey.test(line) && !ahead.some((next) => anyKey.test(next))) return 0
    const text = line.length > 400 ? line.slice(0, 4000) : [line, ...ahead].join("\n")
    if (/"LocalAddress"\s*:/.test(text) && /"LocalPort"\s*:/.test(text)) return 0.9
    return /"InstanceID"\s*:\s*"[^"]+\+\+\d+\+\+/.test(text) ? 0.9 : 0
  },
  open: (context) => new PowershellJson(context),
}

class PowershellJson implements Section {
  readonly #context: SectionContext
  readonly #tally: TableTally
  #depth = 0
  #isInString = false
  #isEscaped = false
  #isArray = false
  #isDone = false
  /** The text of the object being collected, from its "{". */
  #object = ""
  #line = 0

  constructor(context: SectionContext) {
    this.#context = context
    this.#tally = new TableTally(context)
    this.#tally.announced()
    context.mark({ system: "windows" })
  }

  line(text: string): boolean {
    if (this.#isDone) return false
    let from = 0
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false
        else if (code === 92) this.#isEscaped = true
        else if (code === 34) this.#isInString = false
      } else if (code === 34) this.#isInString = true
      else if (code === 123) {
        if (this.#depth++ === 0) {
          this.#line = this.#context.lineNumber()
          from = at
        }
      } else if (code === 125 && this.#depth > 0) {
        if (--this.#depth === 0) {
          this.#take(this.#object + text.slice(from, at + 1))
          if (!this.#isArray) this.#isDone = true
        }
      } else if (code === 91 && this.#depth === 0) this.#isArray = true
      else if (code === 93 && this.#depth === 0) this.#isDone = true
    }
    if (this.#depth > 0) this.#keep(`${text.slice(from)}\n`)
    else if (
      this.#object === "" &&
      !this.#isDone &&
      !/^[\s,[\]}]*$/.test(text) &&
      !text.includes("}")
    ) {
      return false
    }
    return true
  }

  end(): void {
    if (this.#object !== "") {
      this.#context.odd("section-truncated", "The JSON text ends inside an object", this.#line)
    }
    this.#tally.end()
  }

  #keep(text: string): void {
    if (this.#object.length + text.length <= objectLengthMax) {
      this.#object += text
      return
    }
    const says = `A JSON object is longer than ${objectLengthMax} characters and is not read`
    this.#context.odd("section-too-large", says, this.#line)
    this.#object = ""
    this.#isDone = true
  }

  #take(text: string): void {
    this.#object = ""
    const record = recordOf(text)
    const { socket, unknownState } = record === undefined ? {} : readRecord(record)
    if (unknownState !== undefined) this.#tally.stateUnknown(unknownState, undefined, this.#line)
    if (socket !== undefined) {
      this.#tally.emit({ ...socket, at: this.#context.here(this.#line) })
    } else {
      this.#context.odd("row-malformed", "The JSON object holds no connection", this.#line)
    }
  }
}

function recordOf(text: string): PowershellRecord | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== "object" || value === null) return undefined
  const record = new Map<string, string>()
  for (const [name, property] of Object.entries(value)) {
    const text = textOf(property)
    if (text !== undefined) record.set(name.toLowerCase(), text)
  }
  return record
}

/** Enumerations may be {"value": 5, "Value": "Established"} or {"value__": 5}. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value
  if (typeof value === "number") return String(value)
  if (typeof value !== "object" || value === null) return undefined
  const fields: Readonly<Record<string, unknown>> = { ...value }
  for (const name of ["Value", "value", "value__"]) {
    const inner = fields[name]
    if (typeof inner === "string" || typeof inner === "number") return String(inner)
  }
  return undefined
}
