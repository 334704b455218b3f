import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { SocketTable } from "../model/socket-table.ts"
import { ProcNetReader } from "./proc-net-bytes.ts"

const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 5001 1 0000000000000000 100 0 0 10 0
   1: 0501010A:D431 070200C0:01BB 01 00000010:00000020 01:00000064 00000002  1000        0 12345 2 0000000000000000 20 4 30 10 -1
   2: 0501010A:D432 070200C0:01BB 06 00000000:00000000 03:00001770 00000000     0        0 0 3 0000000000000000
`

const tcp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0000000000000000FFFF00000501010A:D433 0000000000000000FFFF0000070200C0:01BB 02 00000001:00000000 01:0000001E 00000001  1000        0 777 2 0000000000000000 20 4 30 10 -1
   1: B80D0120000000000000000001000000:0050 B80D0120000000000000000002000000:C001 08 00000000:00000001 00:00000000 00000000    33        0 778 1 0000000000000000 20 4 30 10 -1
`

/** Reads the text in pieces of so many bytes. */
function read(text: string, pieceBytes = 1 << 20): { table: SocketTable; malformed: number } {
  const table = new SocketTable()
  const reader = new ProcNetReader(table)
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    reader.push(bytes.subarray(at, at + pieceBytes))
  }
  reader.end()
  return { table, malformed: reader.malformed }
}

function briefly(table: SocketTable): readonly string[] {
  return Array.from({ length: table.length }, (_, index) => {
    const row = table.row(index)
    const ends = `${row.localAddress}:${row.localPort} ${row.remoteAddress}:${row.remotePort}`
    const queues = `${row.receiveQueue}/${row.sendQueue}`
    const timer = `${row.timer}/${row.expiresMs}/${row.retransmits}`
    return `${row.state} ${ends} ${queues} ${timer} uid ${row.uid} inode ${row.inode}`
  })
}

const wanted = [
  "LISTEN 127.0.0.1:8080 0.0.0.0:0 3/-1 0/0/0 uid 0 inode 5001",
  "ESTABLISHED 10.1.1.5:54321 192.0.2.7:443 32/16 1/1000/2 uid 1000 inode 12345",
  "TIME-WAIT 10.1.1.5:54322 192.0.2.7:443 0/0 3/60000/0 uid 0 inode 0",
]

test("ProcNetReader reads /proc/net/tcp", () => {
  const { table, malformed } = read(tcp)
  assert.deepEqual(briefly(table), wanted)
  assert.equal(malformed, 0)
})

test("ProcNetReader reads /proc/net/tcp6 with mapped addresses as IPv4", () => {
  assert.deepEqual(briefly(read(tcp6).table), [
    "SYN-SENT 10.1.1.5:54323 192.0.2.7:443 0/1 1/300/1 uid 1000 inode 777",
    "CLOSE-WAIT 2001:db8::1:80 2001:db8::2:49153 1/0 0/0/0 uid 33 inode 778",
  ])
})

test("ProcNetReader does not care where pieces are cut", () => {
  for (const pieceBytes of [1, 7, 64, 150, 151]) {
    assert.deepEqual(briefly(read(tcp, pieceBytes).table), wanted)
  }
})

test("ProcNetReader counts damaged rows and reads the rest", () => {
  const damaged = tcp.replace("070200C0:01BB 01", "0702:01BB 01")
  const { table, malformed } = read(`${damaged}${"x:".repeat(600)}\n${tcp}`)
  assert.equal(malformed, 2)
  assert.equal(table.length, 5)
})

test("ProcNetReader never throws, whatever the bytes", () => {
  fc.assert(
    fc.property(fc.nat(tcp.length), fc.string({ maxLength: 20 }), (at, noise) => {
      const { table } = read(tcp.slice(0, at) + noise + tcp.slice(at + noise.length))
      assert(table.length <= 4)
    }),
    { numRuns: 300 },
  )
})

test("rows as short as can be read leave what they do not say unknown", () => {
  const table = new SocketTable(1)
  const reader = new ProcNetReader(table)
  reader.push(new TextEncoder().encode(":0100007F:1 0100007F:2 1\n".repeat(500)))
  reader.end()
  assert.equal(table.length, 500)
  for (const name of ["pid", "rttUs", "line"] as const) {
    assert.ok(
      table
        .column(name)
        .subarray(0, 500)
        .every((value) => value === -1),
      name,
    )
  }
})
