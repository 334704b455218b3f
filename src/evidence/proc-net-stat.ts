/**
 * Counters of /proc/net: sockstat and sockstat6, snmp and netstat (a line of names, a line of
 * values), snmp6, stat/nf_conntrack (hex, a row a CPU) and softnet_stat. Names as the kernel and
 * nstat have them: prefix and name, "TcpExtListenOverflows". Follows net/ipv4/proc.c,
 * net/ipv6/proc.c, nf_conntrack_standalone.c.
 */
import { conntrackTotals } from "./conntrack-stats.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"

const sockstatLine = /^([A-Za-z]+6?): ([a-z]+ -?\d+(?: [a-z]+ -?\d+)*)\s*$/

/** /proc/net/sockstat and sockstat6. orphan, alloc and mem are host-wide even in a container. */
export const procSockstatReaders: readonly Reader[] = [
  sockstatReaderOf("proc-net-sockstat", /^(?:sockets: used|(?:TCP|UDP|RAW|UDPLITE): inuse) \d/),
  sockstatReaderOf("proc-net-sockstat6", /^(?:TCP|UDP|RAW|UDPLITE)6: inuse \d/),
]

function sockstatReaderOf(format: string, first: RegExp): Reader {
  const is6 = format.endsWith("6")
  const own = (text: string): boolean => /^[A-Z]+6:/.test(text) === is6
  return {
    format,
    title: `Socket counts of /proc/net/${format.slice(9)}`,
    begins: "sTUR",
    sniff: (line) => (first.test(line) ? 0.95 : 0),
    open: (context) => openSockstat(context, own),
  }
}

function openSockstat(context: SectionContext, own: (text: string) => boolean): Section {
  return {
    line: (text) => {
      if (text.trim() === "") return true
      if (!own(text)) return false
      const match = sockstatLine.exec(text)
      if (match === null) return oddSockstat(context, text)
      const [, group = "", pairs = ""] = match
      const prefix = group.endsWith("6") ? "sockstat6" : "sockstat"
      const words = pairs.split(" ")
      for (let index = 0; index + 1 < words.length; index += 2) {
        const name = `${prefix}.${group}.${words[index]}`
        const value = Number(words[index + 1])
        context.emit({ kind: "counter", name, value, at: context.here() })
      }
      return true
    },
    end: () => context.mark({ system: "linux" }),
  }
}

function oddSockstat(context: SectionContext, text: string): boolean {
  if (!/^(?:sockets|TCP6?|UDP6?|UDPLITE6?|RAW6?|FRAG6?): \S/.test(text)) return false
  context.odd("row-malformed", `Not a row of sockstat: ${text.slice(0, 80)}`)
  return true
}

/** /proc/net/snmp and /proc/net/netstat: two formats so that both in one file are one moment. */
export const snmpReaders: readonly Reader[] = [
  namesReader(
    "proc-net-snmp",
    "Counters of /proc/net/snmp",
    /^(?:Ip|Icmp|IcmpMsg|Tcp|Udp|UdpLite): /,
  ),
  namesReader("proc-net-netstat", "Counters of /proc/net/netstat", /^(?:TcpExt|IpExt|MPTcpExt): /),
]

function namesReader(format: string, title: string, own: RegExp): Reader {
  return {
    format,
    title,
    begins: "ITUM",
    sniff: (line, ahead) => {
      if (!own.test(line) || !/^[A-Za-z]+: [A-Z]/.test(line)) return 0
      const prefix = line.slice(0, line.indexOf(":") + 1)
      return ahead[0]?.startsWith(`${prefix} `) === true ? 0.95 : 0.6
    },
    open: (context) => new NamesSection(context, own),
  }
}

class NamesSection implements Section {
  readonly #context: SectionContext
  readonly #own: RegExp
  #prefix = ""
  #names: readonly string[] | undefined

  constructor(context: SectionContext, own: RegExp) {
    this.#context = context
    this.#own = own
  }

