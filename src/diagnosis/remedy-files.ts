/**
 * Files of a remedy, made from its commands: what `reg add` would set as a registry file, what `sysctl -w` would set
 * as a file of /etc/sysctl.d. REGEDIT4 is read by every Windows since NT 4.0; version 5.00 only since 2000.
 */
import type { RemedyFile } from "../model/diagnosis.ts"
import type { LimitId } from "../model/limit.ts"

const registryCommand =
  /^reg add "?(HKLM|HKCU)\\([^"]+?)"? \/v (\S+) \/t REG_DWORD \/d (0x[0-9a-f]+|\d+)(?: \/f)?$/i
const sysctlCommand = /^sysctl -w ([a-z][\w./-]+)=('[^']*'|\S+)(?:\s+#.*)?$/

const roots: Readonly<Record<string, string>> = {
  HKLM: "HKEY_LOCAL_MACHINE",
  HKCU: "HKEY_CURRENT_USER",
}

/** The files that carry out these commands; none where nothing in them is a registry value or a sysctl. */
export function filesOf(id: LimitId, commands: readonly string[]): readonly RemedyFile[] {
  return [...registryFile(id, commands), ...sysctlFile(id, commands)]
}

function registryFile(id: LimitId, commands: readonly string[]): readonly RemedyFile[] {
  const keys = new Map<string, string[]>()
  for (const command of commands) {
    const [, root = "", path = "", name = "", value = ""] = registryCommand.exec(command) ?? []
    if (name === "") continue
    const key = `${roots[root.toUpperCase()]}\\${path}`
    const line = `"${name}"=dword:${Number(value).toString(16).padStart(8, "0")}`
    keys.set(key, [...(keys.get(key) ?? []), line])
  }
  if (keys.size === 0) return []
  const parts = [...keys].flatMap(([key, lines]) => [`[${key}]`, ...lines, ""])
  const content = ["REGEDIT4", "", ...parts].join("\r\n")
  return [{ name: `fourtuple-${id}.reg`, content }]
}

function sysctlFile(id: LimitId, commands: readonly string[]): readonly RemedyFile[] {
  const lines = commands.flatMap((command) => {
    const [, name = "", value = ""] = sysctlCommand.exec(command) ?? []
    return name === "" ? [] : [`${name} = ${value.replaceAll("'", "")}`]
  })
  if (lines.length === 0) return []
  return [{ name: `90-fourtuple-${id}.conf`, content: `${lines.join("\n")}\n` }]
}
