/**
 * `fourtuple limits` and `fourtuple profiles`: the catalogue, all of it, one entry by id, or what a word
 * finds: vendors' names (half-open, SNAT exhaustion), systems (xp, 6.1), settings (MaxUserPort), result codes of a
 * firewall's log in any notation (0xc0040037, -1073479625).
 */
import { ISA_RESULTS } from "../catalog/isa-results.ts"
import { LIMITS } from "../catalog/limits.ts"
import { PROFILES } from "../catalog/profiles.ts"
import { isaResult } from "../evidence/logs/isa-result.ts"
import type { Limit } from "../model/limit.ts"
import { nearestNames } from "../model/nearest.ts"
import type { Profile } from "../model/profile.ts"
import { Refusal } from "../model/refusal.ts"
import {
  limitMarkdown,
  limitsPage,
  limitsText,
  limitText,
  profileMarkdown,
  profilesPage,
  profilesText,
  profileText,
} from "../report/catalogue.ts"
import { jsonText } from "../report/json.ts"
import { pageMarkdown } from "../report/page.ts"
import type { ExitCode, Invocation } from "./command.ts"

/** What is shown and how: a list or one entry, as text or Markdown. */
type Shelf<Entry extends { readonly id: string }> = {
  readonly name: string
  readonly entries: readonly Entry[]
  /** What else an entry is found by, besides its id. */
  readonly wordsOf: (entry: Entry) => readonly string[]
  /** The spelling of the same that `wordsOf` has. */
  readonly spell?: (asked: string) => string
  readonly listText: (entries: readonly Entry[], width: number) => string
  readonly listMarkdown: (entries: readonly Entry[]) => string
  readonly text: (entry: Entry, width: number) => string
  readonly markdown: (entry: Entry) => string
}

const limits: Shelf<Limit> = {
  name: "limit",
  entries: LIMITS,
  wordsOf: ({ id, title, alsoCalled, settings, refused }) => [
    title,
    ...alsoCalled,
    ...settings.map((setting) => setting.name),
    ...(refused.events ?? []),
    ...isaCodesOf(id),
  ],
  spell: (asked) => {
    const result = isaResult(asked)
    return result?.family === "firewall" && result.limits.length > 0 ? result.text : asked
  },
  listText: limitsText,
  listMarkdown: (entries) => pageMarkdown(limitsPage(entries)),
  text: limitText,
  markdown: (limit) => limitMarkdown(limit, 1),
}

/** As observations write the codes that point at the limit. */
function isaCodesOf(id: Limit["id"]): readonly string[] {
  const codes = ISA_RESULTS.filter((entry) => entry.limits.includes(id)).map(({ code }) => code)
  return codes.flatMap((code) => isaResult(code)?.text ?? [])
}

const profiles: Shelf<Profile> = {
  name: "profile",
  entries: PROFILES,
  wordsOf: (profile) =>
    profile.kind === "host"
      ? [profile.title, profile.family, profile.versions, ...Object.keys(profile.settings)]
      : [profile.title, profile.vendor, ...profile.limits.map(({ setting }) => setting)],
  listText: profilesText,
  listMarkdown: (entries) => pageMarkdown(profilesPage(entries)),
  text: profileText,
  markdown: (profile) => profileMarkdown(profile, 1),
}

/** Lists the limits, or says everything about one. */
export function runLimits(invocation: Invocation): Promise<ExitCode> {
  return show(invocation, limits)
}

/** Lists the profiles of systems and middleboxes, or shows one. */
export function runProfiles(invocation: Invocation): Promise<ExitCode> {
  return show(invocation, profiles)
}

async function show<Entry extends { readonly id: string }>(
  { args, flags, terminal }: Invocation,
  shelf: Shelf<Entry>,
): Promise<ExitCode> {
  const isJson = flags["json"] === true
  const isMarkdown = flags["markdown"] === true
  if (isJson && isMarkdown) {
    const message = "Cannot print --json and --markdown at once"
    throw new Refusal("bad-usage", message, "Choose one of them")
  }
  const found = args.length === 0 ? shelf.entries : search(args.join(" "), shelf)
  const [only] = args.length > 0 && found.length === 1 ? found : []
  const width = Math.min(Math.max(terminal.width, 40), 120)
  if (isJson) {
    const document = only ?? { schema: `fourtuple.${shelf.name}s/1`, entries: found }
    await terminal.write(`${jsonText(document, 2)}\n`)
  } else if (isMarkdown) {
    await terminal.write(only === undefined ? shelf.listMarkdown(found) : shelf.markdown(only))
  } else {
    await terminal.write(
      only === undefined ? shelf.listText(found, width) : shelf.text(only, width),
    )
  }
  return 0
}

/** The entry of that id, else every entry that has the words; a refusal when there is none. */
function search<Entry extends { readonly id: string }>(
  asked: string,
  shelf: Shelf<Entry>,
): readonly Entry[] {
  const id = asked.toLowerCase()
  const exact = shelf.entries.filter((entry) => entry.id === id)
  if (exact.length > 0) return exact
  const words = plain(shelf.spell?.(asked) ?? asked)
  const found = shelf.entries.filter((entry) =>
    [entry.id, ...shelf.wordsOf(entry)].some((text) => plain(text).includes(words)),
  )
  if (found.length > 0 && words.trim() !== "") return found
  const near = nearestNames(
    id,
    shelf.entries.map((entry) => entry.id),
  )
  const hint =
    near.length > 0 ? `Did you mean ${near.join(", ")}?` : `List them: fourtuple ${shelf.name}s`
  throw new Refusal("not-found", `There is no ${shelf.name} "${asked}"`, hint)
}

/** Words between single spaces, so that only whole words are found; a plural s is no difference. */
function plain(text: string): string {
  const words = text.toLowerCase().match(/[\p{L}\p{N}.]+/gu) ?? []
  return ` ${words.map((word) => (word.length > 3 ? word.replace(/s$/, "") : word)).join(" ")} `
}
