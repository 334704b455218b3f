/** Why the system would not do something. */

/** A system error as a phrase: "no permission", "not there", else its code. */
export function faultOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  if (code === "EACCES" || code === "EPERM") return "no permission"
  if (code === "ENOENT") return "not there"
  if (code === "ELOOP") return "a link that leads to itself"
  return code === "" ? String(error) : code
}
