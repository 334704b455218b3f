import assert from "node:assert/strict"
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { test } from "node:test"
import { readText } from "../evidence/reading.ts"
import type { AttemptObservation } from "../model/observation.ts"
import { watchWire } from "./wire.ts"

const isRoot = process.getuid?.() === 0

/** Why namespaces cannot be made and joined here; undefined when they can. */
function obstacle(): string | undefined {
  if (process.platform !== "linux") return "packet sockets exist on Linux only"
  if (!isRoot) return "making network namespaces needs root"
  try {
    execFileSync("unshare", ["-n", "true"], { stdio: "ignore" })
    execFileSync("ip", ["-V"], { stdio: "ignore" })
    return undefined
  } catch (error) {
    return `no unshare(1) or ip(8): ${error}`
  }
}

/** A process that keeps a network namespace of its own until its input ends. */
async function holdNamespace(): Promise<ChildProcess> {
  const holder = spawn("unshare", ["-n", "sh", "-c", "echo ready; exec cat"], {
    stdio: ["pipe", "pipe", "ignore"],
  })
  await new Promise((resolve) => holder.stdout?.once("data", resolve))
  return holder
}

function inside(holder: ChildProcess, script: string): void {
  const args = ["-t", String(holder.pid), "-n", "sh", "-ec", script]
  execFileSync("nsenter", args, { stdio: ["ignore", "ignore", "inherit"] })
}

/**
 * Two namespaces joined by a pair of interfaces: 10.99.0.1 here; behind it a router that serves port 80 itself,
 * prohibits 10.99.1.1, swallows 10.99.1.2 and hands 10.99.1.3 to its own closed ports.
 */
function link(client: ChildProcess, router: ChildProcess): void {
  const pids = [client, router].map(({ pid }) => String(pid))
  const [near = "", far = ""] = pids
  const pair = ["type", "veth", "peer", "name", "far", "netns", far]
  execFileSync("ip", ["link", "add", "near", "netns", near, ...pair])
  inside(
    router,
    `ip link set lo up; ip link set far up; ip addr add 10.99.0.2/24 dev far
     ip addr add fd99::2/64 dev far nodad; ip addr add 10.99.1.3/32 dev lo
     echo 1 > /proc/sys/net/ipv4/ip_forward
     ip route add prohibit 10.99.1.1; ip route add blackhole 10.99.1.2`,
  )
  inside(
    client,
    `ip link set lo up; ip link set near up; ip addr add 10.99.0.1/24 dev near
     ip addr add fd99::1/64 dev near nodad; ip route add 10.99.1.0/24 via 10.99.0.2`,
  )
}

/** Runs a module's text in the namespace; what it prints. */
async function run(holder: ChildProcess, program: string): Promise<string> {
  const node = [process.execPath, "--input-type=module", "--no-warnings", "-e", program]
  const child = spawn("nsenter", ["-t", String(holder.pid), "-n", ...node], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  let out = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text
  })
  await new Promise((resolve) => child.once("close", resolve))
  return out
}

const looker = `
import { connect } from "node:net"
import { watchWire } from ${JSON.stringify(new URL("./wire.ts", import.meta.url).href)}
const wire = watchWire()
const outcomes = ["10.99.0.2:80", "10.99.1.3:81", "10.99.1.1:82", "10.99.1.2:83", "[fd99::2]:84"].map((target) => {
  const { hostname, port } = new URL("tcp://" + target)
  return new Promise((resolve) => {
    const socket = connect({ host: hostname.replace(/[[\\]]/g, ""), port: Number(port), timeout: 1100 })
    for (const event of ["connect", "error", "timeout"]) socket.on(event, () => { socket.destroy(); resolve() })
  })
})
await Promise.all(outcomes)
const ended = wire.stop()
console.log(JSON.stringify(ended))
`
const server = `
import { createServer } from "node:net"
createServer((socket) => socket.on("error", () => {})).listen(80, "10.99.0.2", () => console.log("ready"))
`

test("a look at the wire sees who answered each SYN, over IPv4 and IPv6", async (context) => {
  const why = obstacle()
  if (why !== undefined) return context.skip(why)
  const [client, router] = [await holdNamespace(), await holdNamespace()]
  let listener: ChildProcess | undefined
  try {
    link(client, router)
    const node = [process.execPath, "--input-type=module", "-e", server]
    listener = spawn("nsenter", ["-t", String(router.pid), "-n", ...node])
    const { stdout } = listener
    await new Promise((resolve) => stdout?.once("data", resolve))
    const { text, name } = JSON.parse(await run(client, looker))
    const attempts = readText(name, text).observations.filter((each) => each.kind === "attempt")
    const seen = attempts.map((each) => [each.to?.port, each.answer, each.answeredBy, each.ttl])
    assert.deepEqual(
      seen.toSorted(([a], [b]) => Number(a) - Number(b)),
      [
        [80, "syn-ack", undefined, 64],
        [81, "rst", undefined, 64],
        [82, "icmp 3/13", "10.99.0.2", 64],
        [83, "none", undefined, undefined],
        [84, "rst", undefined, 64],
      ],
    )
    const open = attempts.find((each: AttemptObservation) => each.ok)
    assert.ok(open?.ms !== undefined && open.ms >= 0 && open.ms < 500)
  } finally {
    listener?.kill()
    for (const holder of [client, router]) {
      holder.stdin?.end()
      await new Promise((resolve) => holder.once("exit", resolve))
    }
  }
})

test("a look that is not allowed says so, one that is gives a log", () => {
  const ended = watchWire().stop()
  if ("blind" in ended) assert.match(ended.blind, /^Handshakes on the wire were not watched: ./)
  else assert.match(ended.text, /^# fourtuple wire 1 from [\d.]+ to [\d.]+\n/)
})
