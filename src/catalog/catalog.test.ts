/** The tables themselves: complete, unique, sourced, and no reference between them dangles. */
import assert from "node:assert/strict"
import test from "node:test"
import { LIMIT_IDS } from "../model/limit.ts"
import { BSD_LABELS, LINUX_LABELS, WINDOWS_LABELS } from "./counter-labels.ts"
import { COUNTERS } from "./counters.ts"
import { ERRORS } from "./errors.ts"
import { SYSTEM_ERROR_SENTENCES } from "./errors-system.ts"
import { EVENTS } from "./events.ts"
import { LIMITS, PLACEHOLDERS } from "./limits.ts"
import { PROFILES } from "./profiles.ts"

const ids: ReadonlySet<string> = new Set(LIMIT_IDS)
const errorNames = new Set(ERRORS.map((error) => error.name))
const eventKeys = new Set(EVENTS.map(eventKey))

/** As Refused.events writes it: "Tcpip 4226", or the bare name of a log line. */
function eventKey(event: (typeof EVENTS)[number]): string {
  return typeof event.id === "number" ? `${event.source} ${event.id}` : event.id
}

function repeated(texts: readonly string[]): readonly string[] {
  return texts.filter((text, index) => texts.indexOf(text) !== index)
}

test("every limit id has exactly one entry", () => {
  assert.deepEqual(LIMITS.map((limit) => limit.id).toSorted(), [...LIMIT_IDS].toSorted())
})

for (const limit of LIMITS) {
  test(`${limit.id}: texts, settings and remedies are complete and sourced`, () => {
    for (const text of [limit.title, limit.counts, limit.scope, limit.heldBy, limit.refused.says]) {
      assert.ok(text.trim().length > 5, text)
    }
    assert.ok(limit.sources.length > 0)
    assert.ok(limit.alsoCalled.length > 0)
    assert.ok(limit.remedies.length > 0)
    assert.ok(!limit.isPool || limit.settings.length > 0, "a pool has a capacity somewhere")
    for (const setting of limit.settings) assert.ok(setting.source.length > 2, setting.name)
    for (const remedy of limit.remedies) {
      assert.ok(remedy.systems.length > 0 && remedy.price.length > 0, remedy.change)
    }
  })

  test(`${limit.id}: lookalikes are other limits, each once, with a way to tell apart`, () => {
    const others = limit.lookalikes.map((lookalike) => lookalike.limit)
    assert.ok(others.length > 0)
    assert.deepEqual(repeated(others), [])
    for (const { limit: other, tellApart } of limit.lookalikes) {
      assert.ok(ids.has(other) && other !== limit.id, other)
      assert.ok(tellApart.length > 10, other)
    }
  })

  test(`${limit.id}: what the refused one sees is in the other tables`, () => {
    const { errno = [], wsa = [], netError = [], events = [], counters = [] } = limit.refused
    const names = [...errno, ...wsa, ...netError.map((number) => `error ${number}`)]
    assert.deepEqual(
      names.filter((name) => !errorNames.has(name)),
      [],
    )
    assert.deepEqual(
      events.filter((event) => !eventKeys.has(event)),
      [],
    )
    assert.deepEqual(
      counters.filter((name) => COUNTERS[name] === undefined),
      [],
    )
  })

  test(`${limit.id}: remedies use known placeholders only`, () => {
    const texts = limit.remedies.flatMap((remedy) => [remedy.change, ...(remedy.commands ?? [])])
    const used = texts.flatMap((text) => [...text.matchAll(/\{([a-z]+)\}/g)].map((m) => m[1] ?? ""))
    const known: readonly string[] = PLACEHOLDERS
    assert.deepEqual(
      used.filter((name) => !known.includes(name)),
      [],
    )
  })
}

