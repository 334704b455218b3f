/**
 * One YAML mapping of a notes file, read field by field; it remembers which keys were asked for.
 */
import { isNode, isScalar, type Node, type YAMLMap } from "yaml"
import { type Endpoint, makeEndpoint, parseAddress } from "../model/fourtuple.ts"
import { type Instant, parseDuration } from "../model/quantity.ts"
import type { SectionContext } from "./reader.ts"

export class NoteFields {
  readonly context: SectionContext
  readonly lineOf: (offset: number) => number
  readonly #nodes = new Map<string, { key: Node; value: unknown }>()
  readonly #asked = new Set<string>()
  readonly #start: number

  constructor(context: SectionContext, map: YAMLMap, lineOf: (offset: number) => number) {
    this.context = context
    this.lineOf = lineOf
    this.#start = lineOf(map.range?.[0] ?? 0)
    for (const { key, value } of map.items) {
      if (isScalar(key)) this.#nodes.set(String(key.value), { key, value })
    }
  }

  /** The line of a key, or of the mapping when the key is absent. */
  line(key?: string): number {
    const node = key === undefined ? undefined : this.#nodes.get(key)?.key
    return node === undefined ? this.#start : this.lineOfNode(node)
  }

  lineOfNode(node: Node): number {
    return node.range === undefined || node.range === null
      ? this.#start
      : this.lineOf(node.range[0])
  }

  /** The node of a key; undefined when absent or empty. */
  node(key: string): Node | undefined {
    this.#asked.add(key)
    const value = this.#nodes.get(key)?.value
    if (!isNode(value) || (isScalar(value) && value.value === null)) return undefined
    return value
  }

  ignore(key: string): void {
    this.#asked.add(key)
  }

  value(key: string): string | number | undefined {
    const node = this.node(key)
    if (node === undefined) return undefined
    const value: unknown = isScalar(node) ? node.value : undefined
    if (typeof value === "boolean") return String(value)
    if (typeof value === "string" || typeof value === "number") return value
    this.#malformed(key, "a text or number")
    return undefined
  }

  text(key: string): string | undefined {
    const value = this.value(key)
    return value === undefined ? undefined : String(value)
  }

  whole(key: string): number | undefined {
    const value = this.value(key)
    if (value === undefined) return undefined
    if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value
    this.#malformed(key, "a whole number")
    return undefined
  }

  flag(key: string): boolean | undefined {
    const text = this.text(key)?.toLowerCase()
    if (text === undefined) return undefined
    if (text === "true" || text === "yes") return true
    if (text === "false" || text === "no") return false
    this.#malformed(key, "true or false")
    return undefined
  }

  /** Milliseconds; a bare number is ms, "21s" a duration. */
  ms(key: string): number | undefined {
    const value = this.value(key)
    if (value === undefined || typeof value === "number") return value
    const ms = parseDuration(value)
    if (ms === undefined) this.#malformed(key, "a duration")
    return ms
  }

  /** ISO 8601 or seconds since 1970. */
  instant(key: string): Instant | undefined {
    const value = this.value(key)
    if (value === undefined || typeof value === "number") return value
    const zoned = /^\d{4}-\d\d-\d\d$|(?:Z|[+-]\d\d:?\d\d)$/.test(value) ? value : `${value}Z`
    const ms = Date.parse(zoned.replace(" ", "T"))
    if (!Number.isNaN(ms)) return ms / 1000
    this.#malformed(key, "a time (2009-03-02T08:00:00Z)")
    return undefined
  }

  /** "10.1.1.5:445", "[::1]:80", "files1:microsoft-ds", or an address or name alone. */
  endpoint(key: string): Endpoint | undefined {
    const text = this.text(key)?.trim()
    if (text === undefined || text === "") return undefined
    const bare = parseAddress(text)
    if (bare !== undefined) return { address: bare }
    const colon = text.lastIndexOf(":")
    if (colon < 0) return { address: text }
    const host = text.slice(0, colon).replace(/^\[(.*)\]$/, "$1")
    const endpoint = makeEndpoint(host, text.slice(colon + 1))
    if (endpoint === undefined) this.#malformed(key, "an address and port")
    return endpoint
  }

  /** Names the keys nobody asked for. */
  rest(where: string): void {
    for (const [key, { key: node }] of this.#nodes) {
      if (this.#asked.has(key)) continue
      const says = `${where} has no key "${key.slice(0, 60)}"`
      this.context.odd("key-unknown", says, this.lineOfNode(node))
    }
  }

  /** Keys not asked for, as plain values: the data of a fact. */
  remaining(): Readonly<Record<string, string | number | boolean>> {
    const data: Record<string, string | number | boolean> = {}
    for (const [key, { value }] of this.#nodes) {
      if (this.#asked.has(key)) continue
      this.#asked.add(key)
      const plain: unknown = isScalar(value) ? value.value : undefined
      if (typeof plain === "string" || typeof plain === "number" || typeof plain === "boolean") {
        data[key] = plain
      }
    }
    return data
  }

  #malformed(key: string, kind: string): void {
    this.context.odd("value-malformed", `Notes: ${key} is not ${kind}`, this.line(key))
  }
}
