/**
 * The management program's attempts as people would have them: a plain text log, and the transcript of the
 * batch of `net use` lines that seed 001 tells one to run.
 */
import { readFileSync } from "node:fs"
import type { SweepAttempt } from "./sweep-client.ts"

/** The attempts of the sweep client, in order of their ends. */
export function readAttempts(path: string): readonly SweepAttempt[] {
  const lines = readFileSync(path, "utf8").split("\n")
  return lines.filter((line) => line.startsWith("{") && line.endsWith("}")).map(parse)
}

function parse(line: string): SweepAttempt {
  return JSON.parse(line)
}

const words: Readonly<Record<string, string>> = {
  ETIMEDOUT: "connection timed out",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset by peer",
  EHOSTUNREACH: "no route to host",
}

/** "2026-11-21T00:20:54.125Z WARN connect 172.29.2.109:445 failed after 9000 ms: ETIMEDOUT (…)" */
export function textLog(attempts: readonly SweepAttempt[]): string {
  const lines = attempts.map(({ t, dst, port, ok, errno = "", ms, op }) => {
    const stamp = new Date(t * 1000).toISOString()
    if (ok) return `${stamp} INFO connected to ${dst}:${port} in ${ms} ms`
    const call = op === undefined ? "connect" : "read"
    const says = words[errno] ?? "failed"
    return `${stamp} WARN ${call} ${dst}:${port} failed after ${ms} ms: ${errno} (${says})`
  })
  return `${lines.join("\n")}\n`
}

/** What cmd.exe shows of `net use \\host\ipc$`, one a target; errors 53 and 64 (system error codes). */
export function netUseTranscript(attempts: readonly SweepAttempt[]): string {
  const texts = attempts.map(({ dst, ok, op }) => {
    const command = `C:\\mgmt>net use \\\\${dst}\\ipc$`
    if (ok) return `${command}\r\nThe command completed successfully.\r\n`
    const [code, says] =
      op === "hold"
        ? [64, "The specified network name is no longer available."]
        : [53, "The network path was not found."]
    return `${command}\r\nSystem error ${code} has occurred.\r\n\r\n${says}\r\n`
  })
  return texts.join("\r\n")
}
