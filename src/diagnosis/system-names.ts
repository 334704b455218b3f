/** Systems by the names people write: evidence says "windows 5.2" where only a family and a version are known. */

const names: Readonly<Record<string, string>> = {
  windows: "Windows",
  linux: "Linux",
  macos: "macOS",
  freebsd: "FreeBSD",
  "lan-manager": "LAN Manager",
}

/** "windows 5.2" → "Windows 5.2"; words of no known family stay as they are. */
export function systemName(words: string): string {
  const [family = ""] = words.split(" ", 1)
  const name = names[family]
  return name === undefined ? words : name + words.slice(family.length)
}
