/**
 * Syslog of Cisco ASA and its relatives (FTD, PIX, FWSM): connections built and torn down, packets denied,
 * translations, and every message about a limit. Numbers and wordings: Cisco Secure Firewall ASA Series Syslog Messages;
 * order of the sides in 302013: the initiator is the first in inbound connections and the second in outbound ones.
 */
import type { Endpoint } from "../../model/fourtuple.ts"
import type { LogObservation } from "../../model/observation.ts"
import type { Reader, Section, SectionContext } from "../reader.ts"
import { limitMessageOf } from "./cisco-asa-limits.ts"
import { rowOfSecurityEvent } from "./cisco-ftd.ts"
import { DeviceLog, FileMemory, memoryPerFile, type OpenRow } from "./device-log.ts"
import { digits, type RowTexts } from "./row-texts.ts"

/** Connections whose building was seen and whose end was not yet. */
const openMax = 500_000
const lineLengthMax = 8192
/** A message has at most 1 KiB. */
const messageLengthMax = 1100
const tag = /%(?:ASA|FTD|PIX|FWSM|NGIPS)-(?:\w+-)?-?(\d)-(\d{6}):? ?/g

class AsaMemory extends FileMemory {
  /** Number of a connection → whether the first side of its messages opened it. */
  readonly opened = new Map<string, boolean>()
}

const memoryOf = memoryPerFile((file) => new AsaMemory(file))

export const ciscoAsaReader: Reader = {
  format: "cisco-asa",
  title: "Cisco ASA, FTD or PIX syslog",
  words: ["%asa-", "%ftd-", "%pix-", "%fwsm-", "%ngips-"],
  sniff: (line) => (messageOf(line) === undefined ? 0 : 0.9),
  open: (context) => new AsaSection(context).section(),
}

type Message = { readonly number: string; readonly start: number; readonly end: number }

/** Where the tag "%ASA-6-302013:" stands in a line. */
function messageOf(line: string): Message | undefined {
  const percent = line.indexOf("%")
  if (percent < 0 || line.length > lineLengthMax) return undefined
  tag.lastIndex = percent
  const match = tag.exec(line)
  if (match === null) return undefined
  return { number: match[2] ?? "", start: match.index, end: match.index + match[0].length }
}

class AsaSection {
  readonly #memory: AsaMemory
  readonly #log: DeviceLog

  constructor(context: SectionContext) {
    this.#memory = memoryOf(context.file)
    this.#log = new DeviceLog(context, "asa", this.#memory)
  }

  section(): Section {
    return { line: (text) => this.#line(text) }
  }

  #line(line: string): boolean {
    const message = messageOf(line)
    if (message === undefined) return false
    const text = line.slice(message.end, message.end + messageLengthMax)
    this.#log.begin(this.#memory.frameOfHead(line.slice(0, message.start)))
    this.#take(message.number, text)
    return true
  }

  #take(number: string, text: string): void {
    const row = this.#rowOf(number, text)
    if (row !== undefined) this.#log.row(row)
    const event = limitMessageOf(number, text, this.#log.texts)
    if (event === undefined) return
    this.#log.event(event.id, text, event.data)
    if (event.denied !== undefined && row === undefined) this.#log.row(event.denied)
  }

