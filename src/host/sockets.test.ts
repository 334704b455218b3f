import assert from "node:assert/strict"
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net"
import { test } from "node:test"
import { countSockets, readSockets } from "./sockets.ts"

// Live reading exists on Linux only; elsewhere the system's tools are used (system-tools.test.ts).
const methods = process.platform === "linux" ? (["inet_diag", "/proc/net/tcp"] as const) : []

async function openPair(host: string): Promise<{ server: Server; ends: readonly Socket[] }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const { port } = address(server)
  const accepted = new Promise<Socket>((resolve) => server.once("connection", resolve))
  const client = connect(port, host)
  await new Promise<void>((resolve) => client.once("connect", resolve))
  return { server, ends: [client, await accepted] }
}

function address(server: Server): AddressInfo {
  const found = server.address()
  assert(found !== null && typeof found === "object")
  return found
}

for (const method of methods) {
  test(`readSockets by ${method} sees a listener and both ends of a connection`, async () => {
    const { server, ends } = await openPair("127.0.0.1")
    try {
      const { table, method: used, boundSeen, blind } = await readSockets({ method })
      assert.equal(used, method)
      const { port } = address(server)
      const rows = Array.from({ length: table.length }, (_, index) => table.row(index)).filter(
        (row) => row.localPort === port || row.remotePort === port,
      )
      const seen = rows.map((row) => `${row.state} ${row.localAddress}`).sort()
      assert.deepEqual(seen, ["ESTABLISHED 127.0.0.1", "ESTABLISHED 127.0.0.1", "LISTEN 127.0.0.1"])
      assert(rows.every((row) => (row.inode ?? 0) > 0 && row.uid === process.getuid?.()))
      if (method === "/proc/net/tcp") {
        assert.equal(boundSeen, false)
        assert(blind.some((sentence) => sentence.includes("bound but not connected")))
      }
    } finally {
      for (const end of ends) end.destroy()
      server.close()
    }
  })

  test(`readSockets by ${method} lists the states asked for`, async () => {
    const { server, ends } = await openPair("127.0.0.1")
    try {
      const { table } = await readSockets({ method, states: ["LISTEN"] })
      assert(table.length >= 1)
      for (let index = 0; index < table.length; index++) {
        assert.equal(table.stateAt(index), "LISTEN")
      }
    } finally {
      for (const end of ends) end.destroy()
      server.close()
    }
  })

  test(`readSockets by ${method} stops when aborted`, async () => {
    const signal = AbortSignal.abort(new Error("enough"))
    await assert.rejects(readSockets({ method, signal }), /enough/)
  })
}

test("countSockets is near the number of rows", async () => {
  if (methods.length === 0) return
  const { table } = await readSockets()
  assert(Math.abs(countSockets() - table.length) <= Math.max(50, table.length / 2))
})
