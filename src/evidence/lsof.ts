/**
 * lsof -i on Linux, macOS and the BSDs, with or without -n, -P and -T, and its output for programs
 * (-F). A socket that several processes or descriptors share is listed once for each; it is one
 * socket, so the first row stands.
 */
import type { SocketObservation } from "../model/observation.ts"
import { isServiceUnknown, parseEndpointText } from "./endpoint-texts.ts"
import { stateOfWord } from "./netstat-states.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"
import { TableTally } from "./table-tally.ts"

const header = /^COMMAND\s+PID\b.*\bTYPE\s+DEVICE\s+SIZE\S*\s+NODE\s+NAME/
const row =
  /^(\S+)\s+(\d+)\s+(.*?\s)IPv[46]\s+(\S+)\s+(?:\S+\s+)?(TCP|UDP)\s+(\S+)(?:\s+\((.*)\))?\s*$/
/** Sockets remembered to tell shared ones; a larger listing is not tidied beyond this. */
const rememberedMax = 200_000

export const lsofReader: Reader = {
  format: "lsof",
  title: "Open network files (lsof -i)",
  sniff: (line) => {
    if (line.startsWith("COMMAND")) return header.test(line) ? 0.95 : 0
    return (line.includes("IPv4") || line.includes("IPv6")) && rowOf(line) !== null ? 0.85 : 0
  },
  open: (context) => new LsofTable(context),
}

/** No row is longer: a name of 255 bytes, a user, a path of the command. */
const rowLengthMax = 4096

function rowOf(line: string): RegExpExecArray | null {
  return line.length > rowLengthMax ? null : row.exec(line)
}

/** What one row or one set of fields says. */
type Entry = {
  readonly process: string
  readonly pid: number
  readonly uid?: number
  readonly protocol: string
  /** "10.0.0.5:52311->10.0.0.9:22", "*:http". */
  readonly name: string
  /** State, and with -T queue sizes: "ESTABLISHED QR=0 QS=0". */
  readonly info: string
  /** Tells sockets of one name apart. */
  readonly device: string
}

class Entries {
  readonly #context: SectionContext
  readonly #tally: TableTally
  readonly #seen = new Set<string>()

  constructor(context: SectionContext) {
    this.#context = context
    this.#tally = new TableTally(context)
    this.#tally.announced()
  }

  emit(entry: Entry, line: number): void {
    const key = `${entry.device} ${entry.protocol} ${entry.name}`
    if (entry.device !== "" && this.#seen.has(key)) return
    if (this.#seen.size < rememberedMax) this.#seen.add(key)
    const [near = "", far = "*:*"] = entry.name.split("->")
    const local = parseEndpointText(near, ":")
    const remote = parseEndpointText(far, ":")
    if (local === undefined || remote === undefined) {
      this.#context.odd(
        "row-malformed",
        `The name is not readable: "${entry.name.slice(0, 80)}"`,
        line,
      )
      return
    }
    if (isServiceUnknown(local)) this.#tally.serviceUnknown(local.service ?? "", line)
    if (isServiceUnknown(remote)) this.#tally.serviceUnknown(remote.service ?? "", line)
    const isTcp = entry.protocol === "TCP"
    const word = isTcp ? (/^[A-Z][A-Z_0-9]+/.exec(entry.info)?.[0] ?? "") : ""
    const state = word === "" || /^Q[RS]$/.test(word) ? undefined : stateOfWord(word)
    if (word !== "" && state === undefined && !/^Q[RS]$/.test(word)) {
      this.#tally.stateUnknown(word, undefined, line)
    }
    const socket: SocketObservation = {
      kind: "socket",
      protocol: isTcp ? "tcp" : "udp",
      ...(state === undefined ? {} : { state }),
      local,
      remote,
      pid: entry.pid,
      process: entry.process.replaceAll("\\x20", " "),
      ...(entry.uid === undefined ? {} : { uid: entry.uid }),
      ...queueOf(entry.info, "receiveQueue", /\bQR=(\d+)/),
      ...queueOf(entry.info, "sendQueue", /\bQS=(\d+)/),
      at: this.#context.here(line),
    }
    this.#tally.emit(socket)
  }

  end(): void {
    this.#tally.end()
  }
}

function queueOf(
  info: string,
  name: "receiveQueue" | "sendQueue",
  pattern: RegExp,
): Partial<Record<"receiveQueue" | "sendQueue", number>> {
  const match = pattern.exec(info)
  return match === null ? {} : { [name]: Number(match[1]) }
}

class LsofTable implements Section {
  readonly #context: SectionContext
  readonly #entries: Entries
  #headers = 0
  #userAt = -1