  #rowOf(number: string, text: string): OpenRow | undefined {
    switch (number) {
      case "302013":
      case "302303":
        return this.#built(text)
      case "302014":
      case "302304":
        return this.#teardown(text)
      case "106100":
      case "106102":
      case "106103":
        return accessListRow(text, this.#log.texts)
      case "305009":
      case "305011":
      case "305010":
      case "305012":
        return translationRow(text, this.#log.texts)
      case "430002":
      case "430003":
        return rowOfSecurityEvent(text, this.#log.texts)
      default:
        return number.startsWith("106") || number.startsWith("710")
          ? deniedRow(number, text, this.#log.texts)
          : undefined
    }
  }

  /** "Built outbound TCP connection 11757 for outside:A/80 (A/80) to inside:B/1772 (B/1772)" */
  #built(text: string): OpenRow | undefined {
    const sides = sidesOf(text, this.#log.texts)
    if (sides === undefined) return undefined
    const isFirst = !text.startsWith("Built outbound")
    const { opened } = this.#memory
    if (opened.size < openMax) opened.set(sides.connection, isFirst)
    const [from, to] = isFirst ? [sides.first, sides.second] : [sides.second, sides.first]
    return {
      action: "built",
      did: "open",
      protocol: "tcp",
      from: from.real,
      to: to.real,
      connection: sides.connection,
      ...translated("translatedFrom", from),
      ...translated("translatedTo", to),
    }
  }

  /** "Teardown TCP connection 11749 for outside:A/80 to inside:B/1758 duration 0:01:07 bytes 38110 TCP Reset-I" */
  #teardown(text: string): OpenRow | undefined {
    const sides = sidesOf(text, this.#log.texts)
    if (sides === undefined) return undefined
    const { opened } = this.#memory
    const isFirst =
      opened.get(sides.connection) ?? isLikelyFirst(sides.first.real, sides.second.real)
    opened.delete(sides.connection)
    const [from, to] = isFirst ? [sides.first, sides.second] : [sides.second, sides.first]
    const reason = reasonOf(text)
    const ms = durationMs(text)
    const row: OpenRow = {
      action: "teardown",
      did: reason === "SYN Timeout" ? "fail" : "close",
      protocol: "tcp",
      from: from.real,
      to: to.real,
      connection: sides.connection,
    }
    if (reason !== "") row.result = this.#log.texts.word(reason)
    if (ms !== undefined) row.ms = ms
    return row
  }
}

type AsaSide = { readonly real: Endpoint; readonly mapped: Endpoint | undefined }

/** The connection's number and both sides: behind "connection ", then "for … to …" or "from … to …". */
function sidesOf(
  text: string,
  texts: RowTexts,
): { readonly connection: string; readonly first: AsaSide; readonly second: AsaSide } | undefined {
  const number = text.indexOf("connection ") + 11
  const numberEnd = text.indexOf(" ", number)
  if (number < 11 || numberEnd < 0) return undefined
  const first = text.indexOf(" ", numberEnd + 1) + 1
  const to = text.indexOf(" to ", first)
  if (first === 0 || to < 0 || (text.includes(" UDP ") && !text.includes(" TCP "))) return undefined
  const firstSide = sideAt(text, first, to, texts)
  const secondSide = sideAt(text, to + 4, text.length, texts)
  if (firstSide === undefined || secondSide === undefined) return undefined
  // "(user)" may follow the number, as in "connection 4 for outside…"; numbers themselves have no blanks.
  return { connection: text.slice(number, numberEnd), first: firstSide, second: secondSide }
}

/** "outside:192.0.2.1/80 (198.51.100.1/8080)", "inside:10.1.1.5/41832(LOCAL\user)" */
function sideAt(text: string, start: number, limit: number, texts: RowTexts): AsaSide | undefined {
  const blank = text.indexOf(" ", start)
  const end = blank < 0 || blank > limit ? limit : blank
  const real = endpointOfToken(text, start, end, texts)
  if (real === undefined) return undefined
  const hasMapped = text.charCodeAt(end + 1) === 40 && end + 1 < limit
  const close = hasMapped ? text.indexOf(")", end + 2) : -1
  if (close < 0) return { real, mapped: undefined }
  return { real, mapped: endpointOfToken(text, end + 2, close, texts) }
}

/** [interface:]address/port, perhaps with "(user)" directly behind it. */
export function endpointOfToken(
  text: string,
  start: number,
  end: number,
  texts: RowTexts,
): Endpoint | undefined {
  const slash = text.indexOf("/", start)
  if (slash < 0 || slash >= end) return undefined
  const paren = text.indexOf("(", slash)
  const portEnd = paren < 0 || paren > end ? end : paren
  const port = digits(text.slice(slash + 1, portEnd))
  if (port < 0) return undefined
  const colon = text.indexOf(":", start)
  const whole = texts.endpoint(text.slice(start, slash), port)
  if (whole !== undefined || colon < 0 || colon >= slash) return whole
  return texts.namedEndpoint(text.slice(colon + 1, slash), port)
}

function translated(
  name: "translatedFrom" | "translatedTo",
  { real, mapped }: AsaSide,
): Pick<LogObservation, "translatedFrom" | "translatedTo"> {
  if (mapped === undefined) return {}
  if (mapped.address === real.address && mapped.port === real.port) return {}
  return { [name]: mapped }
}

/** Who opened a connection whose building was not seen: the side with the port that no server has. */
function isLikelyFirst(first: Endpoint, second: Endpoint): boolean {
  return (first.port ?? 0) >= 1024 && (first.port ?? 0) > (second.port ?? 0)
}

/** What stands behind "bytes N", without who it came from and the user. */
function reasonOf(text: string): string {
  const bytes = text.indexOf(" bytes ")
  const start = bytes < 0 ? -1 : text.indexOf(" ", bytes + 7)
  if (start < 0) return ""
  const paren = text.indexOf(" (", start)
  const from = text.indexOf(" from\x20", start)
  const ends = [paren, from].filter((each) => each >= 0)
  return text.slice(start + 1, ends.length === 0 ? text.length : Math.min(...ends)).trim()
}

/** "duration 1:02:03", or with days "2:05:00:00", or "2d3h". */
function durationMs(text: string): number | undefined {
  const start = text.indexOf(" duration ") + 10
  if (start < 10) return undefined
  const blank = text.indexOf(" ", start)
  const word = text.slice(start, blank < 0 ? text.length : blank)
  let seconds = 0
  for (const part of word.split(":", 5)) {
    const number = digits(part)
    if (number < 0) return undefined
    seconds = seconds * (part === word ? 1 : 60) + number
  }
  return seconds * 1000
}

/** "access-list out denied tcp outside/A(3154) -> inside/B(445) hit-cnt 1 first hit [0x…]" */
function accessListRow(text: string, texts: RowTexts): OpenRow | undefined {
  const words = text.split(" ", 16)
  const [, rule = "", verdict = "", protocol = ""] = words
  const arrow = words.indexOf("->")
  if (protocol.toLowerCase() !== "tcp" || arrow < 4) return undefined
  const from = listedEndpoint(words.slice(4, arrow).join(""), texts)
  const to = listedEndpoint(words[arrow + 1] ?? "", texts)
  if (from === undefined || to === undefined) return undefined
  const hits = digits(words[words.indexOf("hit-cnt") + 1] ?? "")
  return {
    action: texts.word(verdict),
    ...(verdict === "denied" ? { did: "deny" as const } : {}),
    protocol: "tcp",
    from,
    to,
    rule: texts.word(rule),
    ...(words.includes("hit-cnt") && hits > 1 ? { count: hits } : {}),
  }
}

/** "outside/10.1.1.5(3154)", "outside/10.1.1.5(3154)(user)" */
function listedEndpoint(word: string, texts: RowTexts): Endpoint | undefined {
  const slash = word.indexOf("/")
  const paren = word.indexOf("(", slash)
  const close = word.indexOf(")", paren)
  if (slash < 0 || paren < 0 || close < 0) return undefined
  return texts.endpoint(word.slice(slash + 1, paren), word.slice(paren + 1, close))
}

/** "Built dynamic TCP translation from inside:A/41832 to outside:B/41832", "Teardown … duration 0:00:30" */
function translationRow(text: string, texts: RowTexts): OpenRow | undefined {
  const start = text.indexOf(" translation from\x20") + 18
  const to = text.indexOf(" to ", start)
  if (start < 18 || to < 0 || !text.includes(" TCP ")) return undefined
  const from = sideAt(text, start, to, texts)?.real
  const mapped = sideAt(text, to + 4, text.length, texts)?.real
  if (from === undefined || mapped === undefined) return undefined
  const ms = durationMs(text)
  return {
    action: text.startsWith("Built") ? "translate" : "translation ended",
    protocol: "tcp",
    from,
    translatedFrom: mapped,
    ...(ms === undefined ? {} : { ms }),
  }
}

/** Group names: from, fromPort, to, toPort, flags, rule, why. */
const denied: readonly RegExp[] = [
  /^Deny (?:inbound )?tcp src \S+?:(?<from>[\w.:]+)\/(?<fromPort>\d+)\S*(?: \([^)]*\))? dst \S+?:(?<to>[\w.:]+)\/(?<toPort>\d+)\S*(?: \([^)]*\))?(?:.* by access-group "(?<rule>[^"]{1,200})")?/i,
  /^Inbound TCP connection denied from (?<from>[\w.:]+)\/(?<fromPort>\d+) to (?<to>[\w.:]+)\/(?<toPort>\d+) flags (?<flags>[A-Z ]+?) +on/,
  /^Deny TCP \((?<why>no connection)\) from (?<from>[\w.:]+)\/(?<fromPort>\d+) to (?<to>[\w.:]+)\/(?<toPort>\d+) flags (?<flags>[A-Z ]+?) +on/,
  /^Deny IP (?<why>due to Land Attack) from (?<from>[\w.:]+) to (?<to>[\w.:]+)/,
  /^Deny IP (?<why>spoof) from \((?<from>[\w.:]+)\) to (?<to>[\w.:]+)/,
  /^Deny TCP (?<why>reverse path check|connection spoof) from (?<from>[\w.:]+) to (?<to>[\w.:]+)/i,
  /^Deny inbound \((?<why>No xlate)\) tcp src \S+?:(?<from>[\w.:]+)\/(?<fromPort>\d+) dst \S+?:(?<to>[\w.:]+)\/(?<toPort>\d+)/i,
  /^TCP Connection denied by outbound list (?<rule>\S+) src (?<from>[\w.:]+)(?:\/(?<fromPort>\d+))? dest (?<to>[\w.:]+)(?:\/(?<toPort>\d+))?/i,
  /^TCP (?:access denied by ACL|(?<why>request discarded)) from (?<from>[\w.:]+)\/(?<fromPort>\d+) to \S+?:(?<to>[\w.:]+)\/(?<toPort>\w+)/,
]

/** The rows that deny a packet or connection; undefined for other protocols and messages. */
function deniedRow(number: string, text: string, texts: RowTexts): OpenRow | undefined {
  for (const pattern of denied) {
    const groups = pattern.exec(text)?.groups
    if (groups === undefined) continue
    const from = texts.endpoint(groups["from"] ?? "", groups["fromPort"])
    const port = /^\d+$/.test(groups["toPort"] ?? "") ? groups["toPort"] : undefined
    const to = texts.endpoint(groups["to"] ?? "", port)
    if (from === undefined || to === undefined) return undefined
    const why = [groups["why"] ?? number, groups["flags"]].filter((part) => part !== undefined)
    return {
      action: "deny",
      did: "deny",
      ...(text.includes(" IP ") ? {} : { protocol: "tcp" }),
      result: texts.word(why.join(" ")),
      from,
      to,
      ...(groups["rule"] === undefined ? {} : { rule: texts.word(groups["rule"]) }),
    }
  }
  return undefined
}
