/**
 * Protocol statistics of `netstat -s`: Windows in any language (the order of the lines is fixed),
 * Linux net-tools, macOS and the BSDs, Solaris. What has a counter of the same meaning on Linux is
 * yielded under nstat's name; the rest is passed over.
 */
import { BSD_LABELS, LINUX_LABELS, WINDOWS_LABELS } from "../catalog/counter-labels.ts"
import { linuxLabelsMore, windowsIpOrder, windowsTcpOrder } from "./netstat-statistics-names.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"

export const netstatStatisticsReader: Reader = {
  format: "netstat-statistics",
  title: "Protocol statistics of netstat -s",
  sniff: (line, ahead) => {
    if (linuxTitle.test(line)) return startsLinux(ahead[0] ?? "") ? 0.9 : 0
    if (bsdTitle.test(line)) return bsdRow.test(ahead[0] ?? "") ? 0.9 : 0
    if (solarisRow.test(line)) return 0.9
    if (!isWindowsTitle(line)) return 0
    const next = ahead.find((text) => text.trim() !== "") ?? ""
    if (windowsRow.test(next)) return 0.85
    return /ICMP/i.test(line) && windowsPairHead.test(next) ? 0.8 : 0
  },
  open: (context) => new Statistics(context),
}

const linuxTitle =
  /^(Ip|Icmp|IcmpMsg|Tcp|Udp|UdpLite|TcpExt|IpExt|Ip6|Icmp6|Udp6|UdpLite6|MPTcpExt|Sctp):\s*$/
const bsdParts =
  "tcp udp udplite ip icmp icmp6 ip6 igmp ipsec ipsec6 ah esp ipcomp arp mptcp pfsync pfkey carp " +
  "sctp pim rip6 divert unix kevt kctl"
const bsdTitle = new RegExp(`^(${bsdParts.replaceAll(" ", "|")}):\\s*$`)
const bsdRow = /^(?:\t+| {6,})(\d+) (\S.*)$/
const windowsRow = /^\s{1,8}(\S.{0,80}?)\s*=\s*(\d{1,20})\s*$/
const windowsPair = /^\s{1,8}\S.{0,60}?\s{2,}\d+\s+\d+\s*$/
const windowsPairHead = /^\s{8,}\S+\s+\S+\s*$/
const solarisRow = /^\s*(?:TCP\s+)?tcp(?:RtoAlgorithm|ActiveOpens)\s*=\s*\d+/

function startsLinux(next: string): boolean {
  return /^ {4,8}(\d+ \S|\S[^:]*: \d|\S.*\b\d+\b)/.test(next) || linuxTitle.test(next)
}

function isWindowsTitle(line: string): boolean {
  if (line.length > 80 || !/IPv?[46]|TCP|UDP|ICMP/.test(line)) return false
  return !/^\s|[=:/\\|,;]|\d\d/.test(line)
}

type Dialect = "windows" | "linux" | "bsd" | "solaris"

class Statistics implements Section {
  readonly #context: SectionContext
  #dialect: Dialect | undefined
  /** Linux: "TcpExt"; BSD: "tcp"; Windows: "TCP", "IP" or "". */
  #part = ""
  #of: string | undefined
  #index = 0
  #histogram = ""

  constructor(context: SectionContext) {
    this.#context = context
  }

  line(text: string): boolean {
    this.#dialect ??= this.#begin(text)
    if (text.trim() === "") return true
    switch (this.#dialect) {
      case "linux":
        return this.#linux(text)
      case "bsd":
        return this.#bsd(text)
      case "solaris":
        return this.#solaris(text)
      default:
        return this.#windows(text)
    }
  }

