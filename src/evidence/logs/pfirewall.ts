/**
 * The log of Windows Firewall, pfirewall.log: W3C-like, blanks between the fields, local times. XP and Server 2003 write
 * OPEN, CLOSE and DROP, later ones ALLOW and DROP; INFO-EVENTS-LOST counts what was not written. Fields: Microsoft,
 * "Interpreting the Windows Firewall log"; the header names them and their order.
 */
import type { LogObservation } from "../../model/observation.ts"
import type { Reader, SectionContext } from "../reader.ts"
import { FileMemory, memoryPerFile } from "./device-log.ts"
import { stampAt } from "./frame-stamp.ts"
import type { RowTexts } from "./row-texts.ts"

type OpenRow = { -readonly [Key in keyof LogObservation]?: LogObservation[Key] }

const lineLengthMax = 2048
const usualFields =
  "date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin icmptype icmpcode info path pid"
const fieldsHead = /^#Fields: date time action protocol src-ip dst-ip /
const rowHead =
  /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (ALLOW|DROP|OPEN|CLOSE|OPEN-INBOUND|INFO-EVENTS-LOST) (\S+) (\S+) (\S+) (\S+) /

const didOf: Readonly<Record<string, "open" | "close" | "deny">> = {
  ALLOW: "open",
  OPEN: "open",
  "OPEN-INBOUND": "open",
  CLOSE: "close",
  DROP: "deny",
}

const memoryOf = memoryPerFile((file) => new FileMemory(file))

export const pfirewallReader: Reader = {
  format: "pfirewall",
  title: "Windows Firewall log (pfirewall.log)",
  begins: "#0123456789",
  words: [
    "#fields: date time action",
    "#software: microsoft windows firewall",
    "#version: 0",
    "#time format:",
    " drop ",
    " allow ",
    " open ",
    " close ",
    "-inbound ",
    "-lost ",
  ],
  sniff: (line, ahead) => {
    if (fieldsHead.test(line)) return 0.95
    if (line.startsWith("#")) return ahead.some((each) => fieldsHead.test(each)) ? 0.95 : 0
    return line.length <= lineLengthMax && rowHead.test(line) && hasRowFields(line) ? 0.85 : 0
  },
  open: (context) => {
    const { texts } = memoryOf(context.file)
    let names = usualFields.split(" ")
    let isZoneSaid = false
    context.mark({ system: "windows" })
    return {
      line: (text) => {
        if (text.startsWith("#")) {
          if (/^#Fields: /i.test(text)) names = text.slice(9).trim().toLowerCase().split(/\s+/)
          return /^#(?:Version|Software|Time Format|Fields)\b/i.test(text)
        }
        if (text.trim() === "") return true
        if (text.length > lineLengthMax || !rowHead.test(text)) return false
        if (!isZoneSaid) {
          isZoneSaid = true
          const says = "Times are local and the log does not name their zone: they are read as UTC"
          context.odd("time-zone-unknown", says)
        }
        readRow(context, text, names, texts)
        return true
      },
    }
  },
}

/** Both addresses or dashes, and numbers or dashes for the ports. */
function hasRowFields(line: string): boolean {
  const [, , , , source = "", target = "", sourcePort = "", targetPort = ""] = line.split(" ")
  const isAddress = (text: string) =>
    text === "-" || /^[\d.]+$|^[0-9a-fA-F:.%]*:[0-9a-fA-F:.%]*$/.test(text)
  const isPort = (text: string) => text === "-" || /^\d{1,5}$/.test(text)
  return isAddress(source) && isAddress(target) && isPort(sourcePort) && isPort(targetPort)
}

function readRow(
  context: SectionContext,
  text: string,
  names: readonly string[],
  texts: RowTexts,
): void {
  const cells = text.trim().split(" ")
  const cell = (name: string): string | undefined => {
    const value = cells[names.indexOf(name)]
    return value === undefined || value === "-" || value === "" ? undefined : value
  }
  const action = cell("action") ?? "?"
  if (action === "INFO-EVENTS-LOST") {
    const says = `The log leaves out ${cell("info") ?? "some"} events that came too fast`
    context.odd("section-truncated", says)
    return
  }
  const protocol = cell("protocol")?.toLowerCase()
  const source = cell("src-ip")
  const target = cell("dst-ip")
  const from = source === undefined ? undefined : texts.endpoint(source, cell("src-port"))
  const to = target === undefined ? undefined : texts.endpoint(target, cell("dst-port"))
  if (from === undefined || to === undefined) {
    context.odd("row-malformed", "A row of the Windows Firewall log has no addresses")
    return
  }
  const row: OpenRow = { from, to }
  if (protocol !== undefined) row.protocol = texts.word(protocol)
  const flags = cell("tcpflags")
  const did = didOf[action]
  // A segment of a connection that is gone is dropped as well: only a SYN alone is an attempt.
  const isAttempt = protocol !== "tcp" || flags === undefined || flags === "0" || flags === "S"
  if (did !== undefined && (did !== "deny" || isAttempt)) row.did = did
  if (flags !== undefined && flags !== "0") row.result = texts.word(namesOf(flags))
  const way = cell("path")
  if (way !== undefined) row.rule = texts.word(way.toLowerCase())
  const time = stampAt(text, 0)?.instant
  if (time !== undefined) row.time = time
  context.emit({
    kind: "log",
    at: context.here(),
    source: "windows-firewall",
    action: action.toLowerCase(),
    ...row,
  })
}

const flagNames: readonly (readonly [string, string])[] = [
  ["U", "URG"],
  ["A", "ACK"],
  ["P", "PSH"],
  ["R", "RST"],
  ["S", "SYN"],
  ["F", "FIN"],
]

function namesOf(flags: string): string {
  const names = flagNames.filter(([letter]) => flags.includes(letter)).map(([, name]) => name)
  return names.length === 0 ? flags : names.join(" ")
}
