/**
 * The catalogue in words: `fourtuple limits [ID]`, `fourtuple profiles [ID]` and the reference
 * docs. Every page is made once (page.ts) and printed as text or Markdown.
 */
import type { Limit, LimitSetting, Place, Refused, Remedy } from "../model/limit.ts"
import type {
  BoxLimit,
  HostProfile,
  MiddleboxProfile,
  Profile,
  Schedule,
  Sourced,
} from "../model/profile.ts"
import { formatDuration } from "../model/quantity.ts"
import { type Block, type Page, type PageSection, pageMarkdown, pageText } from "./page.ts"

const places: readonly (readonly [Place, string])[] = [
  ["client", "On the client"],
  ["path", "On the path"],
  ["target", "At the target"],
]

const marks: Readonly<Record<Sourced<unknown>["mark"], string>> = {
  V: "verified",
  S: "single source",
  C: "sources conflict",
  D: "derived",
  G: "general knowledge",
}

/** One line a limit, by place. */
export function limitsText(limits: readonly Limit[], width = 100): string {
  return pageText(limitsPage(limits), width)
}

/** All about one limit, for a terminal. */
export function limitText(limit: Limit, width = 100): string {
  return pageText(limitPage(limit), width)
}

/** All about one limit; its title is a heading of that level. */
export function limitMarkdown(limit: Limit, level = 2): string {
  return pageMarkdown(limitPage(limit), level)
}

/** One line a profile: hosts, then middleboxes. */
export function profilesText(profiles: readonly Profile[], width = 100): string {
  return pageText(profilesPage(profiles), width)
}

/** All values of one profile with their sources, for a terminal. */
export function profileText(profile: Profile, width = 100): string {
  return pageText(profilePage(profile), width)
}

/** All values of one profile; its title is a heading of that level. */
export function profileMarkdown(profile: Profile, level = 2): string {
  return pageMarkdown(profilePage(profile), level)
}

/** The overview of limits: id, whether it is a pool, title. */
export function limitsPage(limits: readonly Limit[]): Page {
  const sections = places.map(([place, heading]) => {
    const rows = limits
      .filter((limit) => limit.place === place)
      .map((limit) => [limit.id, limit.isPool ? "pool" : "-", limit.title])
    return { heading, blocks: [{ kind: "table", head: ["id", "", "what"], rows } as const] }
  })
  const says =
    "A limit is a bounded pool; what is no pool is a rival that looks like one. fourtuple limits " +
    "ID says everything about one."
  return { title: "Limits", blocks: [textOf(says)], sections: sections.filter(hasRows) }
}

/** The overview of profiles. */
export function profilesPage(profiles: readonly Profile[]): Page {
  const kinds = [
    ["host", "Hosts"],
    ["middlebox", "Middleboxes"],
  ] as const
  const sections = kinds.map(([kind, heading]) => {
    const rows = profiles
      .filter((profile) => profile.kind === kind)
      .map((profile) => [profile.id, profile.title])
    return { heading, blocks: [{ kind: "table", head: ["id", "what"], rows } as const] }
  })
  const says =
    "What is known of systems and boxes, each value with its source. fourtuple profiles ID " +
    "shows one."
  return { title: "Profiles", blocks: [textOf(says)], sections: sections.filter(hasRows) }
}

function hasRows(section: PageSection): boolean {
  return section.blocks.some((block) => block.kind === "table" && block.rows.length > 0)
}

function limitPage(limit: Limit): Page {
  const facts: readonly (readonly [string, string])[] = [
    ["place", limit.isPool ? limit.place : `${limit.place}; not a pool but a rival`],
    ["counts", limit.counts],
    ["per", limit.scope],
    ["held by", limit.heldBy],
    ["also called", limit.alsoCalled.join(", ")],
  ]
  const sections: readonly PageSection[] = [
    { heading: "What the refused one sees", blocks: refusedBlocks(limit.refused) },
    { heading: "Where it is set", blocks: [namesOf(limit.settings.map(settingRow))] },
    {
      heading: "What else looks like it",
      blocks: [namesOf(limit.lookalikes.map((other) => [other.limit, other.tellApart]))],
    },
    { heading: "Ways out", blocks: limit.remedies.flatMap(remedyBlocks) },
    { heading: "Sources", blocks: [{ kind: "list", items: limit.sources }] },
  ]
  return {
    title: `${limit.id}: ${limit.title}`,
    blocks: [namesOf(facts)],
    sections: sections.filter((section) => !isEmpty(section)),
  }
}

function isEmpty({ blocks }: PageSection): boolean {
  return blocks.every((block) => block.kind === "names" && block.rows.length === 0)
}

function refusedBlocks(refused: Refused): readonly Block[] {
  const numbers = refused.netError?.map((number) => `error ${number}`)
  const rows: readonly (readonly [string, readonly string[] | undefined])[] = [
    ["errno", refused.errno],
    ["Winsock", refused.wsa],
    ["net use", numbers],
    ["events", refused.events],
    ["counters", refused.counters],
  ]
  const filled = rows.flatMap(([name, values]) =>
    values === undefined || values.length === 0 ? [] : [[name, values.join(", ")] as const],
  )
  return filled.length === 0 ? [textOf(refused.says)] : [textOf(refused.says), namesOf(filled)]
}

function settingRow(setting: LimitSetting): readonly [string, string] {
  const parts = [
    setting.system,
    ...(setting.default === undefined ? [] : [`default ${setting.default || "empty"}`]),
    ...(setting.note === undefined ? [] : [setting.note]),
  ]
  return [setting.name, `${parts.join("; ")} [${setting.source}]`]
}

