/** `fourtuple collect`: a folder of evidence for somebody else, or for later. */
import { collectBundle } from "../host/collect.ts"
import { formatCount } from "../model/quantity.ts"
import { Refusal } from "../model/refusal.ts"
import { jsonText } from "../report/json.ts"
import type { ExitCode, Invocation } from "./command.ts"
import { liveOptionsOf } from "./evidence.ts"

const secondsDefault = 6

/** Writes the bundle and says where it is and what it could not see. */
export async function runCollect(invocation: Invocation): Promise<ExitCode> {
  const { flags, terminal } = invocation
  const { output, redact, json } = flags
  if (typeof output !== "string" || output === "") {
    throw new Refusal("bad-usage", "No folder was named", "Give one: fourtuple collect -o DIR")
  }
  const live = liveOptionsOf(invocation, secondsDefault)
  const bundle = await collectBundle({ ...live, dir: output, redact: redact === true })
  terminal.clearProgress()
  if (json === true) {
    await terminal.write(`${jsonText({ schema: "fourtuple.bundle/1", ...bundle }, 2)}\n`)
    return 0
  }
  for (const sentence of bundle.blind) terminal.say(`Not seen: ${sentence}`)
  const count = formatCount(bundle.files.length)
  await terminal.write(`Wrote ${count} files to ${bundle.dir}\n`)
  terminal.say(`Read it with: fourtuple diagnose ${output}`)
  return 0
}
