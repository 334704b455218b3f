/**
 * What listens while a scenario runs: tcpdump on interfaces and on NFLOG, conntrack's event stream. Each is
 * ready before the first packet and stopped so that nothing it has seen is lost.
 */
import type { ChildProcess } from "node:child_process"
import { createWriteStream } from "node:fs"
import type { Lab } from "../network.ts"

/** What a recording needs besides the lab. */
export const TAP_TOOLS = ["tcpdump", "conntrack"] as const

export type Tap = { readonly path: string; readonly stop: () => Promise<void> }

const readyMs = 10_000
/** After the last packet: NFLOG and the kernel's capture ring hand over in batches. */
const settleMs = 300

/** tcpdump -w on one interface ("any", "nflog:5"). */
export async function capture(
  lab: Lab,
  options: { readonly namespace: string; readonly device: string; readonly path: string },
): Promise<Tap> {
  const { namespace, device, path } = options
  // libpcap reads NFLOG through a buffer of snapshot length, which must hold a batch of packets.
  const sizes = device.startsWith("nflog") ? ["-s", "65535"] : ["-s", "96", "-B", "16384"]
  const argv = ["tcpdump", "-Z", "root", "-n", "-i", device, ...sizes, "-U", "-w", path]
  const child = lab.spawn(namespace, argv)
  await saidOnce(child, /listening on/)
  return { path, stop: () => interrupt(child) }
}

/** conntrack -E with times, one line an event. */
export async function flowEvents(lab: Lab, namespace: string, path: string): Promise<Tap> {
  const argv = ["conntrack", "-E", "-p", "tcp", "-o", "timestamp,id", "-b", "8388608"]
  const child = lab.spawn(namespace, argv)
  const file = createWriteStream(path)
  child.stdout?.pipe(file)
  // conntrack says nothing when it is ready.
  await pause(500)
  return {
    path,
    stop: async () => {
      await interrupt(child)
      await new Promise<void>((resolve) => {
        file.end(() => resolve())
      })
    },
  }
}

function saidOnce(child: ChildProcess, wanted: RegExp): Promise<void> {
  let said = ""
  return new Promise((resolve, reject) => {
    const give = setTimeout(() => reject(new Error(`Not ready: ${said}`)), readyMs)
    const settle = (act: () => void): void => {
      clearTimeout(give)
      act()
    }
    child.stderr?.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString("utf8")).slice(-2000)
      if (wanted.test(said)) settle(resolve)
    })
    child.once("close", (code) => settle(() => reject(new Error(`Ended (${code}): ${said}`))))
  })
}

async function interrupt(child: ChildProcess): Promise<void> {
  await pause(settleMs)
  const closed = new Promise<void>((resolve) => {
    child.once("close", () => resolve())
  })
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill("SIGINT")
  await closed
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
