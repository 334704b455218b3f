/**
 * Events as PowerShell lists properties: `Get-WinEvent | Format-List *`, `Get-EventLog | Format-List *` and what is
 * chosen of them: "Name : value", long values going on indented below, a blank line behind each event.
 */
import type { Reader, Section, SectionContext } from "../reader.ts"
import { eventOf } from "./event-observation.ts"
import { fieldsOf, isEventHeader } from "./event-properties.ts"
import { EventTally } from "./event-tally.ts"

const property = /^([A-Za-z]\w{1,40}) *: ?(.*)$/
const valueCharsMax = 8192
const propertiesMax = 60
/** A list of events has these; one of them begins it. */
const own =
  /^(?:Message|Id|EventID|TimeCreated|ProviderName|Index|InstanceId|LogName|RecordId|EntryType|Level|LevelDisplayName|MachineName|Source|TimeGenerated) *: /
/** Lists of other things have ids and names as well. */
const telling = /^(?:ProviderName|InstanceId|Qualifiers|EventID|LevelDisplayName|EntryType) *: /

export const eventListReader: Reader = {
  format: "event-list",
  title: "Windows event log (Format-List)",
  words: [" : ", "message", "index", "timecreated"],
  inLogs: false,
  sniff: (line, ahead) => {
    if (!own.test(line)) return 0
    const lines = [line, ...ahead]
    if (!lines.some((each) => telling.test(each))) return 0
    return lines.some((each) => /^(?:Id|EventID|InstanceId) *: *\d+\s*$/.test(each)) ? 0.8 : 0
  },
  open: (context) => new EventList(context),
}

class EventList implements Section {
  readonly #context: SectionContext
  readonly #tally = new EventTally()
  #properties = new Map<string, string>()
  #name = ""
  #line = 0

  constructor(context: SectionContext) {
    this.#context = context
    context.mark({ system: "windows" })
  }

  line(text: string): boolean {
    if (text.trim() === "") return this.#blank()
    const match = property.exec(text)
    if (match !== null) return this.#property((match[1] ?? "").toLowerCase(), match[2] ?? "")
    // A long value goes on below, indented as far as it began.
    if (this.#name === "" || !/^\s{3,}\S/.test(text)) return false
    this.#append(text.trim())
    return true
  }

  end(): void {
    this.#flush()
    const { host } = this.#tally
    if (host !== undefined) this.#context.mark({ host })
  }

  /** A message may have blank lines of its own; what follows shows whether the event has ended. */
  #blank(): boolean {
    if (this.#name !== "message") this.#name = ""
    return true
  }

  #property(name: string, value: string): boolean {
    if (this.#properties.has(name)) this.#flush()
    if (this.#properties.size === 0) this.#line = this.#context.lineNumber()
    if (this.#properties.size < propertiesMax) {
      this.#properties.set(name, value.slice(0, valueCharsMax))
      this.#name = name
    }
    return true
  }

  #append(text: string): void {
    const value = this.#properties.get(this.#name) ?? ""
    if (value.length + text.length < valueCharsMax) {
      this.#properties.set(this.#name, `${value} ${text}`)
    }
  }

  #flush(): void {
    const properties = this.#properties
    this.#properties = new Map()
    this.#name = ""
    if (!isEventHeader([...properties.keys()])) return
    const strings = listed(properties.get("replacementstrings"))
    const event = eventOf(fieldsOf(properties, strings), this.#context.here(this.#line))
    if (event === undefined) {
      this.#context.odd("row-malformed", "The object holds no source or no event id", this.#line)
      return
    }
    this.#tally.add(event)
    this.#context.emit(event)
  }
}

/** "{a, b, c...}" → the strings, as far as they are shown. */
function listed(text: string | undefined): readonly string[] {
  const match = /^\s*\{(.*?)(?:\.\.\.|…)?\}\s*$/.exec(text ?? "")
  const inner = match?.[1] ?? ""
  return inner === "" ? [] : inner.split(", ")
}
