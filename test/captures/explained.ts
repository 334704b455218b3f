/**
 * Why another program says something else than we do: every kind of difference with what is behind it, and a test that
 * holds the numbers to that. The table in docs/guide/captures.md is made of this list.
 */
import type { Difference } from "./compare.ts"
import type { Listed } from "./ours.ts"

export type Tool = "tshark" | "tcptrace"

export type Explanation = {
  readonly id: string
  readonly tools: readonly Tool[]
  /** What the programs say. */
  readonly differs: string
  /** Why we say what we say. */
  readonly why: string
  readonly accounts: (difference: Difference, tool: Tool) => boolean
}

const both: readonly Tool[] = ["tshark", "tcptrace"]

export const EXPLANATIONS: readonly Explanation[] = [
  {
    id: "overlay",
    tools: both,
    differs:
      "tshark puts both networks' connections of one four-tuple into one stream; tcptrace does not look into VXLAN",
    why: "The network's number separates them (`scope`): two tenants may use the same addresses",
    accounts: ({ uses }) => uses.some(({ scope }) => scope !== undefined),
  },
  {
    id: "copies",
    tools: both,
    differs: "Every sight of a packet counts, the second SYN as a retransmission",
    why: "A packet recorded twice was sent once: same IP identification, a moment later, elsewhere. `copies` says how many",
    accounts: isOfCopies,
  },
  {
    id: "challenge",
    tools: ["tcptrace"],
    differs:
      "The SYN that is sent again behind a challenge ACK and its RST begins a third connection",
    why: "It is the same attempt, with the same initial sequence number",
    accounts: ({ field, ours, theirs, uses }) => {
      const more = Number(theirs) - Number(ours)
      return field === "number" && more > 0 && more <= challenged(uses)
    },
  },
  {
    id: "behind a challenge",
    tools: ["tshark"],
    differs: "What the target sends behind a challenge ACK has lower numbers, so it counts as late",
    why: "The challenge had the numbers of the connection before; those of this one begin with its SYN-ACK",
    accounts: ({ field, ours, theirs, side, connection: { challengeAcks = 0 } }) =>
      field === "again" && side === "to" && challengeAcks > 0 && Number(theirs) > Number(ours),
  },
  {
    id: "provider's tag",
    tools: ["tcptrace"],
    differs: "A frame with an outer tag of IEEE 802.1ad is not read",
    why: "The connection is in the capture",
    accounts: ({ field, theirs, connection: { story } }) =>
      field === "number" && theirs === 0 && story === "in a VLAN of a provider's",
  },
  {
    id: "syn again",
    tools: both,
    differs:
      "SYNs and SYN-ACKs that were sent again count as retransmissions, refused tries of Windows among them",
    why: "`synTimes` and `synAcks` have them; `retransmits` is about what was sent on an open connection",
    accounts: isOfSyns,
  },
  {
    id: "late",
    tools: ["tcptrace"],
    differs: "A segment whose first sending the capture lacks is no retransmission",
    why: "It comes later than anything that was merely overtaken (3 ms), so it was sent again",
    accounts: ({ field, ours, theirs, connection: { history } }) =>
      field === "again" && Number(theirs) < Number(ours) && /t/i.test(history),
  },
  {
    id: "keep-alive",
    tools: both,
    differs:
      "The byte of a keep-alive probe counts as payload (tshark), or as sent again (tcptrace)",
    why: "It is a byte that the other side has; it is neither new nor lost",
    accounts: isOfProbes,
  },
  {
    id: "payload of packets",
    tools: ["tshark"],
    differs:
      "Bytes are the payload of all packets: what is sent again twice, what the capture lacks not at all",
    why: "Bytes by sequence numbers are what the program has sent",
    accounts: ({ field, ours, end }) => field === "bytes" && end?.span === ours,
  },
  {
    id: "hole",
    tools: ["tcptrace"],
    differs: "Bytes that the capture lacks are not counted",
    why: "They were acknowledged, so they were sent: the sequence numbers tell (`g` in the history)",
    accounts: ({ field, ours, end, connection: { history } }) =>
      field === "bytes" && /g/i.test(history) && end?.span === ours,
  },
  {
    id: "reset afterwards",
    tools: ["tcptrace"],
    differs: "A RST behind both FINs makes the connection a reset one",
    why: "It was closed in order before (SF); `resets` has the RST",
    accounts: ({ field, ours, theirs, connection: { state } }) =>
      field === "went" && state === "SF" && ours === "yes" && theirs === "RESET",
  },
]

/** Both programs count copies as packets and what is in them; a copied SYN as one more try. */
function isOfCopies({
  connection: { copies = 0, packets },
  field,
  ours,
  theirs,
  rival,
}: Difference): boolean {
  if (copies === 0 || rival === undefined) return false
  const counted = [...rival.ends.values()].reduce((sum, end) => sum + end.packets, 0)
  const sent = (packets?.from ?? 0) + (packets?.to ?? 0)
  if (counted !== sent + copies) return false
  return field === "start" ? false : field === "went" || Number(theirs) > Number(ours)
}

function challenged(uses: readonly Listed[]): number {
  return uses.reduce((sum, { challengeAcks = 0 }) => sum + challengeAcks, 0)
}

function isOfSyns({ field, ours, theirs, side, connection }: Difference): boolean {
  if (field !== "again") return false
  const { synTimes, synAcks = 0, history } = connection
  const more = Number(theirs) - Number(ours)
  // In a simultaneous open both send their SYN twice, the second time with an ACK.
  if (history.startsWith("Ss")) return more === 1
  return more === (side === "from" ? synTimes.length : synAcks) - 1
}

function isOfProbes({ field, ours, theirs, connection, end }: Difference): boolean {
  const { history, retransmits } = connection
  if (!/T/i.test(history) || (retransmits?.from ?? 0) + (retransmits?.to ?? 0) > 0) return false
  const more = Number(theirs) - Number(ours)
  if (field === "bytes") return more > 0 && more <= 9 && end?.span === ours
  return field === "again" && more > 0
}

/** The bits of tcp.completeness: SYN 1, SYN-ACK 2, data 8, FIN 16, RST 32; that for ACK is left out. */
export function tsharkExpects({ history, synAcks = 0 }: Listed): string {
  const letters = history.toLowerCase()
  const isSeen = [
    [1, letters.includes("s")],
    [2, synAcks > 0],
    [8, letters.includes("d")],
    [16, letters.includes("f")],
    [32, letters.includes("r")],
  ] as const
  return String(isSeen.reduce((sum, [bit, isSet]) => sum + (isSet ? bit : 0), 0))
}

/** "yes" where SYNs and FINs of both sides were seen, "RESET" where a RST was, else "no". */
export function tcptraceExpects({ history, state, isn }: Listed): string {
  if (/r/i.test(history) && state !== "SF") return "RESET"
  const isWhole = isn?.from !== undefined && isn.to !== undefined
  return state === "SF" && isWhole ? "yes" : "no"
}
