/**
 * Redaction of a bundle: each address becomes another one, the same every time, and two addresses
 * that share n leading bits still do (Xu, Fan, Ammar, Moon: "Prefix-preserving IP address
 * anonymization", 2002, with HMAC-SHA-256 as the random function). Loopback, wildcard, netmasks and
 * multicast stay, and the special ranges stay within themselves, so that private remains private.
 * Ports stay. MAC addresses keep their maker. The key is random for each bundle and not kept,
 * unless one is given to redact the two ends of a connection alike.
 */
import { createHmac, randomBytes } from "node:crypto"
import { formatGroups, isIpv4, parseAddress } from "../model/fourtuple.ts"

/** Bounds the memo of decided bits. */
const memoMax = 1_000_000

/** Ranges that keep their prefix (RFC 6890 and the IPv6 address architecture). */
const keptV4 = [
  "0/8",
  "10/8",
  "100.64/10",
  "127/8",
  "169.254/16",
  "172.16/12",
  "192.168/16",
  "224/3",
]
const keptV6 = ["::/64", "64:ff9b::/96", "fc00::/7", "fe80::/64", "ff00::/8", "2000::/3"]

type Prefix = { readonly bits: string }

export class Redactor {
  readonly #key: Buffer
  readonly #memo = new Map<string, boolean>()
  readonly #addresses = new Map<string, string>()
  readonly #hosts = new Map<string, string>()

  constructor(key?: string) {
    this.#key = key === undefined ? randomBytes(32) : Buffer.from(key)
  }

  /** The address that stands for this one; names and wildcards come back as they are. */
  address(address: string): string {
    const known = this.#addresses.get(address)
    if (known !== undefined) return known
    const percent = address.indexOf("%")
    const [bare, scope] =
      percent < 0 ? [address, ""] : [address.slice(0, percent), address.slice(percent)]
    const mapped = this.#map(bare) + scope
    if (this.#addresses.size < memoMax) this.#addresses.set(address, mapped)
    return mapped
  }

  /** host-1, host-2 … in the order the names come. */
  host(name: string): string {
    let mapped = this.#hosts.get(name)
    if (mapped === undefined) {
      mapped = `host-${this.#hosts.size + 1}`
      this.#hosts.set(name, mapped)
    }
    return mapped
  }

  /** Text with every address in it redacted, and these host names as whole words. */
  text(text: string, hostNames: readonly string[] = []): string {
    let out = text
      .replace(
        /(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?!\d|\.\d+\.)(?:\/(\d{1,2})(?!\d))?/g,
        (found, address: string, length?: string) =>
          length === undefined ? this.address(found) : this.#net(address, Number(length)),
      )
      .replace(/(?<![\w:.])(?=[0-9a-fA-F]*:)[0-9a-fA-F:]{2,39}(?![\w:.])/g, (found) =>
        found.includes("::") || found.split(":").length === 8 ? this.address(found) : found,
      )
      .replace(/\b(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}\b/g, (found) => this.#hardware(found))
    for (const name of hostNames) {
      const word = new RegExp(`(?<![\\w-])${escapePattern(name)}(?![\\w-])`, "g")
      out = out.replace(word, this.host(name))
    }
    return out
  }

  /** "10.1.2.0/24": an address that names a net names one afterwards. */
  #net(address: string, length: number): string {
    const bits = isIpv4(address) ? bitsOfV4(address) : ""
    const mapped = this.address(address)
    if (bits === "" || bits.slice(length).includes("1")) return `${mapped}/${length}`
    const net = bitsOfV4(mapped).slice(0, length).padEnd(32, "0")
    return `${octetsOf(net)}/${length}`
  }

  #map(address: string): string {
    if (isIpv4(address)) return this.#mapV4(address)
    const canonical = address.includes(":") ? parseAddress(address) : undefined
    if (canonical === undefined) return address
    if (isIpv4(canonical)) return `::ffff:${this.#mapV4(canonical)}`
    if (canonical === "::1" || canonical === "::") return address
    return this.#mapV6(canonical)
  }

  #mapV4(address: string): string {
    const bits = bitsOfV4(address)
    const first = Number.parseInt(address, 10)
    // 224 and above: multicast, broadcast and netmasks.
    if (first === 0 || first === 127 || first >= 224) return address
    const mapped = this.#bits(bits, prefixesV4)
    return octetsOf(mapped)
  }

  #mapV6(address: string): string {
    const bits = bitsOfV6(address)
    if (bits.startsWith("11111111")) return address
    const mapped = this.#bits(bits, prefixesV6)
    return formatGroups((mapped.match(/.{16}/g) ?? []).map((group) => Number.parseInt(group, 2)))
  }

  #bits(bits: string, kept: readonly Prefix[]): string {
    let mapped = ""
    for (let length = 0; length < bits.length; length++) {
      const before = bits.slice(0, length)
      const bit = bits[length] ?? "0"
      const isKept = kept.some(
        (prefix) => prefix.bits.length > length && prefix.bits.startsWith(before),
      )
      mapped += isKept || !this.#flips(before, bits.length) ? bit : bit === "0" ? "1" : "0"
    }
    return mapped
  }

  #flips(before: string, width: number): boolean {
    const name = `${width}:${before}`
    let flips = this.#memo.get(name)
    if (flips === undefined) {
      flips = (createHmac("sha256", this.#key).update(name).digest()[0] ?? 0) % 2 === 1
      if (this.#memo.size < memoMax) this.#memo.set(name, flips)
    }
    return flips
  }

  #hardware(address: string): string {
    if (/^(?:00:){5}00$|^(?:ff:){5}ff$/i.test(address)) return address
    const digest = createHmac("sha256", this.#key).update(address.toLowerCase()).digest("hex")
    return `${address.slice(0, 8)}:${(digest.slice(0, 6).match(/../g) ?? []).join(":")}`
  }
}

const prefixesV4 = keptV4.map(
  (text): Prefix => prefixOf(text, (address) => bitsOfV4(padV4(address))),
)
const prefixesV6 = keptV6.map((text): Prefix => prefixOf(text, bitsOfV6))

function prefixOf(text: string, bitsOf: (address: string) => string): Prefix {
  const [address = "", length = ""] = text.split("/")
  return { bits: bitsOf(address).slice(0, Number(length)) }
}

function padV4(text: string): string {
  return [...text.split("."), "0", "0", "0"].slice(0, 4).join(".")
}

function bitsOfV4(address: string): string {
  return address
    .split(".")
    .map((octet) => Number(octet).toString(2).padStart(8, "0"))
    .join("")
}

function octetsOf(bits: string): string {
  return (bits.match(/.{8}/g) ?? []).map((octet) => Number.parseInt(octet, 2)).join(".")
}

function bitsOfV6(address: string): string {
  const [left = "", right] = address.split("::")
  const head = left === "" ? [] : left.split(":")
  const tail = right === undefined || right === "" ? [] : right.split(":")
  const zeros = new Array<string>(8 - head.length - tail.length).fill("0")
  return [...head, ...zeros, ...tail]
    .map((group) => Number.parseInt(group, 16).toString(2).padStart(16, "0"))
    .join("")
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
}
