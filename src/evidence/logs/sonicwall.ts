/**
 * SonicWall's syslog: id=firewall … m=537 msg="Connection Closed" src=10.1.1.5:41832:X0 dst=…. Events by number:
 * SonicOS Log Events Reference Guide (98 opened, 537 closed, 36 TCP dropped); limits by their words.
 */
import type { Endpoint } from "../../model/fourtuple.ts"
import { readLogTime } from "../client-log-time.ts"
import type { Reader, Section, SectionContext } from "../reader.ts"
import { DeviceLog, FileMemory, memoryPerFile } from "./device-log.ts"
import { KeyValues } from "./key-values.ts"

const lineLengthMax = 8192
const names = "time fw m msg src dst proto rule natSrc".split(" ")
const field: Readonly<Record<string, number>> = Object.fromEntries(
  names.map((name, index) => [name, index]),
)

const memoryOf = memoryPerFile((file) => new FileMemory(file))

export const sonicWallReader: Reader = {
  format: "sonicwall",
  title: "SonicWall syslog",
  words: ["id=firewall", " fw=0"],
  sniff: (line) => (isSonicWall(line) ? 0.9 : 0),
  open: (context) => new SonicWallSection(context).section(),
}

function isSonicWall(line: string): boolean {
  return (
    line.length <= lineLengthMax &&
    line.includes(" fw=") &&
    line.includes(" m=") &&
    line.includes(" pri=")
  )
}

const opened: ReadonlySet<number> = new Set([98])
const closed: ReadonlySet<number> = new Set([537])
const limitWords =
  /connection (?:cache|table) (?:is )?full|(?:maximum|max) (?:number of )?(?:concurrent )?connections|connection limit(?:ation)?/i

class SonicWallSection {
  readonly #memory: FileMemory
  readonly #log: DeviceLog
  readonly #values = new KeyValues(names)

  constructor(context: SectionContext) {
    this.#memory = memoryOf(context.file)
    this.#log = new DeviceLog(context, "sonicwall", this.#memory)
  }

  section(): Section {
    return { line: (text) => this.#line(text) }
  }

  #line(line: string): boolean {
    if (!isSonicWall(line)) return false
    const values = this.#values
    values.scan(line)
    const msg = this.#text("msg")
    const id = line.indexOf("id=")
    const time = readLogTime(this.#text("time"))?.instant
    this.#log.begin(
      this.#memory.frameOfHead(line.slice(0, Math.max(0, id))),
      time,
      this.#memory.texts.word(this.#text("fw")),
    )
    const from = this.#endpoint("src")
    const to = this.#endpoint("dst")
    if (limitWords.test(msg)) {
      this.#log.event("connection-limit", msg, {
        ...(from === undefined ? {} : { from: from.address }),
        ...(to === undefined ? {} : { to: to.address }),
      })
    }
    if (from !== undefined && to !== undefined && this.#text("proto").startsWith("tcp"))
      this.#row(msg, from, to)
    return true
  }

  #row(msg: string, from: Endpoint, to: Endpoint): void {
    const number = this.#values.number(field["m"] ?? -1)
    const isDropped = /\b(?:drop|denied|deny|block|reject)/i.test(msg)
    const did = opened.has(number)
      ? "open"
      : closed.has(number)
        ? "close"
        : isDropped
          ? "deny"
          : undefined
    if (did === undefined) return
    const { texts } = this.#memory
    const rule = this.#text("rule")
    const mapped = this.#endpoint("natSrc")
    this.#log.row({
      action: texts.word(msg.toLowerCase()),
      did,
      protocol: "tcp",
      from,
      to,
      ...(did === "deny" ? { result: String(number) } : {}),
      ...(rule === "" ? {} : { rule: texts.word(rule) }),
      ...(mapped === undefined || mapped.address === from.address
        ? {}
        : { translatedFrom: mapped }),
    })
  }

  #text(name: string): string {
    return this.#values.text(field[name] ?? -1)
  }

  /** "10.1.1.5:41832:X0-V10:host" */
  #endpoint(name: string): Endpoint | undefined {
    const [host = "", port = ""] = this.#text(name).split(":", 2)
    return this.#memory.texts.endpoint(host, port)
  }
}
