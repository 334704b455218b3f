/**
 * Answers to name queries: nslookup (Windows in any language, by order of the lines; ISC's), dig,
 * host, getent hosts, Resolve-DnsName. Each becomes a fact name-answer with the name and either its
 * answers or the error (NXDOMAIN, SERVFAIL, REFUSED, timeout), and server and time where the tool
 * prints them.
 */
import { parseAddress } from "../model/fourtuple.ts"
import { parseLabelValue } from "./label-value.ts"
import { commandOf } from "./prompt.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"
import { shortLines } from "./short-lines.ts"

const timedOut =
  /timed[- ]out|timeout was|délai d['’]attente|zeitüberschreitung|tiempo de espera|タイムアウト/i
const absent =
  /NXDOMAIN|non-existent (?:host\/)?domain|existiert nicht|domaine inexistant|non-existent/i
const failed = /SERVFAIL|server failed/i
const refused = /REFUSED|query refused/i
const windowsFailure = /^\*\*\*/
const iscFailure = /^\*\* server can't find ([^:\s]+)/

export const nslookupReader: Reader = shortLines({
  format: "nslookup",
  title: "nslookup",
  sniff(line, ahead) {
    const first = line.charCodeAt(0)
    if (askedName(line) !== undefined) return 0.85
    if (first === 68 && line.startsWith("DNS request timed out")) return 0.9
    if (first === 59 && /^;; (?:connection timed out|communications error)/.test(line)) return 0.85
    if (first === 42 && (iscFailure.test(line) || windowsFailure.test(line))) {
      return errorOf(line) === undefined ? 0 : 0.8
    }
    if (!/^[^\s\d:：][^\d:：]{0,30}[:：]\s/.test(line) || line.length > 120) return 0
    // "Server:  name" above "Address:  10.0.0.1" (the label is localized, the order is not).
    const next = parseLabelValue(ahead[0] ?? "")
    const address = next === undefined ? undefined : serverAddress(next.value)
    if (
      address === undefined ||
      !/^addr|^адрес|^adr|^アドレス|^indir|^direc|^endere/i.test(next?.label ?? "")
    ) {
      return 0
    }
    return parseLabelValue(line) === undefined ? 0 : 0.85
  },
  open: (context) => new NslookupSection(context),
})

class NslookupSection implements Section {
  readonly #context: SectionContext
  #server = ""
  #name = ""
  #answers: string[] = []
  #line = 0
  #timeouts = 0
  /** 0 before the server's name, 1 before its address, 2 in the answers. */
  #stage = 0
  #failed = false
  /** The name in the command line, for failures that do not repeat it. */
  #asked = ""

  constructor(context: SectionContext) {
    this.#context = context
  }

  line(text: string): boolean {
    const line = text.trim()
    const asked = askedName(text)
    if (asked !== undefined) {
      this.end()
      this.#asked = asked
      this.#server = ""
      this.#stage = 0
      this.#failed = false
      this.#timeouts = 0
      return true
    }
    if (line === "") {
      if (this.#answers.length > 0) this.#flush()
      return true
    }
    if (line.startsWith("DNS request timed out") || /^timeout was \d/.test(line)) {
      this.#timeouts++
      return true
    }
    if (line.startsWith(";;") || line.startsWith("**")) return this.#failure(line)
    if (/^\s/.test(text)) return this.#further(line)
    const pair = parseLabelValue(line)
    if (pair === undefined)
      return (
        this.#stage > 0 &&
        /canonical name =|^>|^[^:]{3,60}$/.test(line) &&
        commandOf(line) === undefined
      )
    if (pair.value === "") return this.#stage > 0 && line.length < 80
    if (this.#stage === 0) {
      this.#stage = 1
      this.#server = pair.value
      return true
    }
    if (this.#stage === 1) {
      this.#stage = 2
      this.#server = serverAddress(pair.value) ?? this.#server
      return true
    }
    return this.#answer(pair.value)
  }

  end(): void {
    this.#flush()
    if (!this.#failed && this.#timeouts > 1) this.#emitError("", "timeout")
  }

  /** The server asked again: another query begins. */
  #answer(value: string): boolean {
    const address = parseAddress(value)
    if (address !== undefined && this.#name !== "") {
      this.#answers.push(address)
      return true
    }
    if (address !== undefined || /\s/.test(value)) return false
    if (this.#answers.length > 0 && value !== this.#name) this.#flush()
    this.#name = value
    this.#line = this.#context.lineNumber()
    return true
  }

  #further(line: string): boolean {
    const address = parseAddress(line)
    if (address === undefined) return false
    if (this.#name !== "" && this.#answers.length < 256) this.#answers.push(address)
    return true
  }

  #failure(line: string): boolean {
    const error = errorOf(line)
    if (error === undefined) return this.#stage > 0 || this.#timeouts > 0
    // Windows cannot name its own server first ("Can't find server name"): no query has failed yet.
    if (/server name for address/i.test(line)) return true
    if (error === "timeout" && line.startsWith(";;")) {
      // Said once per server and once more at the end: one query failed.
      if (/no servers could be reached/.test(line)) this.#emitError("", error)
      else this.#timeouts += 2
      return true
    }
    const name = iscFailure.exec(line)?.[1] ?? windowsName(line)
    this.#emitError(name, error)
    return true
  }

  #emitError(name: string, error: string): void {
    this.#failed = true
    const server = this.#server === "" ? {} : { server: this.#server }
    const asked = name === "" ? this.#asked : name
    const data = { ...(asked === "" ? {} : { name: asked }), error, ...server }
    this.#context.emit({ kind: "fact", name: "name-answer", data, at: this.#context.here() })
  }

  #flush(): void {
    if (this.#name === "" || this.#answers.length === 0) return
    const server = this.#server === "" ? {} : { server: this.#server }
    const data = { name: this.#name, answers: this.#answers.join(","), ...server }
    const at = this.#context.here(this.#line)
    this.#context.emit({ kind: "fact", name: "name-answer", data, at })
    this.#name = ""
    this.#answers = []
    this.#failed = true
  }
}

/** The name asked for in a command line; undefined when the line is no nslookup command. */
function askedName(line: string): string | undefined {
  if (!line.includes("nslookup")) return undefined
  const words = (commandOf(line) ?? "").split(/\s+/)
  if (!/^(?:\S*[\\/])?nslookup(?:\.exe)?$/.test(words[0] ?? "")) return undefined
  return words.slice(1).find((word) => !word.startsWith("-"))
}

function serverAddress(text: string): string | undefined {
  return parseAddress(text) ?? parseAddress(text.replace(/#\d+$/, ""))
}

function errorOf(line: string): string | undefined {
  if (timedOut.test(line) || /no servers could be reached|communications error/.test(line)) {
    return "timeout"
  }
  if (absent.test(line)) return "NXDOMAIN"
  if (failed.test(line)) return "SERVFAIL"
  if (refused.test(line)) return "REFUSED"
  return /can't find/i.test(line) ? "not found" : undefined
}

/**
 * "*** dns1 can't find web.example: Non-existent domain" → the name; "*** Request to dns1
 * timed-out" → "".
 */
function windowsName(line: string): string {
  return (
    /(?:can't find|kann|ne parvient pas à trouver|no encuentra|non trova) ([^\s:]+)/i.exec(
      line,
    )?.[1] ?? ""
  )
}

const hostLine =
  /^(\S+) (?:has (?:IPv6 )?address (\S+)|mail is handled by .*|is an alias for .*|has no \S+ record)$/
const hostFailure = /^Host (\S+) not found: \d+\((\w+)\)/

/** `host NAME`. */
export const hostReader: Reader = shortLines({
  format: "host",
  title: "host",
  sniff(line) {
    if (line.length > 300) return 0
    if (line.startsWith("Host ")) return hostFailure.test(line) ? 0.85 : 0
    if (!line.includes(" has ")) return 0
    return line.includes(" has address ") || line.includes(" has IPv6 address ")
      ? hostLine.test(line)
        ? 0.8
        : 0
      : 0
  },
  open(context) {
    const names = new Map<string, { answers: string[]; line: number }>()
    return {
      line(text) {
        const failure = hostFailure.exec(text)
        if (failure !== null) {
          const data = { name: failure[1] ?? "", error: failure[2] ?? "not found" }
          context.emit({ kind: "fact", name: "name-answer", data, at: context.here() })
          return true
        }
        const match = hostLine.exec(text)
        if (match === null) return text.trim() === ""
        const address = parseAddress(match[2] ?? "")
        const name = match[1] ?? ""
        if (address === undefined || names.size > 1000) return true
        const entry = names.get(name) ?? { answers: [], line: context.lineNumber() }
        entry.answers.push(address)
        names.set(name, entry)
        return true
      },
      end() {
        for (const [name, { answers, line }] of names) {
          const data = { name, answers: answers.join(",") }
          context.emit({ kind: "fact", name: "name-answer", data, at: context.here(line) })
        }
      },
    }
  },
})

const getentLine =
  /^([0-9a-fA-F:.]{3,45})\s+(?:(?:STREAM|DGRAM|RAW)\s*)?([A-Za-z_][\w.-]*\.[\w.-]*[A-Za-z]|)\s*.*$/

/** `getent hosts|ahosts NAME`; only after its command line or in a file named for it. */
export const getentReader: Reader = shortLines({
  format: "getent-hosts",
  title: "getent hosts",
  sniff(line, ahead, file) {
    const isCommand = line.includes("getent") && /\bgetent a?hosts/.test(commandOf(line) ?? "")
    if (isCommand) return getentLine.test(ahead[0] ?? "") ? 0.8 : 0.4
    return file.name.includes("getent") && getentAnswer(line) !== undefined ? 0.8 : 0
  },
  open(context) {
    return {
      line(text) {
        if (text.trim() === "" || /\bgetent a?hosts/.test(text)) return true
        const answer = getentAnswer(text)
        if (answer === undefined) return false
        context.emit({ kind: "fact", name: "name-answer", data: answer, at: context.here() })
        return true
      },
    }
  },
})

function getentAnswer(line: string): { name: string; answers: string } | undefined {
  const [, text = "", name = ""] = getentLine.exec(line) ?? []
  const address = parseAddress(text)
  return address === undefined || name === "" ? undefined : { name, answers: address }
}

const resolveRow = /^(\S+)\s+(A|AAAA)\s+(\d+)\s+(Answer|Additional|Authority)\s+(\S+)\s*$/
const resolveError = /^Resolve-DnsName : (\S+) : (.*)$/

/** PowerShell's Resolve-DnsName: table rows and its error. */
export const resolveDnsReader: Reader = shortLines({
  format: "resolve-dnsname",
  title: "Resolve-DnsName",
  begins: "NR",
  sniff(line, ahead) {
    if (line.startsWith("Resolve-DnsName :")) return 0.9
    if (!/^Name\s+Type\s+TTL\s+Section\s/.test(line)) return 0
    return ahead.some((next) => /^----/.test(next)) ? 0.9 : 0
  },
  open(context) {
    const names = new Map<string, { answers: string[]; line: number }>()
    let errors = 0
    return {
      line(text) {
        const error = resolveError.exec(text)
        if (error !== null) {
          errors++
          const says = /does not exist|9003/i.test(text)
            ? "NXDOMAIN"
            : (errorOf(text) ?? "not found")
          const data = { name: error[1] ?? "", error: says }
          context.emit({ kind: "fact", name: "name-answer", data, at: context.here() })
          return true
        }
        if (errors > 0) return /^(?:At |\+|\s)/.test(text) || text.trim() === ""
        const row = resolveRow.exec(text)
        const address = parseAddress(row?.[5] ?? "")
        if (row !== null && address !== undefined && names.size < 1000) {
          const entry = names.get(row[1] ?? "") ?? { answers: [], line: context.lineNumber() }
          entry.answers.push(address)
          names.set(row[1] ?? "", entry)
          return true
        }
        return text.trim() === "" || /^(?:Name|----|\S+\s+(?:CNAME|SOA|MX|NS|TXT|PTR)\s)/.test(text)
      },
      end() {
        for (const [name, { answers, line }] of names) {
          const data = { name, answers: answers.join(",") }
          context.emit({ kind: "fact", name: "name-answer", data, at: context.here(line) })
        }
      },
    }
  },
})
