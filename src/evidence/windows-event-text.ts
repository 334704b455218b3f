/**
 * Windows events about connection limits as people paste them: Event Viewer's "Copy as text" block
 * (Vista and later), the "Event Type: / Event Source:" block of NT to 2003, `wevtutil qe /f:text`,
 * the tables and lists of Get-EventLog and Get-WinEvent, "Event ID 4226" in a sentence, or just the
 * message. Ids, sources and wordings: facts windows, sections 3 and 5.4. An id counts only with its
 * source, or with a source left out: 4266 of WINS is not 4266 of Tcpip.
 */
import type { Instant } from "../model/quantity.ts"
import { readLogTime } from "./client-log-time.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"
import { type NamedEvent, windowsEvents } from "./windows-event-names.ts"

/** An event log line or a pasted sentence is shorter. */
const rowLengthMax = 4096
/** A description runs over a few lines; then the block must have ended. */
const blockLinesMax = 60

/** One of these stands in every line that a block, a table or a sentence begins with. */
const gateWords = [
  ...["event", "quelle", "source", "origen", "origine", "log name", "protokoll"],
  ...["security limit", "ephemeral", "local endpoint", "timecreated", "tcpip", "srv", "netlogon"],
  ...["microsoft firewall", "irpstack", "paged pool", "work item", "free connection"],
  ...["connection limit", "connections from", "domain controller", "maximum size"],
]

const gate = new RegExp(gateWords.join("|").replace("srv", String.raw`\bsrv\b`), "i")

export const windowsEventTextReader: Reader = {
  format: "windows-event-text",
  title: "Windows event log (text)",
  words: gateWords,
  sniff: (line, ahead) => {
    if (line.length > rowLengthMax || !gate.test(line)) return 0
    if (isBlockStart(line, ahead)) return 0.75
    if (isTableHead(line)) return 0.7
    return sentenceOf(line) === undefined ? 0 : 0.45
  },
  open: (context) => new EventText(context).section(),
}

/** The labels of a block, English and as localized Event Viewers print them. */
const labels: Readonly<Record<string, RegExp>> = {
  log: new RegExp(
    [
      String.raw`^\s*(?:Log Name|LogName|Protokollname|Nom du journal|Nombre de registro|`,
      String.raw`Event\[\d+\])\s*:?`,
    ].join(""),
    "i",
  ),
  source: new RegExp(
    [
      String.raw`^\s*(?:Event Source|Source|Source Name|ProviderName|Provider ?Name|`,
      "Ereignisquelle|Quelle|Origen(?: del suceso)?|Origine|",
      String.raw`Source de l.événement)\s*:\s*(.+?)\s*$`,
    ].join(""),
    "i",
  ),
  id: new RegExp(
    [
      String.raw`^\s*(?:Event ID|EventID|Event Id|InstanceId|Id|Ereignis-ID|Ereigniskennung|`,
      String.raw`ID de l.événement|Id\.? (?:del|de) (?:suceso|evento)|`,
      String.raw`ID evento)\s*:\s*(\d{1,10})\s*$`,
    ].join(""),
    "i",
  ),
  date: /^\s*(?:Date|Logged|TimeGenerated|TimeCreated|Datum|Fecha|Data)\s*:\s*(.+?)\s*$/i,
  time: /^\s*(?:Time|Uhrzeit|Zeit|Heure|Hora|Ora)\s*:\s*(.+?)\s*$/i,
  computer: /^\s*(?:Computer|MachineName|User Computer|Ordinateur|Equipo)\s*:\s*(.+?)\s*$/i,
  type: /^\s*(?:Event Type|Type|Level|EntryType|Typ|Ereignistyp|Ebene|Niveau|Nivel)\s*:/i,
  record: /^\s*(?:RecordId|Record ?Number|Index|EventRecordID)\s*:\s*(\d{1,15})\s*$/i,
}

const otherLabel = new RegExp(
  [
    String.raw`^\s*(?:Event Category|Task(?: Category)?|Category|CategoryNumber|Keywords|`,
    "User(?: ?Name)?|UserId|OpCode|Opcode|ReplacementStrings|Data|Description|",
    "Message|Site|Container|Benutzer|Kategorie|Aufgabenkategorie|Schlüsselwörter|",
    String.raw`Beschreibung)\s*:`,
  ].join(""),
  "i",
)

