/**
 * Events as XML text: `wevtutil qe /f:xml` (one event a line, without a root or with the one of /e:Events), the XML
 * export of Event Viewer (all on one line, with the message in RenderingInfo), what "Copy details" and "XML View" give,
 * the ToXml() of PowerShell, and what other readers of .evtx print. Schema: "Event Schema", Windows Event Log.
 */
import type { Citation } from "../../model/observation.ts"
import { BLANKS, type Reader, type Section, type SectionContext } from "../reader.ts"
import { EventAssembler } from "./event-assembler.ts"
import type { EventFields } from "./event-fields.ts"
import { eventOf } from "./event-observation.ts"
import { EventTally } from "./event-tally.ts"
import { XmlTokens } from "./xml-tokens.ts"

/** "- " stands before what a browser's view of XML can fold. */
const eventStart = /^\s*(?:- ?)?<(?:\w+:)?Events?[\s>]/
const declaration = /^\s*<\?xml\s/
const markup = /^\s*(?:- ?)?<(?:\/?(?:\w+:)?Events?[\s>]|\?|!--)/

export const eventXmlReader: Reader = {
  format: "event-xml",
  title: "Windows event log (XML)",
  begins: `${BLANKS}<-`,
  words: ["<event", ":event", "<?xml"],
  longLines: true,
  sniff: (line, ahead) => {
    if (eventStart.test(line)) return 0.95
    if (!declaration.test(line)) return 0
    const isEvents =
      /<(?:\w+:)?Events?[\s>]/.test(line) || ahead.some((next) => eventStart.test(next))
    return isEvents ? 0.95 : 0
  },
  open: (context) => new EventXml(context),
}

class EventXml implements Section {
  readonly #context: SectionContext
  readonly #assembler: EventAssembler
  readonly #tokens: XmlTokens
  readonly #tally = new EventTally()
  /** Line of the event that is being read. */
  #line = 0
  #isParted = false

  constructor(context: SectionContext) {
    this.#context = context
    this.#assembler = new EventAssembler({
      begin: () => {
        this.#line = context.lineNumber()
      },
      event: (fields) => this.#event(fields),
      cut: () => {
        context.odd("section-truncated", "An event ends before it is complete", this.#line)
        this.#tokens.forgetOuter()
      },
    })
    this.#tokens = new XmlTokens(this.#assembler)
    context.mark({ system: "windows" })
  }

  line(text: string): boolean {
    const isInside = this.#assembler.isInEvent || this.#tokens.isOpen
    if (!isInside && text.trim() !== "" && !markup.test(text)) return false
    this.#tokens.push(`${text}\n`)
    return true
  }

  part(text: string): boolean {
    this.#isParted = true
    this.#tokens.push(text)
    return true
  }

  end(): void {
    if (this.#assembler.isInEvent) {
      this.#context.odd("section-truncated", "The text ends inside an event", this.#line)
    }
    const { host } = this.#tally
    if (host !== undefined) this.#context.mark({ host })
  }

  #event(fields: EventFields): void {
    const event = eventOf(fields, this.#place(fields))
    if (event === undefined) {
      this.#context.odd("row-malformed", "An event has no source or no event id", this.#line)
      return
    }
    this.#tally.add(event)
    this.#context.emit(event)
  }

  /** A line that holds a whole log places nothing: there the record's number does. */
  #place({ record }: EventFields): Citation {
    if (!this.#isParted || record === undefined) return this.#context.here(this.#line)
    return { source: this.#context.file.path, record }
  }
}
