/**
 * Connections that end in every way a program can end them: `node wire-traffic.ts server ADDRESS` serves, `node
 * wire-traffic.ts client ADDRESS` makes one of each kind and prints for each a line of JSON: kind and local port.
 */
import net from "node:net"

/** What each port does; 7005 is closed, 7006 and 7007 are the firewall's. */
export const PORTS = {
  clientCloses: 7001,
  serverCloses: 7002,
  halfClosed: 7003,
  serverResets: 7004,
  refused: 7005,
  silent: 7006,
  forbidden: 7007,
  clientResets: 7008,
  reused: 7009,
  large: 7010,
} as const

export type Kind = keyof typeof PORTS

const largeBytes = 3_000_000
const halfClosedBytes = 5000
const halfClosedMs = 300
const silentMs = 3500
const uses = 3

const [role, address = "127.0.0.1"] = process.argv.slice(2)
if (role === "server") await serve(address)
if (role === "client") await runClient(address)

async function serve(host: string): Promise<void> {
  const { refused: _refused, silent: _silent, forbidden: _forbidden, ...open } = PORTS
  for (const [kind, port] of Object.entries(open)) {
    const server = net.createServer({ allowHalfOpen: true }, (socket) => answer(kind, socket))
    await new Promise<void>((resolve) => server.listen({ host, port }, () => resolve()))
  }
  process.stdout.write("ready\n")
}

function answer(kind: string, socket: net.Socket): void {
  socket.on("error", () => undefined)
  socket.once("data", (bytes) => {
    if (kind === "serverResets") socket.resetAndDestroy()
    else if (kind === "serverCloses" || kind === "reused") socket.end(bytes)
    else if (kind === "large") socket.write(Buffer.alloc(largeBytes))
    else if (kind !== "halfClosed") socket.write(bytes)
  })
  socket.once("end", () => {
    if (kind !== "halfClosed") socket.end()
    else setTimeout(() => socket.end(Buffer.alloc(halfClosedBytes)), halfClosedMs)
  })
}

async function runClient(host: string): Promise<void> {
  for (const [kind, port] of Object.entries(PORTS)) {
    const times = kind === "reused" ? uses : 1
    for (let use = 0; use < times; use++) {
      // A source port of its own, and the same one each time: the server's TIME-WAIT must take it again.
      const localPort = await connect(kind, {
        host,
        port,
        ...(times > 1 ? { localPort: 40_000 } : {}),
      })
      process.stdout.write(`${JSON.stringify({ kind, localPort })}\n`)
    }
  }
}

/** Makes one connection of that kind and waits for its end: its local port. */
function connect(kind: string, to: net.TcpNetConnectOpts): Promise<number> {
  const socket = net.connect({ ...to, allowHalfOpen: true })
  let localPort = to.localPort ?? 0
  let received = 0
  const give = setTimeout(() => socket.destroy(), silentMs)
  socket.on("error", () => undefined)
  socket.once("connect", () => {
    clearTimeout(give)
    localPort = socket.localPort ?? 0
    socket.write("hello")
    if (kind === "halfClosed") socket.end()
  })
  socket.on("data", (bytes) => {
    received += bytes.length
    if (kind === "clientResets") socket.resetAndDestroy()
    const isAll = kind === "clientCloses" || (kind === "large" && received >= largeBytes)
    if (isAll) socket.end()
  })
  socket.once("end", () => socket.end())
  return new Promise((resolve) => socket.once("close", () => resolve(localPort)))
}
