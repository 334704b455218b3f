/**
 * `ifconfig` of net-tools (old "Link encap" and new "flags=" layouts), FreeBSD and macOS: addresses
 * with their interface. A section of its own per listing; everything but addresses and drops is
 * passed over.
 */
import { emitAddress, prefixLengthOf } from "./host-address.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"

const flagged = /^([\w.@:-]+?): flags=[0-9a-f]+</
const encapped = /^([\w.@:-]+)\s+Link encap:/
const inet = /^inet6? (?:addr: ?)?(\S+)(.*)$/

export const ifconfigReader: Reader = {
  format: "ifconfig",
  title: "Addresses listed by ifconfig",
  sniff: (line) => (flagged.test(line) || encapped.test(line) ? 0.95 : 0),
  open: (context) => new IfconfigSection(context),
}

class IfconfigSection implements Section {
  readonly #context: SectionContext
  #interface = ""
  #system = ""

  constructor(context: SectionContext) {
    this.#context = context
  }

  line(text: string): boolean {
    if (text.trim() === "") return true
    if (/^\s/.test(text)) {
      this.#inside(text.trim())
      return true
    }
    const match = flagged.exec(text) ?? encapped.exec(text)
    if (match === null) return false
    this.#interface = match[1] ?? ""
    if (encapped.test(text)) this.#system = "linux"
    return true
  }

  end(): void {
    if (this.#system !== "") this.#context.mark({ system: this.#system })
    this.#context.mark({ dialect: "ifconfig" })
  }

  #inside(text: string): void {
    const match = inet.exec(text)
    if (match !== null) {
      const [, address = "", rest = ""] = match
      emitAddress(this.#context, address.replace(/^addr:/, ""), {
        interface: this.#interface,
        prefixLength: prefixOf(rest),
      })
      return
    }
    const drops = /^(RX|TX) (?:errors[ :]\d+|packets:\d+ errors:\d+)\s+dropped[ :](\d+)/.exec(text)
    if (drops !== null) this.#drops(drops)
    if (/^(?:RX|TX) (?:packets|errors)|^Link encap/.test(text)) this.#system = "linux"
    if (/^(?:nd6 options|media: |options=)/.test(text)) {
      this.#system = /^en\d|^utun|^awdl/.test(this.#interface) ? "macos" : this.#system || "freebsd"
    }
  }

  #drops(match: RegExpExecArray): void {
    this.#context.emit({
      kind: "counter",
      name: `link.${(match[1] ?? "").toLowerCase()}_dropped`,
      value: Number(match[2]),
      of: this.#interface,
      at: this.#context.here(),
    })
  }
}

function prefixOf(rest: string): number | undefined {
  const length = /prefixlen (\d{1,3})/.exec(rest)?.[1]
  if (length !== undefined) return Number(length)
  const mask = /(?:netmask |Mask:)(\S+)/.exec(rest)?.[1]
  return mask === undefined ? undefined : prefixLengthOf(mask)
}