type Fields = {
  source?: string
  id?: number
  date?: string
  time?: string
  computer?: string
  record?: number
  text: string
}

class EventText {
  readonly #context: SectionContext
  #mode: "block" | "table" | "sentence" | undefined
  #fields: Fields = { text: "" }
  #line = 0
  #lines = 0
  #head = ""

  constructor(context: SectionContext) {
    this.#context = context
  }

  section(): Section {
    return { line: (text) => this.#take(text), end: () => this.#flush() }
  }

  #take(line: string): boolean {
    if (line.length > rowLengthMax) return false
    if (this.#mode === undefined) this.#begin(line)
    if (this.#mode === "table") return this.#row(line)
    if (this.#mode === "sentence") return this.#sentence(line)
    return this.#blockLine(line)
  }

  #begin(line: string): void {
    this.#line = this.#context.lineNumber()
    if (isLabel(line)) this.#mode = "block"
    else if (isTableHead(line)) this.#mode = "table"
    else this.#mode = "sentence"
  }

  #blockLine(line: string): boolean {
    if (/^\s*<Event[\s>]/.test(line)) {
      // "Copy details as text" ends with the event as XML, which says it all, in UTC.
      this.#fields = { text: "" }
      return false
    }
    this.#lines++
    if (this.#lines > blockLinesMax) return false
    if (this.#lines > 1 && isNewBlock(line, this.#fields)) {
      this.#flush()
      this.#lines = 1
      this.#line = this.#context.lineNumber()
    }
    if (readField(line, this.#fields)) return true
    const { id, text } = this.#fields
    if (line.trim() === "") return id === undefined || text === "" || this.#lines < 3
    if (otherLabel.test(line) || text === "" || /^\s/.test(line) || id !== undefined) {
      const isProse =
        !otherLabel.test(line) || /^\s*(?:Description|Message|Beschreibung)/i.test(line)
      if (isProse && text.length < rowLengthMax) this.#fields.text = `${text} ${line.trim()}`.trim()
      return true
    }
    return false
  }

  #row(line: string): boolean {
    if (isTableHead(line)) {
      this.#head = line
      return true
    }
    if (/^[\s-]*-{2}[\s-]*$/.test(line)) return true
    if (line.trim() === "") return this.#head !== "" && this.#lines++ < 2
    if (/^\s*ProviderName:/.test(line)) return true
    const row = readRow(line)
    if (row === undefined) return !/^\s*(?:PS |[A-Z]:\\|[$#>])/.test(line)
    this.#emit(row.known, row.fields, this.#context.lineNumber())
    return true
  }

  #sentence(line: string): boolean {
    const known = sentenceOf(line)
    if (known === undefined) return false
    this.#emit(known, { text: line.trim() }, this.#context.lineNumber())
    return true
  }

  #flush(): void {
    const fields = this.#fields
    this.#fields = { text: "" }
    if (this.#mode !== "block" || fields.id === undefined) return
    const known = knownEvent(fields.id, fields.source, fields.text)
    if (known !== undefined) this.#emit(known, fields, this.#line)
  }

  #emit(known: NamedEvent, fields: Fields, line: number): void {
    const time = timeOf(fields)
    const computer = fields.computer
    this.#context.mark(
      computer === undefined ? { system: "windows" } : { system: "windows", host: computer },
    )
    this.#context.emit({
      kind: "event",
      at: this.#context.here(line),
      ...(time === undefined ? {} : { time }),
      ...(computer === undefined ? {} : { vantage: computer }),
      source: known.source,
      id: known.id,
      ...(fields.record === undefined ? {} : { record: fields.record }),
      says: known.says,
    })
  }
}

function isLabel(line: string): boolean {
  const { log, source, id, date, type } = labels
  return [log, source, id, date, type].some((label) => label?.test(line) === true)
}

/** A block needs a source or an id label within reach of its first line. */
function isBlockStart(line: string, ahead: readonly string[]): boolean {
  if (!isLabel(line)) return false
  const fields: Fields = { text: "" }
  for (const text of [line, ...ahead]) {
    if (text.length > rowLengthMax) break
    readField(text, fields)
    if (fields.id !== undefined) return knownIds.has(fields.id) && fields.id > 0
  }
  return false
}

function isNewBlock(line: string, fields: Fields): boolean {
  if (fields.id === undefined) return false
  if (labels["log"]?.test(line) === true) return true
  return labels["type"]?.test(line) === true && fields.text !== ""
}

