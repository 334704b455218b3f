/**
 * FortiGate's logs, key=value with or without syslog's head, also as its CSV form and as FortiAnalyzer exports them:
 * traffic logs (type=traffic) as rows, system events and DoS anomalies that speak of a limit as events. Fields and
 * actions: FortiOS Log Message Reference; 20007 "NAT port is exhausted": Fortinet community, article 321941.
 */
import type { Endpoint } from "../../model/fourtuple.ts"
import type { Instant } from "../../model/quantity.ts"
import { instantOf, instantOfNumber } from "../client-log-time.ts"
import type { Reader, Section, SectionContext } from "../reader.ts"
import { DeviceLog, type EventData, FileMemory, memoryPerFile, type OpenRow } from "./device-log.ts"
import { KeyValues } from "./key-values.ts"
import { digits } from "./row-texts.ts"

const lineLengthMax = 16_384

const names = [
  ..."date time eventtime tz devname logid log_id type subtype srcip srcport dstip dstport".split(
    " ",
  ),
  ..."sessionid proto action policyid policyname transip transport tranip tranport duration".split(
    " ",
  ),
  ..."rcvdpkt rcvdbyte msg attack count src src_port dst dst_port nat conserve vd service".split(
    " ",
  ),
] as const
const field: Readonly<Record<string, number>> = Object.fromEntries(
  names.map((name, index) => [name, index]),
)

const memoryOf = memoryPerFile((file) => new FileMemory(file))

export const fortigateReader: Reader = {
  format: "fortigate",
  title: "FortiGate log",
  words: ["type="],
  sniff: (line) => (isFortigate(line) ? 0.9 : 0),
  open: (context) => new FortigateSection(context).section(),
}

/** Every form has a date, a log's id and a type; device and virtual domain tell it from other key=value logs. */
function isFortigate(line: string): boolean {
  const type = line.indexOf("type=")
  if (type < 0 || line.length > lineLengthMax) return false
  if (!line.includes("logid=") && !line.includes("log_id=") && !line.includes("devid="))
    return false
  return line.includes("date=") || line.includes("eventtime=")
}

class FortigateSection {
  readonly #values = new KeyValues(names)
  readonly #log: DeviceLog
  readonly #memory: FileMemory

  constructor(context: SectionContext) {
    this.#memory = memoryOf(context.file)
    this.#log = new DeviceLog(context, "fortigate", this.#memory)
  }

  section(): Section {
    return { line: (text) => this.#line(text) }
  }

  #line(line: string): boolean {
    if (!isFortigate(line)) return false
    const values = this.#values
    values.scan(line)
    const type = this.#text("type")
    if (type === "traffic") this.#traffic(line)
    else if (type === "event") this.#event(line)
    else if (this.#text("subtype") === "anomaly" || type === "anomaly") this.#anomaly(line)
    return true
  }

  #text(name: string): string {
    return this.#values.text(field[name] ?? -1)
  }

