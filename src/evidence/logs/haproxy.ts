/**
 * HAProxy's logs in the formats "option httplog" (and httpslog) and "option tcplog": each row tells of the connection to
 * a server (an attempt), its termination state may speak of a limit. Alerts about its own limits and about servers going
 * down. Formats and states: HAProxy Configuration Manual, 8.2 and 8.5; alerts: listener.c, checks.c.
 */
import { HAPROXY_PAIRS } from "../../catalog/haproxy-codes.ts"
import type { Endpoint } from "../../model/fourtuple.ts"
import type { AttemptObservation } from "../../model/observation.ts"
import type { Instant } from "../../model/quantity.ts"
import { instantOf } from "../client-log-time.ts"
import type { Reader, Section, SectionContext } from "../reader.ts"
import { DeviceLog, type EventData, FileMemory, memoryPerFile } from "./device-log.ts"
import { digits, type RowTexts } from "./row-texts.ts"
import { type Frame, frameOf } from "./syslog-frame.ts"

const lineLengthMax = 16_384
/** Client, date, frontend, backend/server, timers, status, bytes, two cookies, state, connections, queues. */
const wordsMax = 12

class HaproxyMemory extends FileMemory {
  dateText = ""
  date: Instant | undefined
}

const memoryOf = memoryPerFile((file) => new HaproxyMemory(file))

export const haproxyReader: Reader = {
  format: "haproxy",
  title: "HAProxy log",
  words: ["0/0/0/0/", " limit", "is down", "going down", "no server available"],
  sniff: (line) => {
    if (!mayBe(line)) return 0
    const { message } = frameOf(line)
    return rowOf(message) !== undefined || alertOf(message) !== undefined ? 0.85 : 0
  },
  open: (context) => new HaproxySection(context).section(),
}

/** A row has a date in brackets and counts between slashes; alerts have words of their own. */
function mayBe(line: string): boolean {
  if (line.length > lineLengthMax) return false
  if (line.includes(" [") && line.includes("/")) return true
  return line.includes("Proxy ") || line.includes("Server ") || line.includes("no server available")
}

/** The words of a row, and where what both formats have in common stands. */
type Row = {
  readonly words: readonly string[]
  readonly isHttp: boolean
  readonly state: string
  readonly counts: readonly string[]
  readonly queues: string
}

class HaproxySection {
  readonly #context: SectionContext
  readonly #memory: HaproxyMemory
  readonly #log: DeviceLog

  constructor(context: SectionContext) {
    this.#context = context
    this.#memory = memoryOf(context.file)
    this.#log = new DeviceLog(context, "haproxy", this.#memory)
  }

  section(): Section {
    return { line: (text) => this.#line(text) }
  }

  #line(line: string): boolean {
    if (!mayBe(line)) return false
    // Behind "haproxy[812]: " the head is over; the lines of one second have the same.
    const tag = line.indexOf("]: ")
    const isTagged = tag > 0 && tag < 160 && line.indexOf("{") !== 0
    const quick = isTagged ? rowOf(line.slice(tag + 3)) : undefined
    if (quick !== undefined) {
      this.#row(quick, this.#memory.frameOfHead(line.slice(0, tag + 3)))
      return true
    }
    const frame = frameOf(line)
    const row = rowOf(frame.message)
    if (row !== undefined) {
      this.#row(row, frame)
      return true
    }
    const alert = alertOf(frame.message)
    if (alert === undefined) return false
    this.#log.begin(frame)
    this.#log.event(alert.id, frame.message, alert.data)
    return true
  }

  #row(row: Row, frame: Frame): void {
    const { words, isHttp, state } = row
    const accepted = this.#accepted(words[1] ?? "")
    const outcome = HAPROXY_PAIRS[state]
    const times = timesOf(words[4] ?? "", isHttp)
    // The stamp is when the client was accepted; a row is stamped when it was over.
    const isDated = accepted !== undefined && times.total >= 0
    this.#log.begin(frame, isDated ? accepted + times.total / 1000 : accepted)
    const [backend = "", server = ""] = (words[3] ?? "").split("/", 2)
    const hasServer = server !== "" && !server.startsWith("<")
    const to: Endpoint | undefined = hasServer
      ? { address: this.#memory.texts.word(`${backend}/${server}`) }
      : undefined
    const isTried = outcome?.isAttempt === true || times.connect >= 0
    if (hasServer && isTried) this.#attempts(row, frame, { accepted, times, to })
    const from = clientOf(words[0] ?? "", this.#memory.texts)
    const total = times.total < 0 ? {} : { ms: times.total }
    const ends = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
    const rule = { rule: this.#memory.texts.word(words[2] ?? "") }
    if (outcome !== undefined) {
      this.#log.row({
        action: state,
        did: outcome.did,
        result: state,
        protocol: "tcp",
        ...ends,
        ...rule,
        ...total,
      })
    } else if (!isHttp) {
      // A row of the TCP format is one connection; one of HTTP is a request, of which a connection has many.
      this.#log.row({ action: state, did: "close", protocol: "tcp", ...ends, ...rule, ...total })
    }
    this.#limits(row, { from, backend, server, event: outcome?.event })
  }

