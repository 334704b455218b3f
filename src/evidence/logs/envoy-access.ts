/**
 * Envoy's access log in its default format and in Istio's: rows whose response flags tell of the connection to an
 * upstream host, or of a limit. Formats and flags: Envoy documentation, access logging; Istio documentation, Envoy access
 * logs.
 */
import type { Endpoint } from "../../model/fourtuple.ts"
import type { Instant } from "../../model/quantity.ts"
import { instantOf } from "../client-log-time.ts"
import type { Reader, Section, SectionContext } from "../reader.ts"
import { DeviceLog, type EventData, FileMemory, memoryPerFile } from "./device-log.ts"

const lineLengthMax = 8192

/** Flags after which no connection to the upstream host came about. */
const failed: ReadonlySet<string> = new Set(["UF", "URX"])
const limits: ReadonlySet<string> = new Set(["UO", "URX", "RL", "OM", "UH"])
const allFlags =
  /^(?:-|(?:UH|UF|UO|NR|URX|NC|DT|DC|LH|UT|LR|UR|UC|DI|FI|RL|UAEX|RLSE|IH|SI|DPE|UPE|UMSDR|OM|RFCF|NFCF|DF|DO|DR|UDO)(?:,[A-Z]{1,5})*)$/

const memoryOf = memoryPerFile((file) => new FileMemory(file))

export const envoyReader: Reader = {
  format: "envoy-access",
  title: "Envoy access log",
  words: ['] "'],
  begins: "[",
  sniff: (line) => (rowOf(line) === undefined ? 0 : 0.85),
  open: (context) => new EnvoySection(context).section(),
}

type Row = {
  readonly time: Instant
  readonly flags: readonly string[]
  /** Upstream host, where one was chosen. */
  readonly upstream: string | undefined
  readonly cluster: string | undefined
  readonly client: string | undefined
  /** Istio's details: "…delayed_connect_error:_111". */
  readonly details: string
}

class EnvoySection {
  readonly #context: SectionContext
  readonly #memory: FileMemory
  readonly #log: DeviceLog

  constructor(context: SectionContext) {
    this.#context = context
    this.#memory = memoryOf(context.file)
    this.#log = new DeviceLog(context, "envoy", this.#memory)
  }

  section(): Section {
    return { line: (text) => this.#line(text) }
  }

  #line(line: string): boolean {
    const row = rowOf(line)
    if (row === undefined) return false
    const { time, flags, details } = row
    if (flags[0] === "-") return true
    this.#log.begin({ message: "" }, time)
    const to = endpointOf(row.upstream ?? "", this.#memory)
    const from = endpointOf(row.client ?? "", this.#memory)
    if (to !== undefined && flags.some((flag) => failed.has(flag))) {
      this.#context.emit({
        kind: "attempt",
        at: this.#context.here(),
        time,
        to,
        ok: false,
        error: errorOf(details),
        call: "connect",
        process: "envoy",
      })
    }
    for (const flag of flags) {
      if (!limits.has(flag)) continue
      const data: EventData = {}
      if (row.cluster !== undefined) data["cluster"] = this.#memory.texts.word(row.cluster)
      if (to !== undefined) data["to"] = to.address
      if (from !== undefined) data["from"] = from.address
      this.#log.event(flag, `response flag ${flag}`, data)
    }
    return true
  }
}

/** [2026-11-20T10:00:00.310Z] "POST /api HTTP/2" 503 UF … ; flags stand behind the status. */
function rowOf(line: string): Row | undefined {
  if (line.charCodeAt(0) !== 91 || line.length > lineLengthMax || line.charCodeAt(11) !== 84)
    return undefined
  const close = line.indexOf('] "')
  if (close < 20 || close > 40) return undefined
  const time = instantOf(line.slice(1, 11).split("-"), [
    line.slice(12, 14),
    line.slice(15, 17),
    line.slice(18, 20),
    fractionOf(line, close),
  ])
  const requestEnd = line.indexOf('" ', close + 3)
  if (time === undefined || requestEnd < 0) return undefined
  const words = wordsOf(line.slice(requestEnd + 2))
  const [status = "", flags = ""] = words
  if (!/^\d{1,3}$/.test(status) || !allFlags.test(flags)) return undefined
  // Istio has the details and the transport's reason in front of the counts of bytes.
  const isIstio = !/^\d/.test(words[2] ?? "")
  const upstream = isIstio ? words[13] : words[10]
  const cluster = isIstio ? words[14] : undefined
  const client = isIstio ? words[17] : words[6]
  const named = (text: string | undefined): string | undefined =>
    text === undefined || text === "-" ? undefined : text
  return {
    time,
    flags: flags.split(","),
    upstream: named(upstream),
    cluster: named(cluster),
    client: named(client),
    details: isIstio ? `${words[2] ?? ""} ${words[4] ?? ""}` : "",
  }
}

/** Digits behind the seconds: "[2026-11-20T10:00:00.310Z]". */
function fractionOf(line: string, close: number): string | undefined {
  const text = line.slice(21, close - 1)
  return line.charCodeAt(20) === 46 && /^\d{1,9}$/.test(text) ? text : undefined
}

/** Words between blanks; those in quotes may hold blanks. */
function wordsOf(text: string): readonly string[] {
  const words: string[] = []
  let at = 0
  while (at < text.length && words.length < 24) {
    const isQuoted = text.charCodeAt(at) === 34
    const end = text.indexOf(isQuoted ? '"' : " ", at + (isQuoted ? 1 : 0))
    const stop = end < 0 ? text.length : end
    words.push(text.slice(isQuoted ? at + 1 : at, stop))
    at = isQuoted ? stop + 2 : stop + 1
  }
  return words
}

/** "tcp://10.0.2.1:80", "127.0.0.1:80", "[2001:db8::1]:80" */
function endpointOf(text: string, memory: FileMemory): Endpoint | undefined {
  const plain = text.startsWith("tcp://") ? text.slice(6) : text
  const colon = plain.lastIndexOf(":")
  if (colon < 0) return memory.texts.endpoint(plain)
  const host = plain.slice(0, colon)
  return memory.texts.endpoint(
    host.startsWith("[") ? host.slice(1, -1) : host,
    plain.slice(colon + 1),
  )
}

/** Istio's details name the number of Linux; without it Envoy says no more than that it failed. */
function errorOf(details: string): string {
  if (/connect_error:_?111|Connection_refused/i.test(details)) return "ECONNREFUSED"
  if (/connect_error:_?(?:110)|connection_timeout|timeout/i.test(details)) return "ETIMEDOUT"
  if (/connect_error:_?113/.test(details)) return "EHOSTUNREACH"
  return /connect_error:_?99/.test(details) ? "EADDRNOTAVAIL" : "connect-failed"
}
