/** Our connections beside those of another program: what differs, connection by connection and end by end. */
import type { Side } from "../../src/model/connection.ts"
import type { Listed } from "./ours.ts"
import { endName, pairName, type RivalConnection, type RivalEnd } from "./rival.ts"

export type Difference = {
  readonly field:
    | "number"
    | "start"
    | "end"
    | "opener"
    | "packets"
    | "bytes"
    | "syns"
    | "again"
    | "went"
  readonly ours: number | string
  readonly theirs: number | string
  /** Ours; of a different number the last one. */
  readonly connection: Listed
  /** All of ours with these ends, in order. */
  readonly uses: readonly Listed[]
  readonly rival?: RivalConnection
  readonly side?: Side
  /** That end, as the other program has it. */
  readonly end?: RivalEnd
}

/** What the other program should say of how it went. */
export type Expected = (connection: Listed) => string

/** Times are printed to the microsecond. */
const tick = 2e-6
const sides = ["from", "to"] as const

/** Every difference; connections that only the other program has come as `strangers`. */
export function compare(
  ours: readonly Listed[],
  theirs: readonly RivalConnection[],
  expected: Expected,
): { readonly differences: readonly Difference[]; readonly strangers: readonly RivalConnection[] } {
  const rivals = grouped(theirs, ({ ends }) => {
    const [one = "", two = one] = [...ends.keys()]
    return pairName(one, two)
  })
  const differences: Difference[] = []
  const pairs = grouped(ours, ({ from, to }) => pairName(endName(from), endName(to)))
  for (const [pair, uses] of pairs) {
    const known = (rivals.get(pair) ?? []).toSorted((a, b) => a.first - b.first)
    rivals.delete(pair)
    uses.sort((a, b) => a.start - b.start)
    const connection = uses.at(-1)
    if (connection === undefined) continue
    if (known.length !== uses.length) {
      const [number, other] = [uses.length, known.length]
      differences.push({ field: "number", ours: number, theirs: other, connection, uses })
      continue
    }
    for (const [index, use] of uses.entries()) {
      const rival = known[index]
      if (rival !== undefined) differences.push(...differencesOf(use, uses, rival, expected))
    }
  }
  return { differences, strangers: [...rivals.values()].flat() }
}

function grouped<T>(list: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of list) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

function differencesOf(
  connection: Listed,
  uses: readonly Listed[],
  rival: RivalConnection,
  expected: Expected,
): readonly Difference[] {
  const { from, to, start, end, history } = connection
  const found: Difference[] = []
  const common = { connection, uses, rival }
  const say = (field: Difference["field"], ours: number | string, theirs: number | string) => {
    if (ours !== theirs) found.push({ field, ours, theirs, ...common })
  }
  if (Math.abs(start - rival.first) > tick) say("start", start, rival.first)
  if (Math.abs(end - rival.last) > tick) say("end", end, rival.last)
  say("opener", endName(history.startsWith("^") ? to : from), rival.opener)
  say("went", expected(connection), rival.went)
  for (const side of sides) {
    const other = rival.ends.get(endName(connection[side]))
    if (other === undefined) continue
    const pairs = [
      ["packets", connection.packets?.[side] ?? 0, other.packets],
      ["bytes", connection.bytes?.[side] ?? 0, other.bytes],
      ["again", connection.retransmits?.[side] ?? 0, other.again],
      ["syns", synsOf(connection, side), other.syns],
    ] as const
    for (const [field, ours, theirs] of pairs) {
      if (ours !== theirs) found.push({ field, ours, theirs, ...common, side, end: other })
    }
  }
  return found
}

/** Segments with SYN that this side sent. A simultaneous open has some that are not counted by side. */
function synsOf({ synTimes, synAcks = 0, history }: Listed, side: Side): number {
  const isCrossed = history.startsWith("Ss")
  if (side === "from") return synTimes.length + (isCrossed ? synAcks - 1 : 0)
  return isCrossed ? 2 : synAcks
}
