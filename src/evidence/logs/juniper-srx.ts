/**
 * Juniper SRX: RT_FLOW_SESSION_CREATE, _CLOSE and _DENY as rows, RT_SCREEN's session limits and floods and the notices
 * about full tables as events; both as plain text and with structured data. Forms: Junos System Log Explorer; the order
 * of the plain text's fields changed between releases, so only what has a form of its own is read from it.
 */
import type { Endpoint } from "../../model/fourtuple.ts"
import type { Reader, Section, SectionContext } from "../reader.ts"
import {
  DeviceLog,
  dataOfGroups,
  type EventData,
  FileMemory,
  memoryPerFile,
  type OpenRow,
} from "./device-log.ts"
import { KeyValues } from "./key-values.ts"
import { digits } from "./row-texts.ts"
import { type Frame, frameOf } from "./syslog-frame.ts"

const lineLengthMax = 8192

const names = [
  ..."source-address source-port destination-address destination-port nat-source-address".split(
    " ",
  ),
  ..."nat-source-port nat-destination-address nat-destination-port protocol-id policy-name".split(
    " ",
  ),
  ..."session-id-32 session-id reason elapsed-time attack-name src-ip dst-ip bytes-from-server".split(
    " ",
  ),
] as const
const field: Readonly<Record<string, number>> = Object.fromEntries(
  names.map((name, index) => [name, index]),
)

const memoryOf = memoryPerFile((file) => new FileMemory(file))

export const juniperSrxReader: Reader = {
  format: "juniper-srx",
  title: "Juniper SRX session or screen log",
  words: [
    "rt_flow_session",
    "rt_screen_",
    "flow_session_full",
    "rt_src_nat",
    "rt_pst_nat",
    "flow_high_watermark",
    "rt_session_",
  ],
  sniff: (line) => (tagOf(line) === undefined ? 0 : 0.9),
  open: (context) => new SrxSection(context).section(),
}

const flow = /RT_FLOW_SESSION_(CREATE|CLOSE|DENY)(?:_LS)?\b/
const screen = /RT_SCREEN_([A-Z_]{2,40})\b/
const full =
  /\b(?:FLOW_SESSION_FULL|RT_SRC_NAT_POOL_\w+|RT_SRC_NAT_\w*EXHAUST\w*|RT_PST_NAT_\w+|FLOW_HIGH_WATERMARK_TRIGGERED|RT_SESSION_\w*(?:FULL|LIMIT)\w*)\b/

type Tag = {
  readonly kind: "flow" | "screen" | "full"
  readonly name: string
  readonly start: number
  readonly end: number
}

function tagOf(line: string): Tag | undefined {
  if (line.length > lineLengthMax) return undefined
  const isLikely = line.includes("RT_") || line.includes("FLOW_")
  if (!isLikely) return undefined
  for (const [kind, pattern] of [
    ["flow", flow],
    ["screen", screen],
    ["full", full],
  ] as const) {
    const match = pattern.exec(line)
    if (match === null) continue
    const name = match[1] ?? match[0]
    return { kind, name, start: match.index, end: match.index + match[0].length }
  }
  return undefined
}

class SrxSection {
  readonly #log: DeviceLog
  readonly #memory: FileMemory
  readonly #values = new KeyValues(names)

  constructor(context: SectionContext) {
    this.#memory = memoryOf(context.file)
    this.#log = new DeviceLog(context, "srx", this.#memory)
  }

  section(): Section {
    return { line: (text) => this.#line(text) }
  }

  #line(line: string): boolean {
    const tag = tagOf(line)
    if (tag === undefined) return false
    this.#log.begin(headFrame(line, tag.start, this.#memory))
    const isStructured = line.includes('source-address="') || line.includes('attack-name="')
    if (isStructured) this.#values.scan(line, tag.end)
    const text = line.slice(tag.end)
    if (tag.kind === "flow") this.#flow(tag.name, text, isStructured)
    else if (tag.kind === "screen") this.#screen(tag.name, text, isStructured)
    else this.#log.event(idOfFull(tag.name), line.slice(tag.start), dataOfPool(text, this.#memory))
    return true
  }