test("error names are unique, sourced and said somehow", () => {
  assert.deepEqual(repeated(ERRORS.map((error) => error.name)), [])
  for (const error of ERRORS) {
    assert.ok(error.source.length > 2 && error.meaning.length > 5 && error.calls.length > 0)
    const forms = Object.keys(error.texts).length + Object.keys(error.numbers).length
    assert.ok(forms + error.aliases.length > 0, error.name)
  }
})

test("an equivalent errno is an entry of its own", () => {
  for (const { name, errno } of ERRORS) {
    if (errno !== undefined) assert.ok(errorNames.has(errno) && errno !== name, name)
  }
})

for (const numbering of [
  "linux",
  "macos",
  "freebsd",
  "winsock",
  "win32",
  "libuv",
  "eai",
] as const) {
  test(`numbers of ${numbering} are unique within a family`, () => {
    for (const family of ["errno", "resolver", "winsock", "system"] as const) {
      const entries = ERRORS.filter((error) => error.family === family)
      const numbers = entries.flatMap((error) => error.numbers[numbering] ?? [])
      assert.deepEqual(repeated(numbers.map(String)), [], family)
    }
  })
}

test("no text belongs to two errors of one speaker", () => {
  const texts = ERRORS.flatMap((error) =>
    Object.entries(error.texts).flatMap(([by, list]) => list.map((text) => `${by} ${text}`)),
  )
  assert.deepEqual(repeated(texts.map((text) => text.toLowerCase())), [])
})

test("sentences of net catch the number in every language", () => {
  const sentences: readonly (readonly [string, string])[] = [
    ["System error 53 has occurred.", "53"],
    ["Systemfehler 64 aufgetreten.", "64"],
    ["L'erreur système 1203 s'est produite.", "1203"],
    ["Error de sistema 67.", "67"],
    ["Errore di sistema 53.", "53"],
    ["Erro de sistema 71.", "71"],
    ["Wystąpił błąd systemu 53.", "53"],
    ["Системная ошибка 53.", "53"],
    ["システム エラー 53 が発生しました。", "53"],
    ["发生系统错误 53。", "53"],
  ]
  for (const [sentence, number] of sentences) {
    const found = SYSTEM_ERROR_SENTENCES.map(
      (source) => new RegExp(source, "iu").exec(sentence)?.[1],
    )
    assert.ok(found.includes(number), sentence)
  }
})

test("events are unique by source and id, sourced, and speak of known limits", () => {
  assert.deepEqual(repeated(EVENTS.map((event) => `${event.source} ${event.id}`)), [])
  for (const event of EVENTS) {
    assert.ok(event.citation.length > 2 && event.meaning.length > 5)
    assert.deepEqual(
      event.limits.filter((id) => !ids.has(id)),
      [],
    )
    if (event.text !== undefined) assert.ok(new RegExp(event.text))
    if (event.code !== undefined) assert.equal(event.code & 0xffff, event.id, event.symbol)
  }
})

test("counters are sourced and speak of known limits", () => {
  for (const [name, counter] of Object.entries(COUNTERS)) {
    assert.ok(counter.source.length > 2 && counter.meaning.length > 5, name)
    assert.deepEqual(
      counter.limits.filter((id) => !ids.has(id)),
      [],
      name,
    )
  }
})

test("labels of netstat -s lead to known counters, and none to two", () => {
  for (const labels of [WINDOWS_LABELS, LINUX_LABELS, BSD_LABELS]) {
    assert.deepEqual(
      Object.keys(labels).filter((name) => COUNTERS[name] === undefined),
      [],
    )
    const texts = Object.values(labels).flat()
    assert.deepEqual(repeated(texts.map((text) => text.toLowerCase())), [])
  }
})

test("profiles have unique ids and name known limits", () => {
  assert.deepEqual(repeated(PROFILES.map((profile) => profile.id)), [])
  for (const profile of PROFILES) {
    if (profile.kind === "host") continue
    assert.deepEqual(
      profile.limits.filter((item) => !ids.has(item.limit)),
      [],
      profile.id,
    )
  }
})