/** Reads a labelled line into the fields; the first value of a label stays. */
function readField(line: string, fields: Fields): boolean {
  const value = (name: string) => labels[name]?.exec(line)?.[1]
  const id = value("id")
  const record = value("record")
  const source = value("source")
  const date = value("date")
  const time = value("time")
  const computer = value("computer")
  if (id !== undefined) fields.id ??= Number(id) % 65536
  else if (record !== undefined) fields.record ??= Number(record)
  else if (source !== undefined) fields.source ??= source
  else if (date !== undefined) fields.date ??= date
  else if (time !== undefined) fields.time ??= time
  else if (computer !== undefined) fields.computer ??= computer
  else return labels["log"]?.test(line) === true || labels["type"]?.test(line) === true
  return true
}

const knownIds: ReadonlySet<number> = new Set(windowsEvents.map((event) => event.id))

/**
 * The entry for an id whose source fits, or whose message is quoted; an id alone when nothing
 * contradicts.
 */
function knownEvent(id: number, source: string | undefined, text: string): NamedEvent | undefined {
  return windowsEvents.find((event) => {
    if (event.id !== id) return false
    if (source !== undefined) return event.sourcePattern.test(source)
    return event.message.test(text) || text === ""
  })
}

function isTableHead(line: string): boolean {
  return (
    /^\s*Index\s+Time\s+EntryType\s+Source\s+InstanceID\s+Message/i.test(line) ||
    /^\s*TimeCreated\s+(?:ProviderName\s+)?Id\s+(?:LevelDisplayName|ProviderName|Level)/i.test(
      line,
    ) ||
    /^\s*(?:Level|Type)\s+Date(?: and Time)?\s+(?:Time\s+)?Source\s+Event/i.test(line)
  )
}

/** A row of Get-EventLog, Get-WinEvent or a copied Event Viewer list. */
function readRow(line: string): { known: NamedEvent; fields: Fields } | undefined {
  const stamp = readLogTime(line)
  for (const match of line.matchAll(/(?:^|\s)(\d{4,10})(?=\s|$)/g)) {
    const id = Number(match[1]) % 65536
    if (!knownIds.has(id) || (stamp !== undefined && insideStamp(match.index, stamp))) continue
    const known = windowsEvents.find(
      (event) =>
        event.id === id &&
        (event.sourcePattern.test(line) || event.message.test(line) || isBare(line)),
    )
    if (known === undefined) continue
    const index = /^\s*(\d{1,9})\s+[A-Z][a-z]{2} \d/.exec(line)?.[1]
    const fields: Fields = { text: line.trim() }
    if (stamp !== undefined) fields.date = stamp.text
    if (index !== undefined) fields.record = Number(index)
    return { known, fields }
  }
  return undefined
}

function insideStamp(
  index: number,
  stamp: { readonly start: number; readonly end: number },
): boolean {
  return index + 1 >= stamp.start && index < stamp.end
}

const bareRow =
  /^\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4} .*\s(?:Warning|Error|Information|Warnung|Fehler)\b/

/** Get-WinEvent's default table does not show the provider: it stands above the table. */
function isBare(line: string): boolean {
  return bareRow.test(line)
}

/** A message that is quoted whole, or "event 4226" with its source or message in one sentence. */
function sentenceOf(line: string): NamedEvent | undefined {
  const numbered = /\b(?:event(?: ?id)?|eventid|ereignis(?:-id)?|id)\b[\s:#(=]*(\d{4,5})\b/i.exec(
    line,
  )
  return windowsEvents.find((event) => {
    const quotes = event.message.test(line)
    if (numbered === null || isHypothetical(line)) return quotes
    const isNamed = event.sourcePattern.test(line) || /\bsystem (?:event )?log\b/i.test(line)
    return Number(numbered[1]) === event.id && (quotes || isNamed)
  })
}

/** "Event 4226 will be logged when …" explains the event; it does not report one. */
function isHypothetical(line: string): boolean {
  return /\b(?:will|would|may|can|could|if|when|whenever|should)\b/i.test(line)
}

function timeOf(fields: Fields): Instant | undefined {
  if (fields.date === undefined) return undefined
  return readLogTime(`${fields.date} ${fields.time ?? ""}`.trim())?.instant
}
