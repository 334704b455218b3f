/**
 * `nstat` of iproute2: "#kernel" and lines of name, value, rate; or --json. Without -a the values
 * are what moved since the last run, which the text does not say: they are read as they stand.
 * Follows misc/nstat.c.
 */
import type { Reader, Section, SectionContext } from "./reader.ts"

const row = /^([A-Z][A-Za-z0-9]+)\s+(\d{1,20})\s+(\d+(?:\.\d+)?)\s*$/
const jsonMax = 1 << 20

export const nstatReader: Reader = {
  format: "nstat",
  title: "Counters of nstat",
  begins: "#{ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  sniff: (line, ahead) => {
    const code = line.charCodeAt(0)
    if (code === 35) return /^#(?:kernel|\d+\.\d+ )/.test(line) && isAhead(ahead) ? 0.95 : 0
    if (code === 123) return isJson(line, ahead) ? 0.95 : 0
    return code >= 65 && code <= 90 && row.test(line) && known.test(line) ? 0.9 : 0
  },
  open: (context) => new NstatSection(context),
}

const known = /^(?:Ip|Icmp|Tcp|Udp|Ip6|Icmp6|Udp6|UdpLite|TcpExt|IpExt|MPTcpExt|Sctp)[A-Z0-9]/

function isAhead(ahead: readonly string[]): boolean {
  const next = ahead.find((line) => line.trim() !== "")
  return next === undefined || row.test(next)
}

/**
 * {"kernel":{"IpInReceives":5,…}}; older versions print "kernel" unquoted or a name of the source.
 */
function isJson(line: string, ahead: readonly string[]): boolean {
  const head = [line.slice(0, 200), ...ahead.slice(0, 3)].join(" ")
  return /^\s*\{\s*"(?:kernel|[\w.]+)"\s*:\s*\{\s*"(?:Ip|Icmp|Tcp|Udp)[A-Za-z0-9]+"\s*:\s*\d/.test(
    head,
  )
}

class NstatSection implements Section {
  readonly #context: SectionContext
  #json: string | undefined
  #first = 0
  #hasHead = false
  #rows = 0

  constructor(context: SectionContext) {
    this.#context = context
  }

  line(text: string): boolean {
    if (this.#json !== undefined) return this.#more(text)
    const match = row.exec(text)
    if (match !== null) {
      this.#rows++
      this.#emit(match[1] ?? "", match[2] ?? "", this.#context.lineNumber())
      return true
    }
    if (text.trim() === "") return true
    if (text.startsWith("{") && this.#rows === 0) {
      this.#json = ""
      this.#first = this.#context.lineNumber()
      return this.#more(text)
    }
    if (text.startsWith("#") && !this.#hasHead && this.#rows === 0) {
      this.#hasHead = true
      return true
    }
    if (!known.test(text) || !/^\w+\s/.test(text)) return false
    this.#context.odd("row-malformed", `Not a row of nstat: ${text.slice(0, 80)}`)
    return true
  }

  end(): void {
    if (this.#json !== undefined) this.#readJson(this.#json)
    this.#context.mark({ system: "linux", dialect: "iproute2" })
  }

  #more(text: string): boolean {
    if (this.#json === undefined || this.#json.endsWith("}}")) return text.trim() === ""
    if (this.#json.length + text.length > jsonMax) {
      this.#context.odd("section-too-large", `More than ${jsonMax} characters of JSON`)
      return false
    }
    this.#json += text.trim()
    return true
  }

  /** Read by pattern, so that what a cut left is read too. */
  #readJson(text: string): void {
    for (const [, name = "", value = ""] of text.matchAll(
      /"([A-Z]\w+)"\s*:\s*(\d{1,20})(?=\s*[,}])/g,
    )) {
      this.#emit(name, value, this.#first)
    }
    if (!text.endsWith("}}") && !/\}\s*\}$/.test(text)) {
      this.#context.odd("section-truncated", "The JSON of nstat ends early", this.#first)
    }
  }

  #emit(name: string, value: string, line: number): void {
    const at = this.#context.here(line)
    this.#context.emit({ kind: "counter", name, value: Number(value), at })
  }
}
