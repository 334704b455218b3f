/**
 * What stands after the state in a netstat table of Linux (user, inode, program, timer) or of a BSD
 * (buffer sizes, bytes, process). Which columns there are is read from the header; without one they
 * are told by their look. Linux after net-tools' netstat.c, macOS after captures of netstat -anv
 * from 10.9 to 26.
 */
import type { SocketObservation } from "../model/observation.ts"

/** The columns a header announces after the state. */
export type ExtraColumns = {
  readonly hasUser: boolean
  readonly hasProgram: boolean
  readonly hasTimer: boolean
  /**
   * BSD: index of the pid or process:pid column among those after the state; -1 when there is none.
   */
  readonly processIndex: number
}

/** No column after the state. */
export const noExtraColumns: ExtraColumns = {
  hasUser: false,
  hasProgram: false,
  hasTimer: false,
  processIndex: -1,
}

type Extras = Partial<
  Pick<SocketObservation, "pid" | "process" | "uid" | "timer" | "expiresMs" | "retransmits">
>

/** The columns a header line announces. */
export function extraColumnsOf(header: string): ExtraColumns {
  const lower = header.toLowerCase()
  const stateAt = lower.search(/\(state\)|\bstate\b/)
  const after = (stateAt < 0 ? "" : lower.slice(stateAt)).split(/\s+/).slice(1)
  return {
    hasUser: /\binode\b/.test(lower) || /\bi-(node|uzel)\b/.test(lower),
    hasProgram: /pid\/program|pid\/\S/.test(lower),
    hasTimer: /\b(timer|temporizador)\b/.test(lower),
    processIndex: after.findIndex((word) => word === "pid" || word === "process:pid"),
  }
}

/** Reads the columns after the state of a Linux row. */
export function linuxExtras(rest: string, columns: ExtraColumns): Extras {
  const extras: Writable<Extras> = {}
  let text = rest.trim()
  if (text.endsWith(")")) text = takeTimer(text, extras)
  if (columns.hasUser) {
    const match = /^(\S+)\s+(\d+)\s*/.exec(text)
    if (match !== null) {
      if (/^\d+$/.test(match[1] ?? "")) extras.uid = Number(match[1])
      text = text.slice(match[0].length)
    }
  }
  const program = /^(\d+)\/(.*)$/.exec(text)
  if (program !== null) {
    extras.pid = Number(program[1])
    const name = programOf(program[2] ?? "")
    if (name !== "") extras.process = name
  }
  return extras
}

/** "sshd: root@pts/0" is the program sshd showing its own title. */
export function programOf(title: string): string {
  return title.trim().replace(/:(\s.*)?$/, "")
}

const timers: ReadonlyMap<string, NonNullable<SocketObservation["timer"]>> = new Map([
  ["on", "on"],
  ["ein", "on"],
  ["em", "on"],
  ["オン", "on"],
  ["encendido", "on"],
  ["打开", "on"],
  ["keepalive", "keepalive"],
  ["キープアライブ", "keepalive"],
  ["timewait", "timewait"],
  ["時間待ち", "timewait"],
  ["等待", "timewait"],
  ["probe", "persist"],
  ["off", "off"],
  ["aus", "off"],
  ["vyp", "off"],
  ["desligado", "off"],
  ["オフ", "off"],
  ["apagado", "off"],
  ["关闭", "off"],
])

/** "timewait (41.02/0/0)" at the end of a row; returns what stands before it. */
function takeTimer(text: string, extras: Writable<Extras>): string {
  const match = /(?:^|\s)(\S+) \(+([\d.]+)\/(\d+)(?:\/\d+)?\)$/.exec(text)
  if (match === null) return text
  const timer = timers.get((match[1] ?? "").toLowerCase())
  if (timer !== undefined) {
    extras.timer = timer
    const expiresMs = Math.round(Number(match[2]) * 1000)
    if (timer !== "off" && Number.isFinite(expiresMs)) extras.expiresMs = expiresMs
    if (timer === "on" || timer === "keepalive" || timer === "persist") {
      extras.retransmits = Number(match[3])
    }
  }
  return text.slice(0, match.index).trim()
}

/** Reads the process of a macOS or FreeBSD row, by the header's place for it. */
export function bsdExtras(rest: string, columns: ExtraColumns): Extras {
  if (columns.processIndex < 0) return {}
  // process:pid may hold blanks: "Google Chrome He:35474". It is the only word with a colon.
  const named = /^((?:-?\d+\s+)*)(\S.*?|):(\d+)(?=\s|$)/.exec(rest)
  if (named !== null) {
    const process = (named[2] ?? "").trim()
    const pid = Number(named[3])
    return process === "" ? { pid } : { pid, process }
  }
  const pid = rest.trim().split(/\s+/)[columns.processIndex]
  return pid !== undefined && /^\d{1,7}$/.test(pid) ? { pid: Number(pid) } : {}
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }
