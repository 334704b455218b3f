/**
 * Changes a part of a scenario file by its key, before the file is checked: "mgmt01.settings.TcpTimedWaitDelay",
 * "sweep.threads", "isa.limits.firewall-concurrent", "paths.0.delay". A key begins with one of the file's own or with
 * the name of a group, a box or an application; what is written short (listen: 445) is written out where need be.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, parseDocument, YAMLMap } from "yaml"
import { nearestNames } from "../../model/nearest.ts"
import { keyText, type ScenarioDocument } from "./document.ts"
import type { Place } from "./faults.ts"

export type Change = { readonly key: string; readonly value: number | string | boolean }

const charsMax = 10_000
const keysMost = 20
/** Keys of the top, and those of them whose keys are names. */
const tops = ["title", "seed", "for", "hosts", "middleboxes", "paths", "applications"]
const sections = ["hosts", "middleboxes"]
/** What a value alone stands for, where a mapping may be. */
const alone: Readonly<Record<string, string>> = { listen: "port", retry: "times" }
/** Their keys are names of others, which may have dots. */
const namesOfOthers = ["settings", "timers"]

/** Sets the value; what is wrong with the key, if something is. A value given as text is read as YAML. */
export function changeDocument(
  { yaml }: ScenarioDocument,
  { key, value }: Change,
): string | undefined {
  if (!isMap(yaml.contents)) return `${key}: the file has no keys`
  const parts = key.split(".")
  if (parts.length > keysMost || parts.some((part) => part === "")) {
    return `${key}: a key such as mgmt01.settings.TcpTimedWaitDelay is expected`
  }
  const place = beginning(yaml, parts)
  if (typeof place === "string") return `${key}: ${place}`
  const found = walk(yaml, place.place, place.rest)
  if (typeof found === "string") return `${key}: ${found}`
  yaml.setIn(found, yaml.createNode(typeof value === "string" ? readValue(value) : value))
  return undefined
}

function readValue(text: string): unknown {
  if (text.length > charsMax) return text
  try {
    const document = parseDocument(text, { version: "1.2", logLevel: "error" })
    return document.errors.length > 0 ? text : (document.toJS({ maxAliasCount: 0 }) ?? text)
  } catch {
    return text
  }
}

type Start = { readonly place: Place; readonly rest: readonly string[] }

/** Where the first part of a key leads. */
function beginning(yaml: Document, parts: readonly string[]): Start | string {
  const [head = "", ...rest] = parts
  const named = namedPlaces(yaml)
  if (sections.includes(head) && rest[0] !== undefined) {
    const names = named.filter(({ place }) => place[0] === head).map(({ name }) => name)
    if (!names.includes(rest[0])) return unknownName(rest[0], names)
  }
  if (tops.includes(head)) return { place: [head], rest }
  const found = named.filter(({ name }) => name === head)
  const [first] = found
  if (first === undefined) return unknownName(head, [...tops, ...named.map(({ name }) => name)])
  if (found.length === 1) return { place: first.place, rest }
  return `${head} is ${found.map(({ place }) => place.join(".")).join(" and ")}: begin with one of them`
}

function unknownName(name: string, names: readonly string[]): string {
  const near = nearestNames(name, names)
  const hint = near.length > 0 ? `did you mean ${near.join(", ")}?` : `there is ${names.join(", ")}`
  return `nothing is called ${name}; ${hint}`
}

/** Groups and boxes by their keys, applications by their names and kinds. */
function namedPlaces(yaml: Document): readonly { readonly name: string; readonly place: Place }[] {
  const keyed = sections.flatMap((section) => {
    const map = yaml.get(section)
    return isMap(map)
      ? map.items.map(({ key }) => {
          const name = keyText(key)
          return { name, place: [section, name] }
        })
      : []
  })
  const list = yaml.get("applications")
  const applications = isSeq(list) ? list.items : []
  return [
    ...keyed,
    ...applications.flatMap((item, index) => {
      if (!isMap(item)) return []
      const name = item.get("name") ?? item.get("run") ?? item.get("kind")
      return [{ name: String(name), place: ["applications", index] }]
    }),
  ]
}

/** The place of a key from `place` on, with short forms on the way written out. */
function walk(yaml: Document, start: Place, keys: readonly string[]): Place | string {
  let place = start
  let rest = keys
  while (rest.length > 0) {
    const [key = ""] = rest
    openPlace(yaml, place)
    const node = yaml.getIn(place, true)
    const last = String(place.at(-1))
    if (isSeq(node)) {
      const index = indexIn(node.items, key)
      if (typeof index === "string") return `${place.join(".")} ${index}`
      // A list of one needs no number.
      if (index.isKey) rest = rest.slice(1)
      place = [...place, index.index]
    } else if (namesOfOthers.includes(last) && place.length > 1) {
      return [...place, nameIn(node, rest.join("."))]
    } else if (isScalar(node) && node.value !== null) {
      return `${place.join(".")} is a value, and has no ${key}`
    } else {
      place = [...place, key]
      rest = rest.slice(1)
    }
  }
  return place
}

/** An alias becomes a copy, nothing an empty mapping, and a value alone what it stands for. */
function openPlace(yaml: Document, place: Place): void {
  const node = yaml.getIn(place, true)
  if (isAlias(node)) {
    const copy = node.resolve(yaml)?.clone()
    if (copy !== undefined) yaml.setIn(place, copy)
    return
  }
  if (isScalar(node) && node.value === null) yaml.setIn(place, yaml.createNode({}))
  const key = alone[String(place.at(-1))]
  const isAlone =
    (isScalar(node) && node.value !== null) || (isSeq(node) && node.items.every(isScalar))
  if (key !== undefined && isAlone) {
    const written = new YAMLMap<unknown, unknown>(yaml.schema)
    written.set(key, node)
    yaml.setIn(place, written)
  }
}

type Index = { readonly index: number; readonly isKey: boolean }

function indexIn(items: readonly unknown[], key: string): Index | string {
  if (/^\d{1,6}$/.test(key)) {
    if (Number(key) < items.length) return { index: Number(key), isKey: true }
    return `has ${items.length} entries, counted from 0`
  }
  const named = items.findIndex((item) => {
    return isMap(item) && [item.get("name"), item.get("run"), item.get("kind")].includes(key)
  })
  if (named >= 0) return { index: named, isKey: true }
  if (items.length === 1) return { index: 0, isKey: false }
  return `is a list of ${items.length}: name one by its number, from 0 on`
}

/** somaxconn and net.core.somaxconn are one setting: the name that the file has. */
function nameIn(node: unknown, name: string): string {
  if (!isMap(node)) return name
  const keys = node.items.map(({ key }) => keyText(key))
  const short = (text: string): string => text.slice(text.lastIndexOf(".") + 1)
  return keys.find((key) => key === name) ?? keys.find((key) => short(key) === short(name)) ?? name
}
