/** The program's own version. */
import { readFileSync } from "node:fs"

/** The version in package.json, which lies beside src/ and dist/ alike. */
export function versionOf(): string {
  const file = new URL("../../package.json", import.meta.url)
  const manifest: unknown = JSON.parse(readFileSync(file, "utf8"))
  const isManifest = typeof manifest === "object" && manifest !== null && "version" in manifest
  return isManifest ? String(manifest.version) : "unknown"
}
