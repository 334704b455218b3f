/**
 * The live path of Windows and macOS: the system's own tools, run with a bound on time and output,
 * their text through the same readers as saved files. The tools are data, so the list can be read,
 * and tested with recorded outputs through an injected `run`.
 */
import { execFile } from "node:child_process"
import { hostname, release, type as systemType } from "node:os"
import { setTimeout as delay } from "node:timers/promises"
import { openDecoder } from "../evidence/encoding.ts"
import { readText } from "../evidence/reading.ts"
import type { Endpoint } from "../model/fourtuple.ts"
import type { HostSample, HostSamples } from "../model/host-samples.ts"
import type { Observation, SocketObservation } from "../model/observation.ts"
import { Refusal } from "../model/refusal.ts"
import { SocketTable } from "../model/socket-table.ts"
import type { LiveProgress } from "./linux-reading.ts"
import type { HostText } from "./text-source.ts"

const timeMaxMs = 20_000
const bytesMax = 256 * 1024 * 1024

/** One command whose output is read. */
export type SystemTool = {
  /** File name in a bundle. */
  readonly name: string
  readonly program: string
  readonly parameters: readonly string[]
  /** "sample": every time; "once": what does not move. */
  readonly when: "sample" | "once"
  /** Rows of this listing fill the socket table (one tool per system). */
  readonly sockets?: boolean
}

export type ToolSystem = "win32" | "darwin" | "freebsd"

const registryRoot = "HKLM\\SYSTEM\\CurrentControlSet\\Services"

const windowsTools: readonly SystemTool[] = [
  tool("netstat-anoq.txt", "sample", "netstat -anoq", true),
  tool("netstat-s.txt", "sample", "netstat -s"),
  tool("netsh-dynamicport-ipv4.txt", "once", "netsh int ipv4 show dynamicport tcp"),
  tool("netsh-dynamicport-ipv6.txt", "once", "netsh int ipv6 show dynamicport tcp"),
  tool("netsh-excludedportrange-ipv4.txt", "once", "netsh int ipv4 show excludedportrange tcp"),
  tool("netsh-excludedportrange-ipv6.txt", "once", "netsh int ipv6 show excludedportrange tcp"),
  tool("netsh-tcp-global.txt", "once", "netsh int tcp show global"),
  tool("reg-Tcpip.txt", "once", `reg query ${registryRoot}\\Tcpip\\Parameters`),
  tool("reg-LanmanServer.txt", "once", `reg query ${registryRoot}\\LanmanServer\\Parameters`),
  tool("ipconfig.txt", "once", "ipconfig /all"),
  tool("tasklist.txt", "once", "tasklist /fo csv"),
  {
    name: "nettcpsetting.txt",
    program: "powershell",
    parameters: ["-NoProfile", "-Command", "Get-NetTCPSetting | Format-List"],
    when: "once",
  },
  {
    name: "events-tcpip.txt",
    program: "wevtutil",
    parameters: [
      "qe",
      "System",
      "/q:*[System[Provider[@Name='Tcpip' or @Name='Tcpip6' or @Name='Srv' or @Name='AFD']]]",
      "/c:200",
      "/rd:true",
      "/f:text",
    ],
    when: "once",
  },
]

const macosTools: readonly SystemTool[] = [
  tool("netstat-an.txt", "sample", "netstat -anv -p tcp", true),
  tool("netstat-L.txt", "sample", "netstat -Lan"),
  tool("netstat-s.txt", "sample", "netstat -s -p tcp"),
  tool("netstat-m.txt", "sample", "netstat -m"),
  tool(
    "sysctl.txt",
    "once",
    "sysctl net.inet net.inet6 kern.ipc kern.maxfiles kern.maxfilesperproc",
  ),
  tool("sysctl-files.txt", "sample", "sysctl kern.num_files"),
  tool("lsof.txt", "once", "lsof -nP -iTCP"),
  tool("ifconfig.txt", "once", "ifconfig -a"),
  tool("netstat-rn.txt", "once", "netstat -rn"),
  tool("launchctl-limit.txt", "once", "launchctl limit maxfiles"),
  tool("pfctl-info.txt", "sample", "pfctl -s info"),
]