  /** The connection to the server, and the tries before it that failed. */
  #attempts(
    { state, counts }: Row,
    { pid }: Frame,
    {
      accepted,
      times,
      to,
    }: { accepted: Instant | undefined; times: Times; to: Endpoint | undefined },
  ): void {
    const outcome = HAPROXY_PAIRS[state]
    const isOk = times.connect >= 0 && !(outcome?.isAttempt ?? false)
    const retriesText = counts[4] ?? "0"
    const isRedispatched = retriesText.startsWith("+")
    const retries = Math.max(0, digits(isRedispatched ? retriesText.slice(1) : retriesText))
    const spent = isOk ? times.before + times.connect : times.total
    const at = accepted === undefined || spent < 0 ? accepted : accepted + spent / 1000
    const common = {
      kind: "attempt" as const,
      at: this.#context.here(),
      ...(at === undefined ? {} : { time: at }),
      call: "connect",
      process: "haproxy",
      ...(pid === undefined ? {} : { pid }),
    }
    const target = to === undefined ? {} : { to }
    // Of a redispatched session the tries before the last went to another server.
    if (isOk && retries > 0) {
      const where = isRedispatched ? {} : target
      this.#context.emit({
        ...common,
        ...where,
        ok: false,
        error: "connect-failed",
        ...countOf(retries),
      })
    }
    const ms = isOk ? times.connect : times.total - times.before
    const attempt: AttemptObservation = {
      ...common,
      ...target,
      ok: isOk,
      ...(outcome?.error === undefined || isOk ? {} : { error: outcome.error }),
      ...(ms < 0 ? {} : { ms }),
      ...(isOk ? {} : countOf(retries + 1)),
    }
    this.#context.emit(attempt)
  }

  #limits(
    { counts, queues }: Row,
    told: {
      from: Endpoint | undefined
      backend: string
      server: string
      event: string | undefined
    },
  ): void {
    const [serverQueue = "", backendQueue = ""] = queues.split("/", 2)
    const queued = Math.max(0, digits(serverQueue)) + Math.max(0, digits(backendQueue))
    const id = told.event ?? (queued > 0 ? "queued" : undefined)
    if (id === undefined) return
    const { texts } = this.#memory
    const isServer = told.server !== "" && !told.server.startsWith("<")
    const data: EventData = {
      to: texts.word(isServer ? `${told.backend}/${told.server}` : told.backend),
    }
    if (told.from !== undefined) data["from"] = told.from.address
    const used = digits(counts[3] ?? "")
    if (used > 0 && (id === "sQ" || id === "queued")) data["used"] = used
    if (queued > 0) data["queued"] = queued
    this.#log.event(id, `${told.backend}/${told.server}`, data)
  }

  /** "[06/Feb/2009:12:14:14.655]", the local time of the proxy: its zone is not in the log. */
  #accepted(word: string): Instant | undefined {
    const second = word.slice(1, 21)
    const memory = this.#memory
    if (second !== memory.dateText) {
      memory.dateText = ` ${second}`.slice(1)
      const [day, month, year] = second.slice(0, 11).split("/")
      memory.date = instantOf([year, month, day], second.slice(12).split(":"))
    }
    const thousandths = digits(word.slice(22, 25))
    return memory.date === undefined || thousandths < 0
      ? memory.date
      : memory.date + thousandths / 1000
  }
}

