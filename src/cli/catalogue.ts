/** `fourtuple limits` and `fourtuple profiles`: the catalogue, all of it or one entry. */
import { LIMITS } from "../catalog/limits.ts"
import { PROFILES } from "../catalog/profiles.ts"
import { Refusal } from "../model/refusal.ts"
import { limitsText, limitText, profilesText, profileText } from "../report/catalogue.ts"
import { jsonText } from "../report/json.ts"
import type { ExitCode, Invocation } from "./command.ts"

/** Lists the limits, or says everything about one. */
export function runLimits(invocation: Invocation): Promise<ExitCode> {
  return show(invocation, { name: "limit", entries: LIMITS, all: limitsText, one: limitText })
}

/** Lists the profiles of systems and middleboxes, or shows one. */
export function runProfiles(invocation: Invocation): Promise<ExitCode> {
  const texts = { all: profilesText, one: profileText }
  return show(invocation, { name: "profile", entries: PROFILES, ...texts })
}

type Shelf<Entry extends { readonly id: string }> = {
  readonly name: string
  readonly entries: readonly Entry[]
  readonly all: (entries: readonly Entry[], width: number) => string
  readonly one: (entry: Entry, width: number) => string
}

async function show<Entry extends { readonly id: string }>(
  { args, flags, terminal }: Invocation,
  shelf: Shelf<Entry>,
): Promise<ExitCode> {
  const [id] = args
  const width = Math.min(Math.max(terminal.width, 40), 120)
  const entry = id === undefined ? undefined : find(id, shelf)
  if (flags["json"] === true) {
    const document = entry ?? { schema: `fourtuple.${shelf.name}s/1`, entries: shelf.entries }
    await terminal.write(`${jsonText(document, 2)}\n`)
  } else {
    const text = entry === undefined ? shelf.all(shelf.entries, width) : shelf.one(entry, width)
    await terminal.write(text)
  }
  return 0
}

function find<Entry extends { readonly id: string }>(id: string, shelf: Shelf<Entry>): Entry {
  const wanted = id.toLowerCase()
  const exact = shelf.entries.find((entry) => entry.id === wanted)
  if (exact !== undefined) return exact
  const near = shelf.entries.map((entry) => entry.id).filter((each) => each.includes(wanted))
  const hint = near.length > 0 ? `Did you mean ${near.slice(0, 5).join(", ")}?` : "List them:"
  const list = near.length > 0 ? "" : ` fourtuple ${shelf.name}s`
  throw new Refusal("not-found", `There is no ${shelf.name} "${id}"`, hint + list)
}
