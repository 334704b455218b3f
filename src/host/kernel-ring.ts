/**
 * The last minutes of the kernel's log from /dev/kmsg, as `journalctl -k -o short-iso-precise`
 * prints it. One read gives one record "priority,sequence,microseconds,flags;text"
 * (Documentation/ABI/testing/ dev-kmsg); the descriptor is non-blocking, so the end is EAGAIN and
 * never a wait.
 */
import { closeSync, constants, openSync, readSync } from "node:fs"
import { hostname, uptime } from "node:os"
import { faultOf } from "./fault.ts"
import type { HostText } from "./text-source.ts"

const recordsMax = 20_000
const recordBytesMax = 8192
const sinceMs = 10 * 60_000

/** The log's last ten minutes before `nowMs`, or why it cannot be read. */
export function kernelLog(nowMs: number): HostText | { readonly blind: string } {
  let descriptor: number
  try {
    descriptor = openSync("/dev/kmsg", constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    return { blind: `The kernel log cannot be read: /dev/kmsg, ${faultOf(error)}` }
  }
  try {
    const bootMs = nowMs - uptime() * 1000
    const lines = readRecords(descriptor).flatMap((record) => formatRecord(record, bootMs, nowMs))
    const text = lines.length === 0 ? "" : `${lines.join("\n")}\n`
    return { name: "dmesg.txt", source: "/dev/kmsg", text }
  } catch (error) {
    return { blind: `The kernel log cannot be read: /dev/kmsg, ${faultOf(error)}` }
  } finally {
    closeSync(descriptor)
  }
}

function readRecords(descriptor: number): readonly string[] {
  const buffer = new Uint8Array(recordBytesMax)
  const decoder = new TextDecoder()
  const records: string[] = []
  for (let count = 0; count < recordsMax; count++) {
    try {
      const length = readSync(descriptor, buffer)
      if (length === 0) break
      records.push(decoder.decode(buffer.subarray(0, length)))
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined
      // EPIPE: the record was overwritten while we read; the next read goes on behind it.
      if (code === "EPIPE") continue
      if (code === "EAGAIN") break
      throw error
    }
  }
  return records
}

function formatRecord(record: string, bootMs: number, nowMs: number): readonly string[] {
  const match = /^\d+,\d+,(\d+),[^;]*;([^\n]*)/.exec(record)
  if (match === null) return []
  const time = bootMs + Number(match[1]) / 1000
  if (time < nowMs - sinceMs) return []
  const iso = new Date(time).toISOString().replace("Z", "000+0000")
  return [`${iso} ${hostname()} kernel: ${match[2] ?? ""}`]
}
