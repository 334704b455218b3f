/** `fourtuple connections --ndjson` of a capture, as the command prints it. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import type { Connection } from "../../src/model/connection.ts"

export const launcher = fileURLToPath(new URL("../../bin/fourtuple.mjs", import.meta.url))

/** A connection with its place, "made.pcap frame 812", and where it was made the story it came from. */
export type Listed = Connection & { readonly at: string; readonly story?: string }

/** Every line of it. */
export async function listConnections(path: string): Promise<readonly Listed[]> {
  const child = spawn(process.execPath, [launcher, "connections", "--ndjson", path])
  let err = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text
  })
  const listed: Listed[] = []
  for await (const line of createInterface(child.stdout)) {
    const { kind: _kind, ...connection } = JSON.parse(line)
    listed.push(connection)
  }
  const [code] = child.exitCode === null ? await once(child, "close") : [child.exitCode]
  if (code !== 0) throw new Error(`fourtuple connections ended with ${code}: ${err}`)
  return listed
}