  #flow(name: string, text: string, isStructured: boolean): void {
    const row = isStructured ? this.#structuredRow() : plainRow(text, this.#memory)
    if (row === "other protocol") return
    if (row === undefined) {
      this.#log.malformed("A session log of SRX has no endpoints")
      return
    }
    const isUnanswered =
      /^(?:TCP SYN|synproxy|response not received|idle Timeout)/i.test(row.result ?? "") &&
      row.isSilent
    const did =
      name === "CREATE" ? "open" : name === "DENY" ? "deny" : isUnanswered ? "fail" : "close"
    const { isSilent: _, ...rest } = row
    this.#log.row({ ...rest, action: name.toLowerCase(), did, protocol: "tcp" })
  }

  #text(name: string): string {
    return this.#values.text(field[name] ?? -1)
  }

  #structuredRow(): SrxRow | "other protocol" | undefined {
    const protocol = this.#text("protocol-id")
    if (protocol !== "6") return protocol === "" ? undefined : "other protocol"
    const { texts } = this.#memory
    const endpoint = (prefix: string): Endpoint | undefined =>
      texts.endpoint(this.#text(`${prefix}-address`), this.#text(`${prefix}-port`))
    const from = endpoint("source")
    const to = endpoint("destination")
    if (from === undefined || to === undefined) return undefined
    const session = this.#text("session-id-32") || this.#text("session-id")
    const elapsed = digits(this.#text("elapsed-time"))
    const policy = this.#text("policy-name")
    const reason = this.#text("reason")
    return {
      from,
      to,
      isSilent: this.#text("bytes-from-server") === "0",
      ...translatedOf("translatedFrom", endpoint("nat-source"), from),
      ...translatedOf("translatedTo", endpoint("nat-destination"), to),
      ...(policy === "" ? {} : { rule: texts.word(policy) }),
      ...(reason === "" ? {} : { result: texts.word(reason) }),
      ...(session === "" ? {} : { connection: texts.word(session) }),
      ...(elapsed < 0 ? {} : { ms: elapsed * 1000 }),
    }
  }

  /** 'RT_SCREEN_SESSION_LIMIT: … source: 10.1.1.5, destination: …' or attack-name="Src IP session limit!" */
  #screen(name: string, text: string, isStructured: boolean): void {
    const attack = isStructured ? this.#text("attack-name") : (text.split(/[!,]/)[0] ?? "")
    const id = idOfScreen(name, attack)
    if (id === undefined) return
    const { texts } = this.#memory
    const data: EventData = {}
    const put = (key: string, value: string | undefined): void => {
      const address = texts.address(value ?? "")
      if (address !== undefined) data[key] = address
    }
    const match = /source:? ?([\w.:]+?)(?::\d+)?, destination:? ?([\w.:]+?)(?::(\d+))?,/i.exec(text)
    put("from", isStructured ? this.#text("source-address") || this.#text("src-ip") : match?.[1])
    put("to", isStructured ? this.#text("destination-address") || this.#text("dst-ip") : match?.[2])
    this.#log.event(id, text.replace(/^[:\s]+/, ""), data)
  }
}

type SrxRow = Omit<OpenRow, "action"> & { readonly isSilent: boolean }

/** Up to the tag the line is head; structured data behind it is no head. */
function headFrame(line: string, start: number, memory: FileMemory): Frame {
  const program = line.lastIndexOf("RT_", start - 1)
  const end = program > 0 && start - program < 16 ? program : start
  const head = line.slice(0, end)
  // RFC 5424 has the tag in its head; frameOf wants that whole.
  return />1 \d{4}-/.test(head.slice(0, 12)) ? frameOf(line) : memory.frameOfHead(head)
}

const ends =
  /([\d.]{7,15}|[\da-fA-F:.]{3,45})\/(\d{1,5})->([\d.]{7,15}|[\da-fA-F:.]{3,45})\/(\d{1,5})/g

/**
 * "session closed TCP FIN: A/1->B/2 [0x0] service A'/1'->B'/2' … 6 policy zone zone session 12(3) 10(4) 30": the
 * endpoints by their form, then protocol and policy, which stand before the zones and the session's number.
 */
function plainRow(text: string, memory: FileMemory): SrxRow | "other protocol" | undefined {
  const pairs = [...text.matchAll(ends)].slice(0, 3)
  const [first, second] = pairs
  if (first === undefined) return undefined
  const { texts } = memory
  const from = texts.endpoint(first[1] ?? "", first[2])
  const to = texts.endpoint(first[3] ?? "", first[4])
  if (from === undefined || to === undefined) return undefined
  const behind = text.slice((second ?? first).index + (second ?? first)[0].length)
  // DENY has "icmp-type" in brackets behind the protocol: "6(0)".
  const tail =
    / (\d{1,3})(?:\(\d+\))? (\S+) (\S+) (\S+)(?: (\d{1,20}))?(?: (\d+)\((\d+)\) (\d+)\((\d+)\) (\d+))?/.exec(
      behind,
    )
  if (tail === null) return undefined
  const [, protocol, policy = "", , , session, , , , backBytes, elapsed] = tail
  if (protocol !== "6") return "other protocol"
  const reason = /^: session (?:closed|denied) ?([^:]{1,60}): /.exec(text)?.[1] ?? ""
  const natFrom = second === undefined ? undefined : texts.endpoint(second[1] ?? "", second[2])
  const natTo = second === undefined ? undefined : texts.endpoint(second[3] ?? "", second[4])
  return {
    from,
    to,
    isSilent: backBytes === "0",
    ...translatedOf("translatedFrom", natFrom, from),
    ...translatedOf("translatedTo", natTo, to),
    rule: texts.word(policy),
    ...(reason === "" ? {} : { result: texts.word(reason) }),
    ...(session === undefined ? {} : { connection: texts.word(session) }),
    ...(elapsed === undefined ? {} : { ms: Number(elapsed) * 1000 }),
  }
}

function translatedOf(
  name: "translatedFrom" | "translatedTo",
  translated: Endpoint | undefined,
  original: Endpoint,
): Pick<OpenRow, "translatedFrom" | "translatedTo"> {
  if (translated === undefined || translated.address === "0.0.0.0") return {}
  if (translated.address === original.address && translated.port === original.port) return {}
  return { [name]: translated }
}

function idOfScreen(name: string, attack: string): string | undefined {
  if (name.startsWith("SESSION_LIMIT") || /session limit/i.test(attack)) {
    return /dst|destination/i.test(attack)
      ? "screen destination-sessions"
      : "screen source-sessions"
  }
  if (/syn flood|synflood/i.test(attack) || /SYN flood/i.test(name)) return "screen syn-flood"
  if (/port scan|address sweep|sweep/i.test(attack)) return "screen scan"
  return undefined
}

function idOfFull(name: string): string {
  if (/NAT/.test(name)) return "nat-pool"
  return name.startsWith("FLOW_HIGH") ? "high-watermark" : "session-table"
}

/** "Source NAT pool alarm raised: Pool name: outside-pool, Current usage: 95%" */
function dataOfPool(text: string, memory: FileMemory): EventData {
  const pattern =
    /[Pp]ool(?: name:)? ?(?<pool>[\w.-]{1,64})(?:,.{0,80}?(?<used>\d{1,3}) ?(?:%|percent|\(%\)))?/
  const match = pattern.exec(text.slice(Math.max(0, text.indexOf("ool name"), 1) - 1))
  return match === null ? {} : dataOfGroups(match, memory.texts)
}