  #number(name: string): number {
    return this.#values.number(field[name] ?? -1)
  }

  #traffic(line: string): void {
    this.#stamp(line)
    const row = this.#trafficRow()
    if (row === undefined) return
    this.#log.row(row)
    const msg = this.#text("msg")
    if (row.did === "deny" && sessionLimit.test(msg))
      this.#log.event("session-limit", msg, this.#data())
  }

  #stamp(line: string): void {
    const device = this.#text("devname")
    const time = this.#time()
    const head = line.slice(0, headEnd(line))
    const frame =
      head === "" && time !== undefined ? { message: "" } : this.#memory.frameOfHead(head)
    this.#log.begin(frame, time, device === "" ? undefined : this.#memory.texts.word(device))
  }

  /** "eventtime" in whatever unit; else date and time in the zone they name, UTC where they name none. */
  #time(): Instant | undefined {
    const event = this.#text("eventtime")
    const instant = event === "" ? undefined : instantOfNumber(Number(event))
    if (instant !== undefined) return instant
    const date = this.#text("date").split("-")
    const clock = this.#text("time").split(":")
    if (date.length !== 3 || clock.length !== 3) return undefined
    return instantOf(date, clock, this.#text("tz"))
  }

  /** One session, at its end or (action "start") its beginning; of TCP only. */
  #trafficRow(): OpenRow | undefined {
    if (this.#number("proto") !== 6) return undefined
    const from = this.#endpoint("srcip", "srcport") ?? this.#endpoint("src", "src_port")
    const to = this.#endpoint("dstip", "dstport") ?? this.#endpoint("dst", "dst_port")
    const action = this.#text("action")
    if (from === undefined || to === undefined || action === "") {
      this.#log.malformed("A traffic log of FortiGate has no action or endpoints")
      return undefined
    }
    const { texts } = this.#memory
    const row: OpenRow = {
      action: texts.word(action),
      did: this.#didOf(action),
      protocol: "tcp",
      from,
      to,
    }
    const rule = this.#text("policyname") || this.#text("policyid")
    const session = this.#text("sessionid")
    const duration = this.#number("duration")
    const msg = this.#text("msg")
    const snat = this.#endpoint("transip", "transport")
    const dnat = this.#endpoint("tranip", "tranport")
    if (rule !== "") row.rule = texts.word(rule)
    if (session !== "" && session !== "0") row.connection = session.slice(0, 12)
    if (duration >= 0 && row.did !== "open" && row.did !== "deny") row.ms = duration * 1000
    // Without a text of its own the action says how it ended: "server-rst", "timeout".
    if (msg !== "" || row.did !== "deny") row.result = texts.word(msg || action)
    if (snat !== undefined && isOther(snat, from)) row.translatedFrom = snat
    if (dnat !== undefined && isOther(dnat, to)) row.translatedTo = dnat
    return row
  }

  #didOf(action: string): NonNullable<OpenRow["did"]> {
    if (action === "deny" || action === "blocked" || action === "dropped") return "deny"
    if (action === "start") return "open"
    if (action === "ip-conn") return "fail"
    // Nothing came back before the session's timer ran out: no answer to the SYN.
    const isUnanswered = this.#number("rcvdpkt") === 0 || this.#number("rcvdbyte") === 0
    return action === "timeout" && isUnanswered ? "fail" : "close"
  }

  #endpoint(host: string, port: string): Endpoint | undefined {
    const address = this.#text(host)
    if (address === "") return undefined
    const number = this.#number(port)
    return this.#memory.texts.endpoint(address, number < 0 ? undefined : number)
  }

  /** System events: 20007, conserve mode, and whatever says that sessions reached their number. */
  #event(line: string): void {
    const logId = this.#text("logid") || this.#text("log_id")
    const id = digits(logId.slice(-6))
    const msg = this.#text("msg")
    const known = id === 20007 || id === 22011 || id === 22012 || sessionLimit.test(msg)
    if (!known) return
    this.#stamp(line)
    const data = this.#data()
    if (id === 20007) {
      const isOtherProtocol = this.#number("proto") >= 0 && this.#number("proto") !== 6
      this.#log.event(isOtherProtocol ? "20007 udp" : "20007", msg, data)
      return
    }
    this.#log.event(id === 22011 || id === 22012 ? String(id) : "session-limit", msg, data)
  }

  /** 'attack="tcp_src_session" action="clear_session" msg="anomaly: tcp_src_session, 6 > threshold 5"' */
  #anomaly(line: string): void {
    const msg = this.#text("msg")
    const attack = this.#text("attack")
    if (!watchedAnomalies.has(attack)) return
    this.#stamp(line)
    const numbers = /(\d{1,12}) > threshold (\d{1,12})/.exec(msg)
    const data = this.#data()
    if (numbers !== null) {
      data["used"] = Number(numbers[1])
      data["limit"] = Number(numbers[2])
    }
    const isLetThrough = this.#text("action") === "detected"
    this.#log.event(`anomaly ${attack}${isLetThrough ? " detected" : ""}`, msg, data)
  }

  /** Endpoints, translated address, domain and count, as far as the line has them. */
  #data(): EventData {
    const data: EventData = {}
    const { texts } = this.#memory
    const put = (name: string, text: string): void => {
      if (text !== "") data[name] = texts.address(text) ?? texts.word(text)
    }
    put("from", this.#text("srcip"))
    put("to", this.#text("dstip"))
    put("translated", this.#text("nat"))
    put("domain", this.#text("vd"))
    put("action", this.#text("action"))
    for (const [name, port] of [
      ["fromPort", "srcport"],
      ["toPort", "dstport"],
      ["protocol", "proto"],
    ] as const) {
      const number = this.#number(port)
      if (number >= 0) data[name] = number
    }
    const count = this.#number("count")
    if (count > 1) data["count"] = count
    return data
  }
}

const sessionLimit =
  /\b(?:max(?:imum)?|concurrent) (?:number of )?(?:concurrent )?sessions?\b.{0,40}\b(?:reached|exceeded)|\bsession (?:table (?:is )?full|limit (?:has been |is )?(?:reached|exceeded))|\bquota check/i
/** Of a DoS policy: names of TCP's thresholds. */
const watchedAnomalies: ReadonlySet<string> = new Set([
  "tcp_src_session",
  "tcp_dst_session",
  "ip_src_session",
  "ip_dst_session",
  "tcp_syn_flood",
  "tcp_port_scan",
])

/** What stands before the first field is syslog's head. */
function headEnd(line: string): number {
  const equals = line.indexOf("=")
  const blank = line.lastIndexOf(" ", equals)
  const priority = line.lastIndexOf(">", equals)
  return Math.max(blank, priority) + 1
}

function isOther(translated: Endpoint, original: Endpoint): boolean {
  if (translated.address === "0.0.0.0") return false
  return translated.address !== original.address || translated.port !== original.port
}
