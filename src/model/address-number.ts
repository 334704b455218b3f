/** Addresses as whole numbers: consecutive ones, blocks of them, and their bytes. */
import { formatGroups, isIpv4, parseAddress } from "./fourtuple.ts"

const bits = { ipv4: 32n, ipv6: 128n } as const

/** Undefined where the text is no address, or one with a scope. */
export function addressNumber(text: string): bigint | undefined {
  const address = parseAddress(text)
  if (address === undefined || address.includes("%")) return undefined
  if (isIpv4(address)) {
    return address.split(".").reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
  }
  const [left = [], right = []] = address.split("::").map(groupsOf)
  const zeros = new Array<bigint>(8 - left.length - right.length).fill(0n)
  return [...left, ...zeros, ...right].reduce((sum, group) => sum * 65_536n + group, 0n)
}

/** Numbers of the family: 2^32 or 2^128. */
export function addressSpace(isIpv4Family: boolean): bigint {
  return 1n << (isIpv4Family ? bits.ipv4 : bits.ipv6)
}

/** The address so many after the first, in canonical text; undefined where the space ends. */
export function addressAfter(first: string, count: number): string | undefined {
  const number = addressNumber(first)
  const is4 = isIpv4(first)
  if (number === undefined) return undefined
  const next = number + BigInt(count)
  if (next >= addressSpace(is4)) return undefined
  const bytes = bytesOf(next, is4 ? 4 : 16)
  if (is4) return bytes.join(".")
  return formatGroups(
    Array.from({ length: 8 }, (_, at) => ((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)),
  )
}

/** As in a header: four bytes, or sixteen. A scope is left out. */
export function addressBytes(text: string): Uint8Array {
  return bytesOf(addressNumber(text.split("%")[0] ?? "") ?? 0n, isIpv4(text) ? 4 : 16)
}

function bytesOf(number: bigint, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) =>
    Number((number >> BigInt(8 * (length - 1 - at))) & 255n),
  )
}

function groupsOf(half: string): readonly bigint[] {
  return half === "" ? [] : half.split(":").map((group) => BigInt(`0x${group}`))
}
