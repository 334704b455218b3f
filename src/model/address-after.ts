/** Consecutive addresses: a group of machines has them. */
import { formatGroups, isIpv4 } from "./fourtuple.ts"

/** The address so many after the first, IPv4 or IPv6 in canonical text; undefined where the space ends. */
export function addressAfter(first: string, count: number): string | undefined {
  if (isIpv4(first)) {
    const number = first.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0) + count
    if (number >= 2 ** 32) return undefined
    return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".")
  }
  const groups = groupsOf(first)
  let carry = count
  for (let index = 7; index >= 0 && carry > 0; index--) {
    const sum = (groups[index] ?? 0) + carry
    groups[index] = sum % 65_536
    carry = Math.floor(sum / 65_536)
  }
  return carry > 0 ? undefined : formatGroups(groups)
}

/** Of a canonical IPv6 address. */
function groupsOf(address: string): number[] {
  const [head = "", tail] = address.split("::")
  const parse = (text: string): number[] =>
    text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16))
  const left = parse(head)
  const right = tail === undefined ? [] : parse(tail)
  const zeros = new Array<number>(Math.max(0, 8 - left.length - right.length)).fill(0)
  return [...left, ...zeros, ...right]
}
