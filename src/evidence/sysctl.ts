/**
 * `sysctl -a` and sysctl.d files: "key = value" of Linux (procps, busybox), "key: value" of the
 * BSDs and macOS, "key=value" and slashes in files. One setting observation a line, under the
 * sysctl name.
 */
import type { Reader, Section, SectionContext } from "./reader.ts"
import { parseShellLine } from "./shell-line.ts"
import { emitSysctl } from "./sysctl-value.ts"

const linuxLine =
  /^-?\s?((?:net|fs|kernel|vm|user|dev|debug|abi|crypto|sunrpc)(?:[./][\w.:@/*+-]+))\s*=\s*(.*)$/
const bsdLine = new RegExp(
  [
    "^((?:net|kern|vm|hw|machdep|vfs|security|debug|user|dev|kstat|compat|p1003_1b|ddb)",
    String.raw`\.[\w.%:-]*[\w%])\s*[:=]\s?(.*)$`,
  ].join(""),
)

/**
 * Names whose values say something here; the rest of `sysctl -a` is thousands of lines of other
 * matters.
 */
const relevant = new RegExp(
  [
    String.raw`^(?:net\.|fs\.(?:file-|nr_open|inode-nr|epoll|inotify|aio)|`,
    String.raw`vm\.(?:max_map_count|overcommit_memory|min_free_kbytes|swappiness)|`,
    String.raw`kernel\.(?:pid_max|threads-max|osrelease|ostype|hostname|version)|`,
    String.raw`kern\.(?:ipc\.|maxfiles|maxproc|openfiles|num_files|maxvnodes|hostname|osrelease|ostype|`,
    String.raw`osproductversion|somaxconn)|hw\.(?:memsize|physmem|ncpu))`,
  ].join(""),
)

export const sysctlReader: Reader = {
  format: "sysctl",
  title: "Kernel settings listed by sysctl",
  begins: "-abcdefghijklmnopqrstuvwxyz",
  sniff: (line) => {
    const code = line.charCodeAt(0)
    if ((code < 97 || code > 122) && code !== 45) return 0
    if (linuxLine.test(line.slice(0, 400))) return 0.9
    return bsdLine.test(line.slice(0, 400)) ? 0.85 : 0
  },
  open: (context) => new SysctlSection(context),
}

class SysctlSection implements Section {
  readonly #context: SectionContext
  #system = ""
  #release = ""
  #product = ""
  #isLinux = false

  constructor(context: SectionContext) {
    this.#context = context
  }

  line(text: string): boolean {
    const match = linuxLine.exec(text) ?? bsdLine.exec(text)
    if (match !== null) {
      this.#take(match[1] ?? "", match[2] ?? "")
      return true
    }
    const first = text.charCodeAt(0)
    if (text.trim() === "" || first === 59) return true
    if (first === 35) return parseShellLine(text) === undefined
    // Continued values of the BSDs, and what sysctl says of keys it may not read.
    return first <= 32 || /^(?:sysctl|error|warning)\b/.test(text)
  }

  end(): void {
    if (this.#system === "" && this.#isLinux) this.#system = "linux"
    if (this.#system === "") return
    if (this.#system === "Darwin") {
      this.#context.mark({ system: `macos ${this.#product}`.trim() })
      return
    }
    this.#context.mark({ system: `${this.#system} ${this.#release}`.trim().toLowerCase() })
  }

  #take(rawName: string, value: string): void {
    // In a file the separator may be a slash, and then dots belong to interface names.
    const slash = rawName.indexOf("/")
    const dot = rawName.indexOf(".")
    const isSlashed = slash > 0 && (dot < 0 || slash < dot)
    const swap: Readonly<Record<string, string>> = { "/": ".", ".": "/" }
    const name = isSlashed ? rawName.replace(/[/.]/g, (c) => swap[c] ?? c) : rawName
    this.#identify(name, value.trim())
    if (/^(?:net\.(?:ipv[46]|core|netfilter)|fs\.(?:file|nr_open))/.test(name)) this.#isLinux = true
    if (relevant.test(name)) emitSysctl(this.#context, name, value)
  }

  #identify(name: string, value: string): void {
    if (name === "kernel.hostname" || name === "kern.hostname") {
      if (value !== "" && value !== "(none)") this.#context.mark({ host: value })
    } else if (name === "kernel.ostype" || name === "kern.ostype") this.#system = value
    else if (name === "kernel.osrelease" || name === "kern.osrelease") {
      this.#release = value
      if (this.#system === "" && name.startsWith("kernel")) this.#system = "linux"
    } else if (name === "kern.osproductversion") {
      this.#product = value
    }
  }
}