  #begin(text: string): Dialect {
    const mark = (system: string): void => this.#context.mark({ system })
    if (linuxTitle.test(text)) {
      mark("linux")
      return "linux"
    }
    if (bsdTitle.test(text)) return "bsd"
    if (solarisRow.test(text)) {
      mark("solaris")
      return "solaris"
    }
    mark("windows")
    return "windows"
  }

  #emit(name: string, digits: string): void {
    const value = Number(digits)
    const at = this.#context.here()
    if (this.#of === undefined) this.#context.emit({ kind: "counter", name, value, at })
    else this.#context.emit({ kind: "counter", name, value, of: this.#of, at })
  }

  #linux(text: string): boolean {
    const title = linuxTitle.exec(text)
    if (title !== null) {
      this.#part = title[1] ?? ""
      return true
    }
    if (!text.startsWith("    ")) return false
    const row = text.trim()
    if (row.endsWith(":")) {
      this.#histogram = /output|sent/i.test(row) ? "Out" : "In"
      return true
    }
    const named = /^([\w ]+): (\d+)$/.exec(row)
    if (named !== null) {
      const [, name = "", value = ""] = named
      if (/^\w+$/.test(name) && name !== "Forwarding") this.#emit(this.#part + name, value)
      else if (this.#part === "Icmp" && name === "destination unreachable") {
        this.#emit(`Icmp${this.#histogram}DestUnreachs`, value)
      }
      return true
    }
    const counted = /^(\d+) (\S.*?)[.:]?$/.exec(row)
    const name = linuxNames.get(`${this.#part} ${(counted?.[2] ?? "").toLowerCase()}`)
    if (counted !== null && name !== undefined) this.#emit(name, counted[1] ?? "")
    return true
  }

  #bsd(text: string): boolean {
    const title = bsdTitle.exec(text)
    if (title !== null) {
      this.#part = title[1] ?? ""
      return true
    }
    const row = bsdRow.exec(text)
    if (row === null) return /^\s/.test(text)
    if (this.#part !== "tcp") return true
    const label = (row[2] ?? "").replace(/\s*\([^)]*\)/g, "").toLowerCase()
    const name = bsdNames.get(label) ?? bsdNames.get(label.replace(/^(connection|packet)\b/, "$1s"))
    if (name !== undefined) this.#emit(name, row[1] ?? "")
    return true
  }

  #windows(text: string): boolean {
    if (isWindowsTitle(text)) {
      this.#title(text)
      return true
    }
    const row = windowsRow.exec(text)
    if (row === null) return windowsPair.test(text) || windowsPairHead.test(text)
    const index = this.#index++
    const [, label = "", value = ""] = row
    const order = this.#part === "TCP" ? windowsTcpOrder : this.#part === "IP" ? windowsIpOrder : []
    const known = this.#part === "TCP" ? windowsNames.get(label.toLowerCase()) : undefined
    const name = known ?? order[index]
    if (name !== undefined) this.#emit(name, value)
    return true
  }

  #title(text: string): void {
    this.#index = 0
    // The host's own counters are those of IPv4; IPv6 is a table of its own on Windows.
    this.#of = /IPv6|ICMPv6/.test(text) ? "IPv6" : undefined
    if (/TCP/.test(text)) this.#part = "TCP"
    else this.#part = /UDP|ICMP/.test(text) ? "" : "IP"
  }

  #solaris(text: string): boolean {
    const found = [...text.matchAll(/\b([a-z]+\d?[A-Z]\w+)\s*=\s*(\d+)/g)]
    for (const [, name = "", value = ""] of found) {
      if (name.startsWith("tcp")) this.#emit(`Tcp${name.slice(3)}`, value)
    }
    return found.length > 0
  }
}

const windowsNames = namesByLabel(WINDOWS_LABELS)
const bsdNames = namesByLabel(BSD_LABELS)
const linuxNames = linuxNamesByLabel()

function namesByLabel(
  labels: Readonly<Record<string, readonly string[]>>,
): ReadonlyMap<string, string> {
  const pairs = Object.entries(labels).flatMap(([name, texts]) =>
    texts.map((text) => [text.toLowerCase(), name] as const),
  )
  return new Map(pairs)
}

/** The same words mean different things in different parts, so the part belongs to the key. */
function linuxNamesByLabel(): ReadonlyMap<string, string> {
  const pairs = [linuxLabelsMore, LINUX_LABELS].flatMap((labels) =>
    Object.entries(labels).flatMap(([name, texts]) =>
      texts.map((text) => [`${partOf(name)} ${text.toLowerCase()}`, name] as const),
    ),
  )
  return new Map(pairs)
}

function partOf(name: string): string {
  return /^(TcpExt|IpExt|Tcp|Udp|Icmp|Ip)/.exec(name)?.[0] ?? ""
}
