/** Names of severities and facilities as syslog.conf(5), dmesg -x and busybox print them (RFC 5424 6.2.1). */

const levels: ReadonlyMap<string, number> = new Map([
  ...["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"].map(
    (name, level) => [name, level] as const,
  ),
  ["emergency", 0],
  ["panic", 0],
  ["critical", 2],
  ["fatal", 2],
  ["error", 3],
  ["warn", 4],
  ["informational", 6],
])

const facilities: ReadonlyMap<string, number> = new Map(
  [
    ...["kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news"],
    ...["uucp", "cron", "authpriv", "ftp", "ntp", "audit", "alert", "clock"],
    ...["local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"],
  ].map((name, facility) => [name, facility] as const),
)

/** 0 (emergency) to 7 (debug). */
export function levelOfName(name: string): number | undefined {
  return levels.get(name.toLowerCase())
}

export function facilityOfName(name: string): number | undefined {
  const lower = name.toLowerCase()
  return facilities.get(lower === "kernel" ? "kern" : lower)
}