/** The parts of a row of either format; undefined when it is none. */
function rowOf(message: string): Row | undefined {
  const bracket = message.indexOf(" [")
  if (bracket < 2 || bracket > 64) return undefined
  const words = message.split(" ", wordsMax)
  const timers = words[4] ?? ""
  const parts = slashes(timers)
  const isHttp = parts === 4
  if (!(isHttp || parts === 2) || !/^\[\d\d\/[A-Z][a-z]{2}\/\d{4}:/.test(words[1] ?? ""))
    return undefined
  const state = words[isHttp ? 9 : 6] ?? ""
  const counts = words[isHttp ? 10 : 7] ?? ""
  if (slashes(counts) !== 4 || !(state.length === 2 || state.length === 4)) return undefined
  if (!/^[CSPLRIDUKcs-][RQCHDLT-]/.test(state)) return undefined
  const queues = words[isHttp ? 11 : 8] ?? ""
  return { words, isHttp, state: state.slice(0, 2), counts: counts.split("/"), queues }
}

function slashes(text: string): number {
  let count = 0
  for (let at = text.indexOf("/"); at >= 0; at = text.indexOf("/", at + 1)) count++
  return count
}

/** Milliseconds; −1 where the phase was not reached. */
type Times = { readonly before: number; readonly connect: number; readonly total: number }

/** TR/Tw/Tc/Tr/Ta of HTTP, Tw/Tc/Tt of TCP; a "+" says that the log was written before the end. */
function timesOf(text: string, isHttp: boolean): Times {
  const numbers = text.split("/").map((part) => Number(part.startsWith("+") ? part.slice(1) : part))
  const [first = 0, second = 0, third = 0] = numbers
  const total = numbers.at(-1) ?? Number.NaN
  const before = isHttp ? Math.max(0, first) + Math.max(0, second) : Math.max(0, first)
  const connect = isHttp ? third : second
  if ([before, connect, total].some((number) => !(Math.abs(number) < 1e12))) {
    return { before: 0, connect: -1, total: -1 }
  }
  return { before, connect, total }
}

/** "10.0.1.2:33317", "2001:db8::1:33317"; clients of Unix sockets have no address. */
function clientOf(word: string, texts: RowTexts): Endpoint | undefined {
  const colon = word.lastIndexOf(":")
  return colon < 0 ? undefined : texts.endpoint(word.slice(0, colon), word.slice(colon + 1))
}

function countOf(count: number): { readonly count?: number } {
  return count > 1 ? { count } : {}
}

type Alert = { readonly id: string; readonly data: EventData }

const limitAlerts: readonly (readonly [string, RegExp])[] = [
  ["maxconn", /Proxy (\S{1,100}) reached the configured maximum connection limit/],
  [
    "process-descriptors",
    /Proxy (\S{1,100}) reached process FD limit(?: \(maxsock=(\d+)\)| at (\d+))?/,
  ],
  [
    "system-descriptors",
    /Proxy (\S{1,100}) reached system FD limit(?: \(maxsock=(\d+)\)| at (\d+))?/,
  ],
  [
    "system-memory",
    /Proxy (\S{1,100}) reached system memory limit(?: \(maxsock=(\d+)\)| at (\d+))?/,
  ],
]
const serverDown =
  /^(?:Backup )?[Ss]erver (\S{1,200}) is (?:going )?DOWN(?:.{0,20}?, reason: ([^,]{1,80}))?(?:, info: "([^"]{1,200})")?/
const noServer = /^(?:backend|proxy|Proxy) '?(\S{1,100}?)'? has no server available!/

/** Alerts of the proxy; undefined when the message is none. */
function alertOf(message: string): Alert | undefined {
  if (message.includes("Proxy ")) {
    for (const [id, pattern] of limitAlerts) {
      const match = pattern.exec(message)
      if (match === null) continue
      const limit = match[2] ?? match[3]
      return {
        id,
        data: { proxy: match[1] ?? "", ...(limit === undefined ? {} : { limit: Number(limit) }) },
      }
    }
  }
  const down = serverDown.exec(message)
  if (down !== null) {
    const [, to = "", reason = "", info = ""] = down
    const why = `${reason} ${info}`
    const isRefused = /refused/i.test(why)
    const isSilent = /Layer4 timeout|timed? ?out|No route|unreachable/i.test(why)
    const id = isRefused ? "down-refused" : isSilent ? "down-timeout" : "down"
    return { id, data: { to, ...(why.trim() === "" ? {} : { reason: why.trim() }) } }
  }
  const empty = noServer.exec(message)
  return empty === null ? undefined : { id: "no-server", data: { backend: empty[1] ?? "" } }
}
