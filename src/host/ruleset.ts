/**
 * The packet filter's rules with their counters: `nft list ruleset`, the only program a live
 * reading on Linux starts. Read-only, bounded in time and size, and only as root: without it the
 * answer is always refused. A child of a worker thread that moved to another network namespace
 * starts in that namespace.
 */
import { execFile } from "node:child_process"
import { accessSync, constants } from "node:fs"
import { type HostText, readSmall, threadNet } from "./text-source.ts"

const timeMaxMs = 2000
const bytesMax = 16 * 1024 * 1024
const folders = ["/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin"]

/** The ruleset, or why it cannot be told. An empty ruleset is an empty text. */
export async function nftRuleset(
  signal?: AbortSignal,
): Promise<HostText | { readonly blind: string }> {
  if (process.getuid?.() !== 0) {
    return { blind: "Packet filter rules cannot be read without root" }
  }
  const program = folders.map((folder) => `${folder}/nft`).find(isExecutable)
  if (program === undefined) {
    return { blind: "Packet filter rules cannot be read: the program nft is not installed" }
  }
  const options = { timeout: timeMaxMs, maxBuffer: bytesMax, ...(signal ? { signal } : {}) }
  return await new Promise((resolve) => {
    execFile(program, ["list", "ruleset"], options, (error, stdout, stderr) => {
      if (error === null) {
        resolve({ name: "nft-ruleset.txt", source: "nft list ruleset", text: stdout })
        return
      }
      const why = error.killed ? `no answer in ${timeMaxMs} ms` : firstLine(stderr || error.message)
      resolve({ blind: `Packet filter rules cannot be read: ${why}` })
    })
  })
}

/** Says when the older iptables has rules that nft does not list. */
export function legacyTablesBlind(): string | undefined {
  const names = ["ip_tables_names", "ip6_tables_names"].flatMap((file) =>
    (readSmall(`${threadNet}/${file}`) ?? "").split("\n").filter((name) => name !== ""),
  )
  if (names.length === 0) return undefined
  const tables = [...new Set(names)].join(", ")
  return `Tables of legacy iptables are loaded (${tables}): see iptables-save -c, not read here`
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? text
}
