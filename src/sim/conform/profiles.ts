/**
 * The names by which a case calls a stack: a document ("rfc9293"), a system, a version ("linux<6.5"), one with a switch
 * set ("linux:rfc1337=1"), or a profile of the catalogue ("2003-sp1").
 */
import { HOST_PROFILES, MIDDLEBOX_PROFILES } from "../../catalog/profiles.ts"
import type { HostProfile, MiddleboxProfile } from "../../model/profile.ts"
import { Refusal } from "../../model/refusal.ts"
import type { Settings } from "../settings.ts"
import type { TcpRules } from "../tcp/rules.ts"
import { DOCUMENT_RULES, RFC9293 } from "../tcp/rules-documents.ts"
import { rulesOf, sysctlRules } from "../tcp/rules-of.ts"
import { STACK_RULES } from "../tcp/rules-stacks.ts"
import type { ConformCase } from "./case.ts"

export type Subject = {
  readonly name: string
  readonly rules: TcpRules
  /** Of the catalogue, where it is a system. */
  readonly host?: HostProfile
  readonly box?: MiddleboxProfile
}

/** Names of cases for profiles of the catalogue. */
const hosts: Readonly<Record<string, string>> = {
  linux: "linux-6.18",
  freebsd: "freebsd",
  macos: "macos",
  windowsnt: "nt-4.0",
  windows2000: "win2000",
  windowsxp: "xp-sp1",
  windowsxpsp2: "xp-sp2",
  windows2003: "2003-rtm",
  windows2003sp1: "2003-sp1",
  windows: "2003-sp2",
  "windows:maxfreetcbs": "nt-4.0",
  lanman21: "lanman-2.1",
  lanman22: "lanman-2.2",
}

const boxes: Readonly<Record<string, string>> = { isa2006: "isa-2006", isa2004: "isa-2004" }

const versioned = /^linux\s*(<=?|>=?|=)\s*(\d+)\.(\d+)$/

/** What a name stands for; a Refusal where nobody knows it. */
export function subjectOf(name: string): Subject {
  const key = name.toLowerCase()
  const stack = [...DOCUMENT_RULES, ...STACK_RULES].find(({ id }) => id === key)
  if (stack !== undefined) return { name, rules: stack, ...hostOf(key.split(":")[0] ?? "") }
  const box = MIDDLEBOX_PROFILES.find(({ id }) => id === (boxes[key] ?? key))
  if (box !== undefined) return { name, rules: RFC9293, box }
  const version = versioned.exec(key)
  const host =
    version === null ? hostProfile(hosts[key] ?? key) : linuxOf(version[1] ?? "", version)
  if (host !== undefined) return { name, host, rules: rulesFor(key, host) }
  const [system, setting] = key.split(":")
  const [setName, value] = setting?.split("=") ?? []
  if (system !== undefined && setName !== undefined && value !== undefined) {
    return switched(name, system, setName, value)
  }
  throw new Refusal(
    "bad-usage",
    `Cannot find profile ${name}`,
    "Give a document such as rfc9293, a system such as linux, freebsd or windows2003, or an id of `fourtuple profiles`",
  )
}

function rulesFor(key: string, host: HostProfile): TcpRules {
  const rules = rulesOf(host)
  return key === "windows:maxfreetcbs" ? { ...rules, tcbsRecycleTimeWait: true } : rules
}

/** "linux:tcp_abort_on_overflow=1" */
function switched(name: string, system: string, setting: string, value: string): Subject {
  const base = subjectOf(system)
  const full = setting.startsWith("tcp_") ? setting : `tcp_${setting}`
  const rules = { ...base.rules, ...sysctlRules({ [`net.ipv4.${full}`]: value }, base.rules) }
  return { ...base, name, rules }
}

function hostOf(key: string): { readonly host?: HostProfile } {
  const host = hostProfile(hosts[key] ?? key)
  return host === undefined ? {} : { host }
}

function hostProfile(id: string): HostProfile | undefined {
  return HOST_PROFILES.find((profile) => profile.id === id)
}

/** The newest profile that a range of versions includes, or the last before it. */
function linuxOf(sign: string, version: RegExpExecArray): HostProfile | undefined {
  const release = Number(version[2]) * 1000 + Number(version[3])
  const ordered = HOST_PROFILES.filter(({ family }) => family === "linux")
  const firstOf = (profile: HostProfile): number => {
    const match = />= (\d+)\.(\d+)/.exec(profile.versions)
    return match === null ? 0 : Number(match[1]) * 1000 + Number(match[2])
  }
  if (sign === "<") return ordered.findLast((profile) => firstOf(profile) < release)
  if (sign === ">=" || sign === ">") return ordered.at(-1)
  return ordered.findLast((profile) => firstOf(profile) <= release)
}

/** Settings that only cases about local ports heed. */
const portSetting = /^net\.ipv4\.(tcp_tw_reuse|ip_local_)/

/** The subject with what the case's `sysctl` sets; a Refusal for what its system does not have or the model not heed. */
export function withSettings(subject: Subject, { id, given }: ConformCase): Subject {
  const sysctl = (given["sysctl"] ?? {}) as Settings
  const { host } = subject
  let { rules } = subject
  for (const [key, value] of Object.entries(sysctl)) {
    const name = key.includes(".") || !key.startsWith("tcp_") ? key : `net.ipv4.${key}`
    const usual = host?.settings[name]?.value
    const changed = changedRules(subject, { [name]: value })
    const isHeeded = Object.keys(changed).length > 0 || portSetting.test(name)
    if (!isHeeded && String(usual) !== String(value)) {
      const isKnown = host !== undefined && Object.hasOwn(host.settings, name)
      throw new Refusal(
        "unsupported-format",
        `Cannot run case ${id} for ${subject.name}: ${isKnown ? "the model does not heed" : "it has no setting"} ${key}`,
        "See `fourtuple profiles` for what a system has",
      )
    }
    rules = { ...rules, ...changed }
  }
  return { ...subject, rules }
}

/** What a setting changes; what it does not keeps what the subject has, which may be more than its host's. */
function changedRules({ host, rules }: Subject, settings: Settings): Partial<TcpRules> {
  const usual: TcpRules = host === undefined ? rules : rulesOf(host)
  const set =
    host === undefined ? { ...rules, ...sysctlRules(settings, rules) } : rulesOf(host, settings)
  const before = new Map<string, unknown>(Object.entries(usual))
  const changed = Object.entries(set).filter(
    ([key, value]) => JSON.stringify(before.get(key)) !== JSON.stringify(value),
  )
  return Object.fromEntries(changed)
}
