/**
 * Both ends of the connections that live.test.ts captures: `server` listens, `client ADDRESS…` opens some of every kind
 * and prints how many of each. Real sockets of a real kernel; what they send is up to it.
 */
import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"
import { setTimeout as delay } from "node:timers/promises"

const ports = { echo: 7001, closes: 7002, resets: 7003, sink: 7005 }
/** Nobody listens; the server's filter drops; the router's filter rejects (live.test.ts). */
const closedPort = 7009
const silentPort = 7010
const rejectedPort = 7011
const reusedPort = 40_000
const bulkBytes = 1_000_000

function serve(): void {
  const listen = (port: number, onSocket: (socket: Socket) => void): void => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined)
      onSocket(socket)
    })
    server.listen(port, "::")
  }
  listen(ports.echo, (socket) => {
    socket.pipe(socket)
  })
  listen(ports.closes, (socket) => {
    socket.end("good day")
  })
  listen(ports.resets, (socket) => {
    socket.once("data", () => socket.resetAndDestroy())
  })
  listen(ports.sink, (socket) => {
    socket.resume()
    socket.on("end", () => socket.end())
  })
  process.stdout.write("ready\n")
}

async function opened(host: string, port: number, localPort?: number): Promise<Socket> {
  const socket = connect({ host, port, ...(localPort === undefined ? {} : { localPort }) })
  await once(socket, "connect")
  // A reset is an error to the program, and here what was asked for.
  socket.on("error", () => undefined)
  return socket
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("close", () => resolve())
  })
}

/** A question, its answer, and an orderly end by this side, or a reset. */
async function asks(host: string, isReset: boolean): Promise<void> {
  const socket = await opened(host, ports.echo)
  for (let again = 0; again < 3; again++) {
    socket.write("x".repeat(100 + again))
    await once(socket, "data")
  }
  if (isReset) socket.resetAndDestroy()
  else socket.end()
  await closed(socket)
}

async function isClosed(host: string, localPort?: number): Promise<void> {
  const socket = await opened(host, ports.closes, localPort)
  socket.resume()
  await closed(socket)
}

async function isReset(host: string): Promise<void> {
  const socket = await opened(host, ports.resets)
  socket.write("x")
  await closed(socket)
}

async function sends(host: string): Promise<void> {
  const socket = await opened(host, ports.sink)
  socket.resume()
  socket.end(Buffer.alloc(bulkBytes, "."))
  await closed(socket)
}

/** Resolves when the attempt has failed, or after so long. */
async function fails(host: string, port: number, patienceMs: number): Promise<void> {
  const socket = connect({ host, port })
  socket.on("error", () => undefined)
  await Promise.race([closed(socket), delay(patienceMs)])
  socket.destroy()
}

async function several(count: number, one: () => Promise<void>): Promise<number> {
  await Promise.all(Array.from({ length: count }, one))
  return count
}

async function client(hosts: readonly string[]): Promise<void> {
  for (const host of hosts) {
    const made = {
      asked: await several(20, () => asks(host, false)),
      closed: await several(20, () => isClosed(host)),
      wasReset: await several(10, () => isReset(host)),
      reset: await several(10, () => asks(host, true)),
      refused: await several(10, () => fails(host, closedPort, 2000)),
      silent: await several(5, () => fails(host, silentPort, 3500)),
      rejected: await several(5, () => fails(host, rejectedPort, 2000)),
      sent: await several(3, () => sends(host)),
      reused: 0,
    }
    for (; made.reused < 3; made.reused++) {
      await isClosed(host, reusedPort)
      await delay(300)
    }
    process.stdout.write(`${JSON.stringify({ host, ...made })}\n`)
  }
}

const [role, ...hosts] = process.argv.slice(2)
if (role === "server") serve()
else await client(hosts)