function remedyBlocks(remedy: Remedy): readonly Block[] {
  const source = remedy.source === undefined ? "" : ` [${remedy.source}]`
  const price = `Price: ${remedy.price}${source}`
  const says = `${remedy.change} (${remedy.systems.join(", ")}). ${price}`
  const list: Block = { kind: "list", items: [says] }
  return remedy.commands === undefined ? [list] : [list, { kind: "code", lines: remedy.commands }]
}

function profilePage(profile: Profile): Page {
  return profile.kind === "host" ? hostPage(profile) : middleboxPage(profile)
}

function hostPage(host: HostProfile): Page {
  const { ephemeral, timeWaitIpv6Ms } = host
  const range = ephemeral && textOfSourced(ephemeral, (it) => `${it.first}-${it.last}`)
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["id", host.id],
    ["family", host.family],
    ["versions", host.versions],
    ["ephemeral ports", range],
    ["allocator", host.allocator && textOfSourced(host.allocator, String)],
    ["port sharing", host.portSharing && textOfSourced(host.portSharing, String)],
    ["TIME-WAIT", host.timeWaitMs && textOfSourced(host.timeWaitMs, formatDuration)],
    ["TIME-WAIT, IPv6", timeWaitIpv6Ms && textOfSourced(timeWaitIpv6Ms, formatDuration)],
    ["SYNs", host.synSchedule && textOfSourced(host.synSchedule, scheduleOf)],
    ["SYN-ACKs", host.synAckSchedule && textOfSourced(host.synAckSchedule, scheduleOf)],
    [
      "embryonic outbound",
      host.embryonicOutbound && textOfSourced(host.embryonicOutbound, countOf),
    ],
    ["TIME-WAIT table", host.timeWaitMax && textOfSourced(host.timeWaitMax, countOf)],
    ["control blocks", host.tcbMax && textOfSourced(host.tcbMax, countOf)],
    ["backlog", host.backlogMax && textOfSourced(host.backlogMax, countOf)],
    ["inbound sessions", host.inboundSessions && textOfSourced(host.inboundSessions, countOf)],
  ]
  const errors = Object.entries(host.errors ?? {}).map(
    ([limit, error]) => [limit, textOfSourced(error, String)] as const,
  )
  return {
    title: host.title,
    blocks: [namesOf(present(rows))],
    sections: [
      ...named("What connect() says", errors),
      ...named("Settings", settingRows(host.settings)),
      ...listed("Notes", host.notes),
    ],
  }
}

function settingRows(settings: HostProfile["settings"]): readonly (readonly [string, string])[] {
  return Object.entries(settings).map(
    ([name, value]) => [name, textOfSourced(value, (it) => String(it) || "empty")] as const,
  )
}

function scheduleOf({ retransmitSec, failSec }: Schedule): string {
  return `at ${[0, ...retransmitSec].join(", ")} s; gives up after ${failSec} s`
}

function middleboxPage(box: MiddleboxProfile): Page {
  const timers = Object.entries(box.timersSec).map(
    ([name, value]) => [name, textOfSourced(value, (it) => formatDuration(it * 1000))] as const,
  )
  const signals = box.signals.map((it) => [it.name, `${it.meaning} [${it.source}]`] as const)
  const facts: readonly (readonly [string, string])[] = [
    ["id", box.id],
    ["vendor", box.vendor],
  ]
  return {
    title: box.title,
    blocks: [namesOf(facts)],
    sections: [
      ...named("Limits", box.limits.map(boxLimitRow)),
      ...named("Timers", timers),
      ...named("Settings", settingRows(box.settings ?? {})),
      ...named("Signals", signals),
      ...listed("Notes", box.notes),
    ],
  }
}

function boxLimitRow(limit: BoxLimit): readonly [string, string] {
  const parts = present([
    ["default", limit.capacity && textOfSourced(limit.capacity, countOf)],
    ["custom", limit.custom && textOfSourced(limit.custom, countOf)],
    ["in", limit.windowSec && textOfSourced(limit.windowSec, (it) => formatDuration(it * 1000))],
    ["per", limit.per],
    ["at the limit", `${limit.atLimit} [${limit.source}]`],
  ]).map(([name, says]) => `${name} ${says}`)
  return [limit.limit, `${limit.setting}; ${parts.join("; ")}`]
}

/** The value, how sure it is, its source, and the other values where sources disagree. */
function textOfSourced<T>(sourced: Sourced<T>, format: (value: T) => string): string {
  const also = (sourced.also ?? []).map((it) => `; also ${format(it.value)} [${it.source}]`)
  const note = sourced.note === undefined ? "" : `; ${sourced.note}`
  const mark = sourced.mark === "V" ? "" : `${marks[sourced.mark]}: `
  const allowed = (sourced.allowed ?? []).map(
    (it) => `; takes ${it.least} to ${it.most} [${it.source}]`,
  )
  const value = `${format(sourced.value)}${note} [${mark}${sourced.source}]`
  return value + also.join("") + allowed.join("")
}

function countOf(value: number | null): string {
  return value === null ? "no limit" : String(value)
}

function present(
  rows: readonly (readonly [string, string | undefined])[],
): readonly (readonly [string, string])[] {
  return rows.flatMap(([name, says]) => (says === undefined ? [] : [[name, says] as const]))
}

function named(
  heading: string,
  rows: readonly (readonly [string, string])[],
): readonly PageSection[] {
  return rows.length === 0 ? [] : [{ heading, blocks: [namesOf(rows)] }]
}

function listed(heading: string, items: readonly string[]): readonly PageSection[] {
  return items.length === 0 ? [] : [{ heading, blocks: [{ kind: "list", items }] }]
}

function namesOf(rows: readonly (readonly [string, string])[]): Block {
  return { kind: "names", rows }
}

function textOf(text: string): Block {
  return { kind: "text", text }
}