const freebsdTools: readonly SystemTool[] = [
  tool("netstat-an.txt", "sample", "netstat -an -p tcp", true),
  tool("netstat-L.txt", "sample", "netstat -Lan"),
  tool("netstat-s.txt", "sample", "netstat -s -p tcp"),
  tool(
    "sysctl.txt",
    "once",
    "sysctl net.inet net.inet6 kern.ipc kern.maxfiles kern.maxfilesperproc",
  ),
  tool("sysctl-files.txt", "sample", "sysctl kern.openfiles"),
  tool("sockstat.txt", "once", "sockstat -46 -P tcp"),
  tool("ifconfig.txt", "once", "ifconfig -a"),
  tool("netstat-rn.txt", "once", "netstat -rn"),
  tool("pfctl-info.txt", "sample", "pfctl -s info"),
]

/** The tools of each system that is read through tools. */
export const systemTools: Readonly<Record<ToolSystem, readonly SystemTool[]>> = {
  win32: windowsTools,
  darwin: macosTools,
  freebsd: freebsdTools,
}

/** Runs one program; resolves with its output, rejects with why there is none. */
export type RunTool = (
  program: string,
  parameters: readonly string[],
  signal?: AbortSignal,
) => Promise<Uint8Array>

export type ToolOptions = {
  readonly samples?: number
  readonly windowMs?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: LiveProgress) => void
  readonly system?: ToolSystem
  /** As os.release() has it: "10.0.20348". */
  readonly release?: string
  readonly run?: RunTool
}

/** What the tools printed, before any interpretation. */
export type ToolReading = {
  readonly vantage: string
  readonly system: string
  readonly samples: readonly { readonly time: number; readonly texts: readonly HostText[] }[]
  readonly texts: readonly HostText[]
  readonly blind: readonly string[]
}

/** Reads this machine by its own tools. Refusal when the system is none we know. */
export async function readBySystemTools(options: ToolOptions = {}): Promise<ToolReading> {
  const { samples: wanted = 2, windowMs = 3000, signal, onProgress, run = runTool } = options
  const platform = options.system ?? process.platform
  const systemRelease = options.release ?? release()
  const tools = toolsOf(platform, systemRelease)
  const blind = new Set<string>()
  const take = async (when: SystemTool["when"]): Promise<readonly HostText[]> => {
    const texts: HostText[] = []
    for (const each of tools.filter((candidate) => candidate.when === when)) {
      const text = await runOne(each, { run, system: platform, ...(signal ? { signal } : {}) })
      if ("blind" in text) blind.add(text.blind)
      else texts.push(text)
    }
    return texts
  }
  const samples: { time: number; texts: readonly HostText[] }[] = []
  // Spawning tools costs the machine more than our own reading: two samples are enough for rates.
  const count = Math.min(Math.max(Math.trunc(wanted), 1), 2)
  for (let index = 0; index < count; index++) {
    if (index > 0) await delay(windowMs, undefined, signal ? { signal } : {})
    samples.push({ time: Date.now() / 1000, texts: await take("sample") })
    onProgress?.({ step: "sample", sample: index + 1, samples: count, method: "system-tools" })
  }
  const texts = await take("once")
  onProgress?.({ step: "settings" })
  const system = systemName(platform, systemRelease)
  return { vantage: hostname(), system, samples, texts, blind: [...blind] }
}

/** The same as samples, with socket rows in tables. */
export async function sampleBySystemTools(options: ToolOptions = {}): Promise<HostSamples> {
  const { vantage, system, samples, texts, blind } = await readBySystemTools(options)
  return {
    vantage,
    system,
    samples: samples.map(({ time, texts: moving }) => sampleOf(time, moving)),
    observations: texts.flatMap((text) => readText(text.name, text.text).observations),
    blind,
  }
}

