/**
 * Windows `ipconfig` and `ipconfig /all` in any language: unindented headings that end in a colon,
 * indented "Label . . . : value" lines, further values alone on their line. An address is known by
 * the words IPv4 and IPv6, which every language keeps (before Vista: IP), a gateway by its word.
 * The first value of /all is the host's name.
 */
import { parseAddress } from "../model/fourtuple.ts"
import { parseLabelValue } from "./label-value.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"
import { shortLines } from "./short-lines.ts"

const dotted = /^\s+\S.*(?: \.){2,}[ .]*[:：]/
const title = /^\s*(?:windows(?: (?:xp|2000|nt))?[ -]ip|.*\bIP\b.*\bWindows\b|\S*IP \S+ Windows)/i
/** An indented line, a heading with a colon at its end, or one of the titles. */
const mayBegin = /^\s|[:：]\s*$|windows/i
const gateway = new RegExp(
  [
    ...[
      "gateway",
      "passerelle",
      "puerta de enlace",
      "brama",
      "шлюз",
      "ゲートウェイ",
      "网关",
      "閘道",
    ],
    ...["게이트웨이", "ağ geçidi", "brána", "átjáró", "yhdyskäytävä", "gatewayen", "портал"],
  ].join("|"),
  "i",
)
const addressLabel = /IPv?[46]|\bIP\b|(?:^|[^\p{L}])IP[-‑ ]|IP ?アドレス|IP 주소/iu
const linesMax = 5000

export const ipconfigReader: Reader = shortLines({
  format: "ipconfig",
  title: "ipconfig",
  sniff(line, ahead) {
    if (line.length > 160 || !mayBegin.test(line)) return 0
    const dots = ahead.filter((next) => dotted.test(next)).length
    if (dots > 0 && title.test(line) && !line.includes(" . ")) return 0.9
    if (/^\S.*[:：]\s*$/.test(line)) return dots > 1 ? 0.7 : 0
    // A pasted part: one dotted line with an address.
    return dotted.test(line) && addressOf(parseLabelValue(line)?.value ?? "") !== undefined
      ? 0.5
      : 0
  },
  open: (context) => new IpconfigSection(context),
})

class IpconfigSection implements Section {
  readonly #context: SectionContext
  #interface = ""
  #label = ""
  #lines = 0
  #pairs = 0
  #named = false

  constructor(context: SectionContext) {
    this.#context = context
    context.mark({ system: "windows" })
  }

  line(text: string): boolean {
    if (++this.#lines > linesMax) return false
    if (text.trim() === "") return true
    if (/^\S/.test(text)) return this.#heading(text.trim())
    const pair = parseLabelValue(text)
    if (pair === undefined || addressOf(text) !== undefined) {
      // A further value of the label above: a second gateway or server.
      if (this.#pairs === 0) return false
      this.#value(this.#label, text.trim())
      return true
    }
    this.#pairs++
    this.#label = pair.label
    if (this.#interface === "" && !this.#named && dotted.test(text)) this.#host(pair.value)
    this.#value(pair.label, pair.value)
    return true
  }

  #heading(text: string): boolean {
    if (/[:：]$/.test(text) && text.length < 160) {
      this.#interface = text.replace(/\s*[:：]$/, "")
      this.#label = ""
      return true
    }
    return this.#lines === 1 || title.test(text)
  }

  #host(name: string): void {
    this.#named = true
    if (!/^[\w-]{1,63}$/.test(name)) return
    this.#context.mark({ host: name })
    this.#context.emit({ kind: "fact", name: "host", data: { name }, at: this.#context.here() })
  }

  #value(label: string, value: string): void {
    const address = addressOf(value)
    if (address === undefined) return
    const at = this.#context.here()
    const where = this.#interface === "" ? {} : { interface: this.#interface }
    if (gateway.test(label)) {
      const data = { destination: "default", gateway: address, ...where }
      this.#context.emit({ kind: "fact", name: "route", data, at })
      return
    }
    if (!addressLabel.test(label) || isMask(address) || /dhcp|dns|wins/i.test(label)) return
    const note = /\(([^()]+)\)\s*$/.exec(value)?.[1]
    const data = {
      address,
      family: address.includes(":") ? "ipv6" : "ipv4",
      ...where,
      ...(note === undefined ? {} : { note }),
    }
    this.#context.emit({ kind: "fact", name: "address", data, at })
  }
}

function addressOf(text: string): string | undefined {
  return parseAddress(text.trim().replace(/\s*\([^()]*\)\s*$/, ""))
}

function isMask(address: string): boolean {
  return (
    /^(?:255|254|252|248|240|224|192|128)\.(?:255\.)?/.test(address) && address.startsWith("255.")
  )
}