  constructor(context: SectionContext) {
    this.#context = context
    this.#entries = new Entries(context)
  }

  line(text: string): boolean {
    if (header.test(text)) {
      this.#userAt = text.split(/\s+/).indexOf("USER") - 2
      return ++this.#headers === 1
    }
    const match = rowOf(text)
    if (match === null) {
      // Files that are no sockets, when lsof ran without -i.
      return text.trim() !== "" && this.#headers > 0 && /^\S+\s+\d+\s/.test(text)
    }
    const [
      ,
      process = "",
      pid = "",
      middle = "",
      device = "",
      protocol = "",
      name = "",
      info = "",
    ] = match
    const user = middle.trim().split(/\s+/)[Math.max(0, this.#userAt)] ?? ""
    const uid = this.#userAt >= 0 && /^\d+$/.test(user) ? { uid: Number(user) } : {}
    const entry = { process, pid: Number(pid), ...uid, protocol, name, info, device }
    this.#entries.emit(entry, this.#context.lineNumber())
    return true
  }

  end(): void {
    this.#entries.end()
  }
}

const field = /^[a-zA-Z]\S/

export const lsofFieldsReader: Reader = {
  format: "lsof-fields",
  title: "Open network files (lsof -F)",
  begins: "p",
  sniff: (line, ahead) => {
    if (!/^p\d{1,10}$/.test(line)) return 0
    if (!ahead.slice(0, 1).every((next) => /^[cfgRLu]\S/.test(next))) return 0
    return ahead.some((next) => /^(n(\[|\*:|[\w.-]+:)|P(TCP|UDP)$)/.test(next)) ? 0.8 : 0
  },
  open: (context) => new LsofFields(context),
}

class LsofFields implements Section {
  readonly #context: SectionContext
  readonly #entries: Entries
  #pid = 0
  #process = ""
  #file: { line: number; protocol: string; name: string; info: string; device: string } | undefined

  constructor(context: SectionContext) {
    this.#context = context
    this.#entries = new Entries(context)
  }

  line(text: string): boolean {
    if (!field.test(text)) return false
    const value = text.slice(1)
    switch (text.charAt(0)) {
      case "p":
        if (!/^\d{1,10}$/.test(value)) return false
        this.#flush()
        this.#pid = Number(value)
        this.#process = ""
        break
      case "c":
        this.#process = value
        break
      case "f":
        this.#flush()
        this.#file = {
          line: this.#context.lineNumber(),
          protocol: "",
          name: "",
          info: "",
          device: "",
        }
        break
      default:
        this.#fileField(text.charAt(0), value)
    }
    return true
  }

  end(): void {
    this.#flush()
    this.#entries.end()
  }

  #fileField(letter: string, value: string): void {
    this.#file ??= {
      line: this.#context.lineNumber(),
      protocol: "",
      name: "",
      info: "",
      device: "",
    }
    const file = this.#file
    if (letter === "P") file.protocol = value
    else if (letter === "n") file.name = value
    else if (letter === "d") file.device = value
    else if (letter === "T") file.info = `${file.info} ${value.replace(/^ST=/, "")}`.trim()
  }

  #flush(): void {
    const file = this.#file
    this.#file = undefined
    // Without -FP the protocol is not told; who asks so asks for TCP.
    if (file === undefined || !/:(\d+|[\w-]+|\*)(->|$)/.test(file.name) || file.name.includes("/"))
      return
    const protocol = file.protocol === "" ? "TCP" : file.protocol
    const { line, name, info, device } = file
    this.#entries.emit(
      { pid: this.#pid, process: this.#process, protocol, name, info, device },
      line,
    )
  }
}
