/**
 * The /proc/sys tree: a file whose path or name is the name of the setting, "path:value" lines as
 * `grep . …` prints them, "path = value" of loops. Follows Documentation/networking/ip-sysctl.rst
 * for names.
 */
import type { FileHint, Reader, Section, SectionContext } from "./reader.ts"
import { emitSysctl, sysctlNameOfPath } from "./sysctl-value.ts"

/** Files people save by their last name only. */
const loneNames: Readonly<Record<string, string>> = {
  ip_local_port_range: "net.ipv4",
  ip_local_reserved_ports: "net.ipv4",
  tcp_tw_reuse: "net.ipv4",
  tcp_tw_recycle: "net.ipv4",
  tcp_fin_timeout: "net.ipv4",
  tcp_timestamps: "net.ipv4",
  tcp_max_tw_buckets: "net.ipv4",
  tcp_max_syn_backlog: "net.ipv4",
  tcp_max_orphans: "net.ipv4",
  tcp_syncookies: "net.ipv4",
  tcp_syn_retries: "net.ipv4",
  tcp_synack_retries: "net.ipv4",
  tcp_abort_on_overflow: "net.ipv4",
  tcp_mem: "net.ipv4",
  somaxconn: "net.core",
  netdev_max_backlog: "net.core",
  nf_conntrack_max: "net.netfilter",
  nf_conntrack_count: "net.netfilter",
  nf_conntrack_buckets: "net.netfilter",
  ip_conntrack_max: "net.ipv4",
  "file-nr": "fs",
  "file-max": "fs",
  nr_open: "fs",
}

const pathLine = /^(\/proc\/sys\/[\w.:@/-]+?)\s*[:=\s]\s*(.*)$/

export const procSysReader: Reader = {
  format: "proc-sys",
  title: "Kernel settings of /proc/sys",
  sniff: (line, _ahead, file) => {
    if (line.startsWith("/proc/sys/") && pathLine.test(line.slice(0, 300))) return 0.95
    return nameOfFile(file) !== undefined && /^[\w\s.,:-]+$/.test(line.slice(0, 300)) ? 0.9 : 0
  },
  open: (context) => new ProcSysSection(context),
}

/** The answer given last: it is asked for each line of a file. */
let last: { readonly file: FileHint; readonly name: string | undefined } | undefined

function nameOfFile(file: FileHint): string | undefined {
  if (last?.file !== file) last = { file, name: nameFrom(file) }
  return last.name
}

function nameFrom(file: FileHint): string | undefined {
  const byPath = sysctlNameOfPath(file.path)
  if (byPath !== undefined) return byPath
  const name = file.name.replace(/\.(?:txt|log|out)$/, "")
  if (/^(?:net|fs)\.[\w.-]+$/.test(name) && name.split(".").length > 1) return name
  const lone = name.replace(/^(?:proc[-_.])?(?:sys[-_.])?(?:net[-_.])?(?:ipv4[-_.])?/, "")
  const folder = loneNames[lone] ?? loneNames[name]
  return folder === undefined
    ? undefined
    : `${folder}.${loneNames[lone] === undefined ? name : lone}`
}

class ProcSysSection implements Section {
  readonly #context: SectionContext
  readonly #name: string | undefined
  #taken = false

  constructor(context: SectionContext) {
    this.#context = context
    this.#name = nameOfFile(context.file)
  }

  line(text: string): boolean {
    if (text.trim() === "") return true
    if (text.startsWith("/proc/sys/")) {
      const match = pathLine.exec(text)
      const name = sysctlNameOfPath(match?.[1] ?? "")
      if (name === undefined) return false
      emitSysctl(this.#context, name, match?.[2] ?? "")
      return true
    }
    if (this.#name === undefined || this.#taken) return false
    this.#taken = true
    emitSysctl(this.#context, this.#name, text)
    return true
  }

  end(): void {
    this.#context.mark({ system: "linux" })
  }
}
