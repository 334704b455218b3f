/**
 * One topology of network namespaces: client — router — server, and further clients on the router when a
 * fault needs them. Everything happens inside the namespaces: no interface, address or rule touches the
 * host. `close()` kills what was started and deletes what was made; it also runs on exit and on signals.
 * Commands are iproute2's and nftables' (ip-netns(8), nft(8)).
 */
import { type ChildProcess, spawn } from "node:child_process"
import { accessSync, constants, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { ownPrefix, removeNamespaces, scratchOf, sweepLeftovers } from "./leftovers.ts"
import type { Random } from "./random.ts"

export type Result = { readonly code: number; readonly stdout: string; readonly stderr: string }

export type ExecOptions = {
  readonly input?: string
  readonly timeoutMs?: number
  readonly cwd?: string
  /** A code other than 0 is a result, not an error. */
  readonly mayFail?: boolean
}

/** Addresses of one topology. The server has two; the router has one towards each side. */
export type Addresses = {
  readonly client: string
  readonly client6: string
  readonly server: string
  readonly second: string
  readonly server6: string
  readonly routerInside: string
  readonly routerOutside: string
  /** On the client's own link, nobody has it. */
  readonly absentOnLink: string
  /** Behind the router, nobody has it. */
  readonly absentBehind: string
  /** The address of further client `index` (from 0). */
  readonly further: (index: number) => string
}

const outputMax = 32 * 1024 * 1024
const open = new Set<Lab>()
let labsMade = 0

/** Why the lab cannot run here, or something that needs these tools besides; undefined when it can. */
export function labObstacle(...further: readonly string[]): string | undefined {
  if (process.platform !== "linux")
    return `network namespaces are Linux's, this is ${process.platform}`
  if (process.getuid?.() !== 0) return "not root"
  for (const tool of ["ip", "nft", "prlimit", ...further]) {
    if (!isInstalled(tool)) return `${tool} is not installed`
  }
  return undefined
}

export class Lab {
  readonly name: string
  readonly client: string
  readonly router: string
  readonly server: string
  readonly address: Addresses
  /** Scratch files: attempt logs, bundles. */
  readonly directory: string
  readonly #namespaces: string[]
  readonly #children = new Set<ChildProcess>()
  #further = 0
  #closed = false

  private constructor(random: Random) {
    labsMade++
    this.name = `${ownPrefix()}-${labsMade}`
    this.client = `${this.name}-c`
    this.router = `${this.name}-r`
    this.server = `${this.name}-s`
    this.#namespaces = [this.client, this.router, this.server]
    this.address = addressesFrom(random)
    this.directory = scratchOf(this.name)
    mkdirSync(this.directory, { mode: 0o700 })
  }

  /** Builds the topology and waits until the server answers the client. */
  static async open(random: Random): Promise<Lab> {
    if (open.size === 0) sweepLeftovers()
    installCleanup()
    const lab = new Lab(random)
    open.add(lab)
    try {
      await lab.#build()
    } catch (cause) {
      lab.close()
      throw cause
    }
    return lab
  }

  /** Runs a program inside a namespace to its end. */
  exec(namespace: string, argv: readonly string[], options: ExecOptions = {}): Promise<Result> {
    return run(["ip", "netns", "exec", namespace, ...argv], options, (child) => this.#own(child))
  }

  /** Starts a program inside a namespace; it ends with the lab at the latest. */
  spawn(namespace: string, argv: readonly string[]): ChildProcess {
    const child = spawn("ip", ["netns", "exec", namespace, ...argv], {
      stdio: ["ignore", "pipe", "pipe"],
    })
    this.#own(child)
    return child
  }

  async sysctl(
    namespace: string,
    values: Readonly<Record<string, string | number>>,
  ): Promise<void> {
    const pairs = Object.entries(values).map(([name, value]) => `${name}=${value}`)
    await this.exec(namespace, ["sysctl", "-q", "-w", ...pairs])
  }

  /** Loads an nftables ruleset in one transaction. */
  async nft(namespace: string, ruleset: string): Promise<void> {
    await this.exec(namespace, ["nft", "-f", "-"], { input: ruleset })
  }

  /** A further client on a link of its own; its namespace. `index` counts from 0. */
  async addClient(): Promise<{ readonly namespace: string; readonly address: string }> {
    const index = this.#further++
    const namespace = `${this.name}-d${index}`
    const address = this.address.further(index)
    const gateway = address.replace(/\d+$/, "1")
    this.#namespaces.push(namespace)
    await batch([], [`netns add ${namespace}`])
    await batch(
      ["-n", this.router],
      [
        `link add d${index} type veth peer name eth0 netns ${namespace}`,
        `addr add ${gateway}/24 dev d${index}`,
        `link set d${index} up`,
      ],
    )
    await batch(["-n", namespace], [...linkUp(`${address}/24`), `route add default via ${gateway}`])
    return { namespace, address }
  }

  /** What `ip netns exec` puts over /etc/resolv.conf in the client (ip-netns(8)). */
  writeResolver(text: string): void {
    const directory = join("/etc/netns", this.client)
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, "resolv.conf"), text)
  }

  /** Where the scratch files are after `close({ keepFiles: true })`: out of the sweep's way. */
  get kept(): string {
    return scratchOf(`fourtuple-kept-${this.name}`)
  }

  /** Kills what was started here and deletes the namespaces. Safe to call twice. */
  close(options: { readonly keepFiles?: boolean } = {}): void {
    if (this.#closed) return
    this.#closed = true
    for (const child of this.#children) child.kill("SIGKILL")
    removeNamespaces(this.#namespaces)
    if (options.keepFiles === true) renameSync(this.directory, this.kept)
    else rmSync(this.directory, { recursive: true, force: true })
    open.delete(this)
  }

  #own(child: ChildProcess): void {
    this.#children.add(child)
    child.once("close", () => this.#children.delete(child))
  }

  async #build(): Promise<void> {
    const at = this.address
    await batch(
      [],
      this.#namespaces.map((name) => `netns add ${name}`),
    )
    await batch(
      ["-n", this.router],
      [
        `link add inside type veth peer name eth0 netns ${this.client}`,
        `link add outside type veth peer name eth0 netns ${this.server}`,
        `addr add ${at.routerInside}/24 dev inside`,
        `addr add ${at.routerOutside}/24 dev outside`,
        `addr add ${gatewayOf6(at.client6)}/64 dev inside nodad`,
        `addr add ${gatewayOf6(at.server6)}/64 dev outside nodad`,
        "link set lo up",
        "link set inside up",
        "link set outside up",
      ],
    )
    await this.sysctl(this.router, {
      "net.ipv4.ip_forward": 1,
      "net.ipv6.conf.all.forwarding": 1,
    })
    await batch(
      ["-n", this.client],
      [...linkUp(`${at.client}/24`, `${at.client6}/64`), ...routes(at.routerInside, at.client6)],
    )
    await batch(
      ["-n", this.server],
      [
        ...linkUp(`${at.server}/24`, `${at.server6}/64`),
        `addr add ${at.second}/24 dev eth0`,
        ...routes(at.routerOutside, at.server6),
      ],
    )
  }
}

function addressesFrom(random: Random): Addresses {
  const inside = `10.${random.integer(1, 99)}.${random.integer(0, 255)}`
  const outside = random.pick([
    "192.0.2",
    "198.51.100",
    "203.0.113",
    `10.${random.integer(100, 199)}.7`,
  ])
  const own = random.integer(2, 120)
  const far = random.integer(2, 120)
  return {
    client: `${inside}.${own}`,
    client6: `fd42:1::${own}`,
    server: `${outside}.${far}`,
    second: `${outside}.${far + 1}`,
    server6: `fd42:2::${far}`,
    routerInside: `${inside}.1`,
    routerOutside: `${outside}.1`,
    absentOnLink: `${inside}.${random.integer(150, 250)}`,
    absentBehind: `${outside}.${random.integer(150, 250)}`,
    further: (index) => `10.${200 + index}.3.${own}`,
  }
}

function gatewayOf6(address: string): string {
  return address.replace(/::\d+$/, "::1")
}

function linkUp(...addresses: readonly string[]): readonly string[] {
  const adds = addresses.map(
    (address) => `addr add ${address} dev eth0${address.includes(":") ? " nodad" : ""}`,
  )
  return ["link set lo up", "link set eth0 up", ...adds]
}

function routes(gateway: string, own6: string): readonly string[] {
  return [`route add default via ${gateway}`, `-6 route add default via ${gatewayOf6(own6)}`]
}

async function batch(flags: readonly string[], lines: readonly string[]): Promise<void> {
  const four = lines.filter((line) => !line.startsWith("-6 "))
  const six = lines.filter((line) => line.startsWith("-6 ")).map((line) => line.slice(3))
  await run(["ip", ...flags, "-batch", "-"], { input: four.join("\n") })
  if (six.length > 0) await run(["ip", "-6", ...flags, "-batch", "-"], { input: six.join("\n") })
}

/** Runs a program to its end, with a bound on time and output. */
export function run(
  argv: readonly string[],
  options: ExecOptions = {},
  started: (child: ChildProcess) => void = () => undefined,
): Promise<Result> {
  const [command = "", ...rest] = argv
  const timeout = options.timeoutMs ?? 60_000
  const place = options.cwd === undefined ? {} : { cwd: options.cwd }
  const child = spawn(command, rest, { stdio: ["pipe", "pipe", "pipe"], timeout, ...place })
  started(child)
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  let bytes = 0
  const collectInto = (list: Buffer[]) => (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= outputMax) list.push(chunk)
  }
  child.stdout.on("data", collectInto(stdout))
  child.stderr.on("data", collectInto(stderr))
  // A program that does not read its input closes it early: not our failure.
  child.stdin.on("error", () => undefined)
  child.stdin.end(options.input ?? "")
  return new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code, signal) => {
      const text = (list: readonly Buffer[]): string => Buffer.concat(list).toString("utf8")
      const result = { code: code ?? 128, stdout: text(stdout), stderr: text(stderr) }
      if (result.code === 0 || options.mayFail === true) resolve(result)
      else reject(new Error(`${argv.join(" ")}: ${signal ?? result.code}: ${result.stderr.trim()}`))
    })
  })
}

function isInstalled(tool: string): boolean {
  const folders = (process.env["PATH"] ?? "").split(":")
  return [...folders, "/usr/sbin", "/sbin"].some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

let cleanupInstalled = false

function installCleanup(): void {
  if (cleanupInstalled) return
  cleanupInstalled = true
  const closeAll = (): void => {
    for (const lab of open) lab.close()
  }
  process.once("exit", closeAll)
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    process.once(signal, () => {
      closeAll()
      process.exit(code)
    })
  }
}
