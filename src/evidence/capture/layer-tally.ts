/** Counts packets that have no TCP segment, by the layer the walk ended at and why. */
import { formatCount } from "../../model/quantity.ts"
import { nameOfStop } from "./layer-names.ts"
import { CUT, LINKS, MALFORMED, NESTED, PROTOCOLS, STOP } from "./layers.ts"
import { isLinkKnown } from "./link.ts"

const reasonsMax = 16
/** Names that are told. */
const namesMax = 50

export class LayerTally {
  /** Most are IP protocols: counted without hashing. */
  readonly #protocols = new Float64Array(256)
  readonly #counts = new Map<number, number>()

  count(code: number, reason: number): void {
    const protocol = code - PROTOCOLS
    if (reason === STOP && protocol >= 0 && protocol < 256) {
      this.#protocols[protocol] = (this.#protocols[protocol] ?? 0) + 1
      return
    }
    const key = code * reasonsMax - reason
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  /** "UDP" → 812, most frequent first. */
  get others(): ReadonlyMap<string, number> {
    return this.#named((code, reason) => !isUnknownLink(code, reason))
  }

  /** "LINKTYPE_USB_LINUX (189)" → 812: link types that are not read. */
  get unknownLinks(): ReadonlyMap<string, number> {
    return this.#named(isUnknownLink)
  }

  /** "TCP, malformed" → 3: packets whose headers contradict themselves or nest without end. */
  get malformed(): ReadonlyMap<string, number> {
    return this.#named((_, reason) => reason === MALFORMED || reason === NESTED)
  }

  /** "TCP, cut before its end" → 3: packets whose headers the capture cut. */
  get cut(): ReadonlyMap<string, number> {
    return this.#named((_, reason) => reason === CUT)
  }

  #named(isWanted: (code: number, reason: number) => boolean): ReadonlyMap<string, number> {
    const named = new Map<string, number>()
    for (const { code, reason, count } of this.#all()) {
      const name = nameOfStop(code, reason)
      if (isWanted(code, reason)) named.set(name, (named.get(name) ?? 0) + count)
    }
    return mostOf([...named].sort(([, a], [, b]) => b - a))
  }

  *#all(): Iterable<{ readonly code: number; readonly reason: number; readonly count: number }> {
    for (const [protocol, count] of this.#protocols.entries()) {
      if (count > 0) yield { code: PROTOCOLS + protocol, reason: STOP, count }
    }
    for (const [key, count] of this.#counts) {
      yield { code: Math.floor(key / reasonsMax), reason: -(key % reasonsMax), count }
    }
  }
}

/** The most frequent, and the sum of the rest: random bytes can be of any type. */
function mostOf(sorted: readonly (readonly [string, number])[]): ReadonlyMap<string, number> {
  const rest = sorted.slice(namesMax)
  const sum = rest.reduce((total, [, count]) => total + count, 0)
  const further: readonly (readonly [string, number])[] =
    rest.length === 0 ? [] : [[`${formatCount(rest.length)} further kinds`, sum]]
  return new Map([...sorted.slice(0, namesMax), ...further])
}

function isUnknownLink(code: number, reason: number): boolean {
  return reason === STOP && code >= LINKS && code < LINKS + 0x1_0000 && !isLinkKnown(code - LINKS)
}
