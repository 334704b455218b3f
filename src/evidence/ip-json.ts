/**
 * `ip -j addr`, `ip -j route` and `ip -j neigh`, on one line or pretty-printed (-p). Follows ip(8),
 * option -json.
 */
import { emitAddress, emitRoute } from "./host-address.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"

const textMax = 8 << 20
const head = new RegExp(
  [
    String.raw`^\s*\[\s*(?:\{\s*\}\s*,\s*)*\{\s*"(?:ifindex"\s*:\s*\d+\s*,\s*"(?:link_index|ifname|link)"|`,
    String.raw`dst"\s*:\s*"[^"]*"\s*,\s*"(?:gateway|dev|via|flags|protocol)")|`,
    String.raw`^\s*\[\s*\{\s*"type"\s*:\s*"\w+"\s*,\s*"dst"`,
  ].join(""),
)

export const ipJsonReader: Reader = {
  format: "ip-json",
  title: "Addresses and routes of ip -j",
  begins: "[",
  sniff: (line, ahead) => {
    if (line.charCodeAt(0) !== 91) return 0
    return head.test([line.slice(0, 400), ...ahead.slice(0, 4)].join(" ")) ? 0.95 : 0
  },
  open: (context) => new JsonSection(context),
}

class JsonSection implements Section {
  readonly #context: SectionContext
  #text = ""
  #isWhole = false

  constructor(context: SectionContext) {
    this.#context = context
  }

  line(text: string): boolean {
    if (this.#isWhole) return text.trim() === ""
    if (this.#text.length + text.length > textMax) {
      this.#context.odd("section-too-large", `More than ${textMax} characters of JSON`)
      return false
    }
    this.#text += `${text}\n`
    const trimmed = text.trimEnd()
    this.#isWhole =
      trimmed === "]" || trimmed === "} ]" || (/^\[/.test(trimmed) && /\]$/.test(trimmed))
    return true
  }

  end(): void {
    this.#context.mark({ system: "linux", dialect: "iproute2" })
    const rows = rowsOf(this.#text)
    if (rows === undefined) {
      this.#context.odd("section-truncated", "The JSON of ip is cut or malformed")
      return
    }
    for (const row of rows) this.#row(row)
  }

  #row(row: Fields): void {
    const name = textOf(row["ifname"]) ?? ""
    if (Array.isArray(row["addr_info"])) {
      for (const info of row["addr_info"].filter(isFields)) {
        const prefixLength = typeof info["prefixlen"] === "number" ? info["prefixlen"] : undefined
        const address = textOf(info["local"]) ?? ""
        emitAddress(this.#context, address, { interface: name, prefixLength })
      }
      return
    }
    const destination = textOf(row["dst"])
    if (destination === undefined) return
    const state = Array.isArray(row["state"]) ? textOf(row["state"][0]) : undefined
    const type = textOf(row["type"])
    if (state !== undefined && state !== "FAILED" && state !== "INCOMPLETE") return
    if (type !== undefined && /^(?:local|broadcast|multicast|anycast)$/.test(type)) return
    emitRoute(this.#context, {
      destination,
      gateway: textOf(row["gateway"]),
      interface: textOf(row["dev"]),
      source: textOf(row["prefsrc"]),
      metric: typeof row["metric"] === "number" ? row["metric"] : undefined,
      type: type === "unicast" ? undefined : type,
      neighbour: state,
    })
  }
}

type Fields = Readonly<Record<string, unknown>>

function rowsOf(text: string): readonly Fields[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value.filter(isFields) : undefined
  } catch {
    return undefined
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined
}
