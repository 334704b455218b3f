/**
 * PROTOCOL.INI, TCPUTILS.INI and LANMAN.INI of Microsoft LAN Manager (and the MS-DOS and Windows
 * for Workgroups clients that kept the format): sections named by driver, keys in any case,
 * comments after ; or #. Keys and section names are given in capitals, as the KB writes them
 * (Q94246, Q96685, Q98462).
 */
import { parseWhole } from "./label-value.ts"
import type { FileHint, Reader, Section, SectionContext } from "./reader.ts"
import { shortLines } from "./short-lines.ts"

const fileNames = /(?:^|[^a-z])(?:protocol|tcputils|lanman)\.ini(?:\.\w+)?$/
const knownSections = new Set([
  ...["PROTMAN", "PROTOCOL MANAGER", "TCPIP", "TCPIP_XIF", "NETBEUI", "NETBEUI_XIF", "MS$NETBEUI"],
  ...["SOCKETS", "TELNET", "DNR", "TCPGLOBAL"],
])
const knownKeys = new Set([
  ...["TCPCONNECTIONS", "NBSESSIONS", "NUMSOCKETS", "NSESSIONS", "TCPWINDOWSIZE"],
  ...["TCPSEGMENTSIZE", "NUMNCBS", "LANABASE", "IPADDRESS0", "SUBNETMASK0", "NUMNAMES"],
])
const entriesMax = 5000
const sectionLine = /^\s*\[([^\][]{1,80})\]\s*(?:[;#].*)?$/
const entryLine = /^\s*([A-Za-z$_][\w$ .-]{0,60}?)\s*=\s*(.*?)\s*$/

export const iniReader: Reader = shortLines({
  format: "lan-manager-ini",
  title: "LAN Manager INI file",
  sniff(line, ahead, file) {
    const first = line.trimStart().charCodeAt(0)
    const named = fileNames.test(file.name)
    if (first === 91) {
      const section = sectionLine.exec(line)?.[1]?.trim().toUpperCase()
      if (section === undefined) return 0
      if (named) return 0.9
      if (knownSections.has(section)) return ahead.some((next) => isEntry(next, false)) ? 0.8 : 0
      return ahead.some((next) => isEntry(next, true)) ? 0.7 : 0
    }
    if (named && (first === 59 || first === 35)) return 0.8
    return isEntry(line, !named) ? 0.7 : 0
  },
  open: (context) => new IniSection(context),
})

function isEntry(line: string, known: boolean): boolean {
  if (!line.includes("=")) return false
  const key = entryLine.exec(line)?.[1]?.toUpperCase()
  return key !== undefined && (!known || knownKeys.has(key))
}

class IniSection implements Section {
  readonly #context: SectionContext
  readonly #named: boolean
  readonly #seen = new Set<string>()
  #section = ""
  #entries = 0

  constructor(context: SectionContext) {
    this.#context = context
    this.#named = fileNames.test(context.file.name)
    const system = systemOf(context.file)
    if (system !== undefined) context.mark({ system })
  }

  line(text: string): boolean {
    if (/^\s*(?:[;#].*)?$/.test(text)) return true
    const section = sectionLine.exec(text)?.[1]
    if (section !== undefined) {
      this.#section = section.trim().toUpperCase()
      if (/^TCPIP/.test(this.#section)) this.#context.mark({ system: "lan-manager" })
      return true
    }
    const entry = entryLine.exec(text)
    if (entry !== null) {
      this.#entry((entry[1] ?? "").toUpperCase(), entry[2] ?? "")
      return true
    }
    if (!this.#named) return false
    this.#context.odd("row-malformed", `Not a section, entry or comment: "${text.slice(0, 60)}"`)
    return true
  }

  #entry(name: string, raw: string): void {
    if (++this.#entries > entriesMax) {
      if (this.#entries === entriesMax + 1) {
        this.#context.odd("section-too-large", `Only ${entriesMax} INI entries are kept`)
      }
      return
    }
    const text = withoutComment(raw)
    if (text === "") return
    const value = parseWhole(text) ?? text
    if (knownKeys.has(name) && typeof value === "string" && !/^(?:IPADDR|SUBNET)/.test(name)) {
      this.#context.odd("value-malformed", `${name} is not a number: "${text.slice(0, 40)}"`)
      return
    }
    const key = `${this.#section} ${name}`
    if (this.#seen.has(key)) {
      const says = `${name} stands twice in [${this.#section}]; the later value is taken last`
      this.#context.odd("key-duplicated", says)
    }
    this.#seen.add(key)
    const at = this.#context.here()
    const of = this.#section === "" ? {} : { of: this.#section }
    this.#context.emit({ kind: "setting", name, value, ...of, at })
    if (name === "IPADDRESS0") this.#address(text)
  }

  /** LAN Manager writes addresses with blanks: 130 20 7 68. */
  #address(text: string): void {
    const address = /^\d{1,3}(?:[ .]\d{1,3}){3}$/.test(text) ? text.replaceAll(" ", ".") : ""
    if (address === "") return
    const data = { address, family: "ipv4", interface: this.#section }
    this.#context.emit({ kind: "fact", name: "address", data, at: this.#context.here() })
  }
}

function systemOf(file: FileHint): string | undefined {
  return /tcputils|lanman/.test(file.name) ? "lan-manager" : undefined
}

function withoutComment(text: string): string {
  const quoted = /^"([^"]*)"/.exec(text)
  if (quoted !== null) return (quoted[1] ?? "").trim()
  return text.replace(/\s*[;#].*$/, "").trim()
}