function sampleOf(time: number, texts: readonly HostText[]): HostSample {
  const sockets = new SocketTable()
  const observations: Observation[] = []
  let boundSeen = false
  for (const { name, text } of texts) {
    const { observations: read, sections } = readText(name, text)
    for (const observation of read) {
      if (observation.kind !== "socket") observations.push({ ...observation, time })
      else if (isTable(name)) addSocket(sockets, observation)
    }
    boundSeen ||= sections.some(({ mark }) => mark.covers === "bound")
  }
  boundSeen ||= hasBound(sockets)
  const method = sockets.length > 0 ? "system-tools" : "none"
  return { time, sockets, method, boundSeen, observations }
}

/** The socket listing of each system; lsof and others repeat its rows. */
function isTable(name: string): boolean {
  return /^netstat-an(oq?)?\.txt$/.test(name)
}

function hasBound(table: SocketTable): boolean {
  for (let index = 0; index < table.length; index++) {
    if (table.stateAt(index) === "BOUND") return true
  }
  return false
}

function addSocket(table: SocketTable, row: SocketObservation): void {
  if (row.protocol !== "tcp") return
  const portOf = (end: Endpoint): number => end.port ?? 0
  table.add({
    state: row.state ?? "CLOSED",
    localAddress: row.local.address,
    localPort: portOf(row.local),
    remoteAddress: row.remote.address,
    remotePort: portOf(row.remote),
    pid: row.pid,
    process: row.process,
    receiveQueue: row.receiveQueue,
    sendQueue: row.sendQueue,
    line: row.at.line,
  })
}

function tool(
  name: string,
  when: SystemTool["when"],
  command: string,
  sockets = false,
): SystemTool {
  const [program = "", ...parameters] = command.split(" ")
  return { name, program, parameters, when, ...(sockets ? { sockets } : {}) }
}

function toolsOf(system: string, systemRelease: string): readonly SystemTool[] {
  const found = Object.entries(systemTools).find(([name]) => name === system)
  // netstat -q (bound ports) came with Windows 10 1607; before, it prints its usage.
  const [, , build = "0"] = systemRelease.split(".")
  const isOld = system === "win32" && Number(build) < 14393
  if (found !== undefined && isOld) {
    const older = tool("netstat-ano.txt", "sample", "netstat -ano", true)
    return found[1].map((each) => (each.sockets === true ? older : each))
  }
  if (found !== undefined) return found[1]
  throw new Refusal(
    "unsupported-system",
    `Cannot read this machine live: ${system} is not known`,
    "Save the output of netstat -an and of the settings, and give those files",
  )
}

async function runOne(
  each: SystemTool,
  options: { readonly run: RunTool; readonly system: string; readonly signal?: AbortSignal },
): Promise<HostText | { readonly blind: string }> {
  const { run, system, signal } = options
  const command = [each.program, ...each.parameters].join(" ")
  try {
    const bytes = await run(each.program, each.parameters, signal)
    const text = decode(bytes)
    return { name: each.name, source: command, text: `${promptOf(system)}${command}\n${text}` }
  } catch (error) {
    signal?.throwIfAborted()
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error)
    return { blind: `${command}: ${why}` }
  }
}

/** What a person's transcript would show, so that the text says what it is the output of. */
function promptOf(system: string): string {
  return system === "win32" ? "C:\\>" : "$ "
}

/** Consoles print in code pages of many languages; the readers' own decoder tells them apart. */
function decode(bytes: Uint8Array): string {
  const decoder = openDecoder(bytes)
  return decoder === undefined ? "" : decoder.push(bytes) + decoder.end()
}

async function runTool(
  program: string,
  parameters: readonly string[],
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const bounds = { timeout: timeMaxMs, maxBuffer: bytesMax, encoding: "buffer" as const }
  return await new Promise((resolve, reject) => {
    execFile(program, parameters, { ...bounds, ...(signal ? { signal } : {}) }, (error, stdout) => {
      // A tool that fails in one family still prints the other: what there is, is read.
      if (error === null || stdout.length > 0) resolve(stdout)
      else reject(new Error(error.killed ? `no answer in ${timeMaxMs} ms` : error.message))
    })
  })
}

function systemName(system: string, systemRelease: string): string {
  if (system === "win32") return `Windows ${systemRelease}`
  if (system === "darwin") return `macOS (Darwin ${systemRelease})`
  return `${system === "freebsd" ? "FreeBSD" : systemType()} ${systemRelease}`
}
