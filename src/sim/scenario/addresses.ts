/** Addresses of groups: consecutive ones from the first on, IPv4 and IPv6, and blocks for groups that are given none. */
import { addressNumber, addressSpace } from "../../model/address-number.ts"
import { isIpv4, parseAddress } from "../../model/fourtuple.ts"

/** First and last, as numbers of one family. */
export type AddressBlock = {
  readonly isIpv4: boolean
  readonly first: bigint
  readonly last: bigint
}

/** In its canonical text; what is no address stays as it is. */
export function canonical(text: string): string {
  return parseAddress(text) ?? text
}

/** Undefined where it is no address, or the block would leave its family's space. */
export function blockOf(first: string, count: number): AddressBlock | undefined {
  const number = addressNumber(first)
  if (number === undefined || count < 1) return undefined
  const last = number + BigInt(count - 1)
  const is4 = isIpv4(first)
  if (last >= addressSpace(is4)) return undefined
  return { isIpv4: is4, first: number, last }
}

export function overlap(one: AddressBlock, other: AddressBlock): boolean {
  return one.isIpv4 === other.isIpv4 && one.first <= other.last && other.first <= one.last
}

/**
 * Gives out blocks that keep clear of those taken: from 10.1.0.1 on, each at the beginning of a /16, and when those are
 * used up of a /24.
 */
export class AddressPlan {
  readonly #taken: AddressBlock[] = []
  /** Number of the /24 to look at next. */
  #nextSmall = 257

  /** The block that is in the way, if there is one; else it is taken. */
  take(block: AddressBlock): AddressBlock | undefined {
    const other = this.#taken.find((each) => overlap(each, block))
    if (other === undefined) this.#taken.push(block)
    return other
  }

  /** The first address of a new block; undefined where 10.0.0.0/8 has no room left. */
  next(count: number): string | undefined {
    for (let second = 1; second < 256; second++) {
      const address = `10.${second}.0.1`
      const block = blockOf(address, count)
      if (block === undefined || block.last >= 11n << 24n) break
      if (this.take(block) === undefined) return address
    }
    for (; this.#nextSmall < 256 * 256; this.#nextSmall++) {
      const address = `10.${this.#nextSmall >> 8}.${this.#nextSmall & 255}.1`
      const block = blockOf(address, count)
      if (block === undefined || block.last >= 11n << 24n) break
      if (this.take(block) === undefined) return address
    }
    return undefined
  }
}
