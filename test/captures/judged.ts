/** A capture through another program and through ours, and what of the difference is explained. */
import { spawnSync } from "node:child_process"
import { compare, type Difference } from "./compare.ts"
import { EXPLANATIONS, type Tool, tcptraceExpects, tsharkExpects } from "./explained.ts"
import { type Listed, listConnections } from "./ours.ts"
import { tcptraceConnections } from "./tcptrace.ts"
import { tsharkConnections } from "./tshark.ts"

const unexplainedShown = 5

export type Comparison = {
  readonly connections: number
  /** Connections without any difference. */
  readonly equal: number
  /** By explanation: how many connections it is needed for. */
  readonly counts: ReadonlyMap<string, number>
  /** The first few, as sentences. */
  readonly unexplained: readonly string[]
}

/** Compares; `storyOf` knows where a made connection comes from. */
export async function compareWith(
  tool: Tool,
  path: string,
  storyOf?: (connection: Listed) => string | undefined,
): Promise<Comparison> {
  const read = tool === "tshark" ? tsharkConnections : tcptraceConnections
  const expected = tool === "tshark" ? tsharkExpects : tcptraceExpects
  const listed = (await listConnections(path)).map((connection) => {
    const story = storyOf?.(connection)
    return story === undefined ? connection : { ...connection, story }
  })
  const { differences, strangers } = compare(listed, await read(path), expected)
  const concerned = new Map<string, Set<Listed>>()
  const unexplained: string[] = []
  for (const difference of differences) {
    const explanation = EXPLANATIONS.find(
      ({ tools, accounts }) => tools.includes(tool) && accounts(difference, tool),
    )
    if (explanation === undefined) unexplained.push(sentenceOf(difference))
    else {
      const set = concerned.get(explanation.id) ?? new Set()
      concerned.set(explanation.id, set.add(difference.connection))
    }
  }
  const isOverlay = (name: string) => name.startsWith("192.0.2.")
  for (const { ends, name } of strangers) {
    const isTunnel = concerned.has("overlay") && [...ends.keys()].every(isOverlay)
    if (!isTunnel) unexplained.push(`only ${tool} has ${name}: ${[...ends.keys()].join(", ")}`)
  }
  return {
    connections: listed.length,
    equal: listed.length - new Set(differences.map(({ connection }) => connection)).size,
    counts: new Map([...concerned].map(([id, set]) => [id, set.size])),
    unexplained: unexplained.slice(0, unexplainedShown),
  }
}

/** Why the program cannot be asked here; undefined when it can. */
export function toolObstacle(tool: Tool | "tcpdump"): string | undefined {
  const isThere = spawnSync("which", [tool]).status === 0
  return isThere ? undefined : `${tool} is not installed (Debian package ${tool})`
}

function sentenceOf({ field, ours, theirs, side, connection, rival }: Difference): string {
  const whose = side === undefined ? "" : ` of ${side}`
  const { at, history, story = "" } = connection
  return `${field}${whose}: ${ours}, theirs ${theirs} (${at}, ${history}, ${rival?.name}, ${story})`
}