  line(text: string): boolean {
    if (text.trim() === "") return true
    if (!this.#own.test(text)) return false
    const colon = text.indexOf(":")
    const prefix = text.slice(0, colon)
    const words = text
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
    if (this.#names !== undefined && this.#prefix === prefix) this.#values(this.#names, words)
    else if (/^[A-Z]/.test(words[0] ?? "")) {
      this.#missing()
      this.#prefix = prefix
      this.#names = words
      return true
    } else this.#context.odd("row-malformed", `${prefix}: values without names`)
    this.#names = undefined
    return true
  }

  end(): void {
    this.#missing()
    this.#context.mark({ system: "linux" })
  }

  #missing(): void {
    if (this.#names === undefined) return
    this.#context.odd("section-truncated", `${this.#prefix}: names without values`)
    this.#names = undefined
  }

  #values(names: readonly string[], words: readonly string[]): void {
    if (words.length !== names.length) {
      const says = `${this.#prefix}: ${names.length} names and ${words.length} values`
      this.#context.odd("row-truncated", says)
    }
    const at = this.#context.here()
    for (const [index, word] of words.entries()) {
      const name = names[index]
      if (name === undefined) break
      if (!/^-?\d{1,20}$/.test(word) || !/^\w+$/.test(name)) {
        this.#context.odd("value-malformed", `${this.#prefix}${name}: ${word.slice(0, 40)}`)
        continue
      }
      this.#context.emit({ kind: "counter", name: this.#prefix + name, value: Number(word), at })
    }
  }
}

const snmp6Line = /^((?:Ip6|Icmp6|Udp6|UdpLite6)[A-Za-z0-9]+)\s+(\d{1,20})\s*$/

/** /proc/net/snmp6: a name and a value a line. */
export const snmp6Reader: Reader = {
  format: "proc-net-snmp6",
  title: "Counters of /proc/net/snmp6",
  begins: "I",
  sniff: (line) => (line.charCodeAt(0) === 73 && snmp6Line.test(line) ? 0.9 : 0),
  open: (context) => ({
    line: (text) => {
      const match = snmp6Line.exec(text)
      if (match === null) return text.trim() === ""
      const [, name = "", value = ""] = match
      context.emit({ kind: "counter", name, value: Number(value), at: context.here() })
      return true
    },
    end: () => context.mark({ system: "linux" }),
  }),
}

/** /proc/net/stat/nf_conntrack (and ip_conntrack): a row a CPU, every value in hex, summed. */
export const conntrackStatReader: Reader = {
  format: "proc-net-stat-conntrack",
  title: "Counters of /proc/net/stat/nf_conntrack",
  begins: "e",
  sniff: (line) => (/^entries +(?:clashres|searched) +found /.test(line) ? 0.95 : 0),
  open: (context) => new ConntrackStatSection(context),
}

class ConntrackStatSection implements Section {
  readonly #context: SectionContext
  readonly #sums = new Map<string, number>()
  #names: readonly string[] = []
  #entries: number | undefined
  #line = 0

  constructor(context: SectionContext) {
    this.#context = context
  }

  line(text: string): boolean {
    const words = text.trim().split(/\s+/)
    if (words[0] === "") return true
    if (words[0] === "entries") {
      if (this.#names.length > 0) return false
      this.#names = words
      this.#line = this.#context.lineNumber()
      return true
    }
    if (!/^[0-9a-f]{8,16}$/.test(words[0] ?? "")) return false
    if (words.length !== this.#names.length) {
      this.#context.odd("row-truncated", `${this.#names.length} columns, ${words.length} values`)
    }
    for (const [index, word] of words.entries()) {
      const name = this.#names[index]
      const value = Number.parseInt(word, 16)
      if (name === undefined || Number.isNaN(value)) continue
      // The number of entries is the namespace's, repeated on every row.
      if (name === "entries") this.#entries ??= value
      else this.#sums.set(name, (this.#sums.get(name) ?? 0) + value)
    }
    return true
  }

  end(): void {
    const at = this.#context.here(this.#line)
    if (this.#entries !== undefined) {
      this.#context.emit({ kind: "counter", name: "conntrack.count", value: this.#entries, at })
      for (const [name, value] of conntrackTotals(this.#sums)) {
        this.#context.emit({ kind: "counter", name, value, at })
      }
    }
    this.#context.mark({ system: "linux" })
  }
}

/** /proc/net/softnet_stat: hex columns; the second is drops, the third runs out of budget. */
export const softnetReader: Reader = {
  format: "proc-net-softnet",
  title: "Backlog drops of /proc/net/softnet_stat",
  begins: "0123456789abcdef",
  sniff: (line, _ahead, file) =>
    /^[0-9a-f]{8}(?: [0-9a-f]{8}){8,14}\s*$/.test(line) && file.path.includes("softnet") ? 0.9 : 0,
  open: (context) => new SoftnetSection(context),
}

class SoftnetSection implements Section {
  readonly #context: SectionContext
  #dropped = 0
  #squeezed = 0
  #line = 0

  constructor(context: SectionContext) {
    this.#context = context
  }

  line(text: string): boolean {
    if (text.trim() === "") return true
    if (!/^[0-9a-f]{8}(?: [0-9a-f]{8}){3,14}\s*$/.test(text)) return false
    const words = text.trim().split(" ")
    this.#line = this.#context.lineNumber()
    this.#dropped += Number.parseInt(words[1] ?? "0", 16)
    this.#squeezed += Number.parseInt(words[2] ?? "0", 16)
    return true
  }

  end(): void {
    const at = this.#context.here(this.#line)
    const { emit } = this.#context
    emit({ kind: "counter", name: "softnet.dropped", value: this.#dropped, at })
    emit({ kind: "counter", name: "softnet.squeezed", value: this.#squeezed, at })
    this.#context.mark({ system: "linux" })
  }
}
