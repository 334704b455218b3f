/**
 * MikroTik RouterOS: rows of firewall rules with log=yes, "forward: in:ether2 out:ether1, … proto TCP (SYN),
 * 10.1.1.5:41832->198.51.100.7:443, len 60". The row says that a rule matched; its prefix tells what the rule does.
 * Form: RouterOS documentation, firewall logging.
 */
import type { Reader, Section, SectionContext } from "../reader.ts"
import { DeviceLog, FileMemory, memoryPerFile } from "./device-log.ts"
import { frameOf } from "./syslog-frame.ts"

const lineLengthMax = 2048

const memoryOf = memoryPerFile((file) => new FileMemory(file))

export const mikrotikReader: Reader = {
  format: "mikrotik",
  title: "MikroTik firewall log",
  words: [", proto tcp", " proto tcp"],
  sniff: (line) => (rowIn(line) === undefined ? 0 : 0.85),
  open: (context) => new MikrotikSection(context).section(),
}

/** Prefix, chain, flags, endpoints and, behind "NAT", the translated ones. */
const row =
  /(?:^|[ ,>])((?:[\w .-]{0,60} )?)(forward|input|output|prerouting|postrouting|srcnat|dstnat): in:\S{1,64} out:\S{1,64}?,? .{0,200}?proto TCP \(([A-Z,]*)\), \[?([\w.:]{3,45}?)\]?:(\d{1,5})->\[?([\w.:]{3,45}?)\]?:(\d{1,5})(?:, NAT \(?\[?([\w.:]{3,45}?)\]?:(\d{1,5})->\[?([\w.:]{3,45}?)\]?:(\d{1,5}))?/

function rowIn(line: string): RegExpExecArray | undefined {
  if (line.length > lineLengthMax || !line.includes(" proto TCP (") || !line.includes(": in:"))
    return undefined
  return row.exec(line) ?? undefined
}

class MikrotikSection {
  readonly #memory: FileMemory
  readonly #log: DeviceLog

  constructor(context: SectionContext) {
    this.#memory = memoryOf(context.file)
    this.#log = new DeviceLog(context, "mikrotik", this.#memory)
  }

  section(): Section {
    return { line: (text) => this.#line(text) }
  }

  #line(line: string): boolean {
    const frame = frameOf(line)
    const match = rowIn(frame.message) ?? rowIn(line)
    if (match === undefined) return false
    const [
      ,
      prefix = "",
      chain = "",
      flags = "",
      from = "",
      fromPort,
      to = "",
      toPort,
      natFrom = "",
      natPort,
    ] = match
    const { texts } = this.#memory
    const source = texts.endpoint(from, fromPort)
    const target = texts.endpoint(to, toPort)
    if (source === undefined || target === undefined) return true
    const words = prefix.replace(/^(?:info|warning|error|debug) /, "").trim()
    const isDenied = /drop|den(?:y|ied)|block|reject|limit|invalid/i.test(words)
    const mapped = texts.endpoint(natFrom, natPort)
    const isMapped = mapped !== undefined && mapped.address !== source.address
    this.#log.begin(frame)
    this.#log.row({
      action: isDenied ? "drop" : "log",
      ...(isDenied ? { did: "deny" as const } : {}),
      protocol: "tcp",
      result: texts.word(flags.replaceAll(",", " ")),
      from: source,
      to: target,
      rule: texts.word(words === "" ? chain : `${words} ${chain}`),
      ...(isMapped ? { translatedFrom: mapped } : {}),
    })
    return true
  }
}
