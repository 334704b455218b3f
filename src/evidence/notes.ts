/**
 * Notes: what a person only knows by telephone, as a small YAML file that begins with "fourtuple:
 * notes/1" (documented in docs/guide/notes.md). Checks are by hand so that every complaint names
 * its line; an unknown key is an oddity, the rest is still read.
 */
import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type YAMLMap,
} from "yaml"
import { NoteFields } from "./note-fields.ts"
import { noteAttempt, noteEvent, noteFact, noteLog, noteSockets } from "./note-rows.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"

const charsMax = 128 * 1024
const lineMax = 4096
const rowsMax = 10_000

export const notesReader: Reader = {
  format: "notes",
  title: "fourtuple notes",
  begins: "f",
  sniff: (line) => (/^\uFEFF?fourtuple:\s*["']?notes\/\d+/.test(line) ? 1 : 0),
  open: notesSection,
}

function notesSection(context: SectionContext): Section {
  const start = context.lineNumber()
  const lines: string[] = []
  let chars = 0
  let over = false
  return {
    line(text) {
      if (over || /^\.\.\.\s*$/.test(text)) return over || lines.length > 0
      chars += text.length + 1
      if (chars > charsMax) {
        over = true
        context.odd("section-too-large", `Notes are longer than ${charsMax} characters`)
      } else lines.push(text.slice(0, lineMax))
      return true
    },
    end: () => readNotes(context, lines.join("\n"), start),
  }
}

function readNotes(context: SectionContext, text: string, start: number): void {
  const counter = new LineCounter()
  const document = parsed(text, counter)
  if (document === undefined) {
    context.odd("row-malformed", "Notes are nested too deeply to be read", start)
    return
  }
  const lineOf = (offset: number) => start + counter.linePos(offset).line - 1
  for (const error of document.errors.slice(0, 20)) {
    const says = `YAML: ${error.message.split("\n")[0] ?? ""}`
    context.odd("row-malformed", says, lineOf(error.pos[0]))
  }
  if (!isMap(document.contents)) {
    context.odd("section-truncated", "Notes are not a YAML mapping", start)
    return
  }
  const fields = new NoteFields(context, document.contents, lineOf)
  const version = fields.text("fourtuple")
  if (version !== "notes/1") {
    context.odd("value-malformed", `Notes version "${version}" is not notes/1`, start)
  }
  mark(context, fields)
  values(context, fields, "settings")
  values(context, fields, "counters")
  rows(fields, "sockets", noteSockets)
  rows(fields, "attempts", noteAttempt)
  rows(fields, "events", noteEvent)
  rows(fields, "logs", noteLog)
  rows(fields, "facts", noteFact)
  fields.rest("Notes")
}

/** The YAML parser recurses: text made of nothing but brackets exhausts the stack. */
function parsed(text: string, lineCounter: LineCounter): Document.Parsed | undefined {
  try {
    return parseDocument(text, { lineCounter, uniqueKeys: false, strict: false })
  } catch {
    return undefined
  }
}

function mark(context: SectionContext, fields: NoteFields): void {
  const host = fields.text("host")
  const system = fields.text("system")
  const time = fields.instant("time")
  fields.ignore("says")
  context.mark({
    ...(host === undefined ? {} : { host }),
    ...(system === undefined ? {} : { system }),
    ...(time === undefined ? {} : { time }),
  })
  if (system === undefined) return
  const [family = "", version] = system.split(/\s+/)
  const data = version === undefined ? { family } : { family, version }
  context.emit({ kind: "fact", name: "system", data, at: context.here(fields.line("system")) })
}

/** settings and counters: name → value, or name → { value, of }. */
function values(context: SectionContext, fields: NoteFields, key: "settings" | "counters"): void {
  const map = fields.node(key)
  if (map === undefined) return
  if (!isMap(map)) {
    context.odd("value-malformed", `Notes: ${key} is not a mapping of names`, fields.line(key))
    return
  }
  for (const pair of map.items.slice(0, rowsMax)) {
    const name = isScalar(pair.key) ? String(pair.key.value) : ""
    const line = isScalar(pair.key) ? fields.lineOfNode(pair.key) : fields.line(key)
    const inner = isMap(pair.value) ? new NoteFields(context, pair.value, fields.lineOf) : undefined
    const value = inner === undefined ? scalarOf(pair.value) : inner.value("value")
    const of = inner?.text("of")
    inner?.rest(`Notes: ${key}.${name}`)
    emitValue(context, { key, name, value, of, line })
  }
}

type Named = {
  readonly key: "settings" | "counters"
  readonly name: string
  readonly value: string | number | undefined
  readonly of: string | undefined
  readonly line: number
}

function emitValue(context: SectionContext, named: Named): void {
  const { key, name, value, line } = named
  const of = named.of === undefined ? {} : { of: named.of }
  const at = context.here(line)
  if (name === "" || value === undefined || (key === "counters" && typeof value !== "number")) {
    context.odd("value-malformed", `Notes: ${key}.${name} has no usable value`, line)
  } else if (key === "settings") context.emit({ kind: "setting", name, value, ...of, at })
  else if (typeof value === "number") context.emit({ kind: "counter", name, value, ...of, at })
}

function scalarOf(node: unknown): string | number | undefined {
  if (!isScalar(node)) return undefined
  const { value } = node
  if (typeof value === "boolean") return String(value)
  return typeof value === "string" || typeof value === "number" ? value : undefined
}

function rows(fields: NoteFields, key: string, read: (row: NoteFields) => void): void {
  const list = fields.node(key)
  if (list === undefined) return
  const items: readonly unknown[] = isSeq(list) ? list.items : [list]
  for (const item of items.slice(0, rowsMax)) {
    if (!isMap(item)) {
      const says = `Notes: an entry of ${key} is not a mapping`
      fields.context.odd("value-malformed", says, fields.line(key))
      continue
    }
    const row = new NoteFields(fields.context, item as YAMLMap, fields.lineOf)
    read(row)
    row.rest(`Notes: ${key}`)
  }
}
