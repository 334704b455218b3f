import assert from "node:assert/strict"
import { test } from "node:test"
import { Refusal } from "../model/refusal.ts"
import { type RunTool, sampleBySystemTools, systemTools } from "./system-tools.ts"

/** Plays back outputs by the beginning of the command; everything else is not installed. */
function player(outputs: Readonly<Record<string, string>>): { run: RunTool; asked: string[] } {
  const asked: string[] = []
  const run: RunTool = async (program, parameters) => {
    const command = [program, ...parameters].join(" ")
    asked.push(command)
    const found = Object.entries(outputs).find(([start]) => command.startsWith(start))
    if (found === undefined) throw new Error(`spawn ${program} ENOENT`)
    return Buffer.from(found[1].replaceAll("\n", "\r\n"))
  }
  return { run, asked }
}

const netstatWindows = `
Active Connections

  Proto  Local Address          Foreign Address        State           PID
  TCP    0.0.0.0:135            0.0.0.0:0              LISTENING       968
  TCP    10.1.1.5:49712         10.1.1.20:445          ESTABLISHED     4
  TCP    10.1.1.5:49713         10.1.1.21:445          SYN_SENT        4
  TCP    10.1.1.5:49714         10.1.1.22:445          TIME_WAIT       0
  TCP    0.0.0.0:49800          0.0.0.0:0              BOUND           4711
  UDP    0.0.0.0:123            *:*                                    1020
`

const dynamicPort = `
Protocol tcp Dynamic Port Range
---------------------------------
Start Port      : 49152
Number of Ports : 16384

`

test("sampleBySystemTools reads Windows by its tools", async () => {
  const { run, asked } = player({
    "netstat -anoq": netstatWindows,
    "netsh int ipv4 show dynamicport": dynamicPort,
  })
  const samples = await sampleBySystemTools({
    system: "win32",
    release: "10.0.20348",
    run,
    windowMs: 1,
  })
  assert.equal(samples.system, "Windows 10.0.20348")
  assert.equal(samples.samples.length, 2)
  const [first] = samples.samples
  assert.equal(first?.method, "system-tools")
  assert.equal(first?.boundSeen, true)
  const rows = Array.from({ length: first?.sockets.length ?? 0 }, (_, index) =>
    first?.sockets.row(index),
  )
  assert.deepEqual(
    rows.map((row) => [row?.state, row?.localPort, row?.pid]),
    [
      ["LISTEN", 135, 968],
      ["ESTABLISHED", 49712, 4],
      ["SYN-SENT", 49713, 4],
      ["TIME-WAIT", 49714, 0],
      ["BOUND", 49800, 4711],
    ],
  )
  assert(samples.observations.some((each) => each.kind === "setting" && each.value === 16384))
  assert(samples.blind.some((sentence) => sentence.startsWith("ipconfig /all: spawn")))
  assert.equal(asked.filter((command) => command.startsWith("netstat -anoq")).length, 2)
})

test("sampleBySystemTools asks older Windows for what it has", async () => {
  const { run, asked } = player({ "netstat -ano": netstatWindows })
  const options = { system: "win32", release: "6.1.7601", run, samples: 1 } as const
  const { samples } = await sampleBySystemTools(options)
  assert(asked.includes("netstat -ano"))
  assert(!asked.includes("netstat -anoq"))
  assert.equal(samples[0]?.sockets.length, 5)
})

const netstatMac = `Active Internet connections (including servers)
Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)
tcp4       0      0  192.168.1.5.51234      93.184.216.34.443      ESTABLISHED
tcp6       0      0  *.5000                 *.*                    LISTEN
tcp4       0      0  192.168.1.5.51235      93.184.216.34.443      TIME_WAIT
`

test("sampleBySystemTools reads macOS by its tools", async () => {
  const { run } = player({
    "netstat -anv": netstatMac,
    "sysctl net.inet": "net.inet.ip.portrange.first: 49152\nnet.inet.ip.portrange.last: 65535\n",
  })
  const samples = await sampleBySystemTools({ system: "darwin", run, samples: 1 })
  assert.match(samples.system, /^macOS/)
  assert.equal(samples.samples[0]?.sockets.length, 3)
  assert.equal(samples.samples[0]?.sockets.row(0).remoteAddress, "93.184.216.34")
  assert.equal(samples.samples[0]?.sockets.row(2).state, "TIME-WAIT")
  const names = samples.observations.flatMap((each) => (each.kind === "setting" ? each.name : []))
  assert(names.includes("net.inet.ip.portrange.first"))
})

test("sampleBySystemTools says when there is no socket table", async () => {
  const { run } = player({})
  const { samples, blind } = await sampleBySystemTools({ system: "freebsd", run, samples: 1 })
  assert.equal(samples[0]?.method, "none")
  assert.equal(blind.length, systemTools.freebsd.length)
})

test("sampleBySystemTools stops when aborted", async () => {
  const { run } = player({})
  const signal = AbortSignal.abort(new Error("enough"))
  await assert.rejects(sampleBySystemTools({ system: "darwin", run, signal }), /enough/)
})

test("sampleBySystemTools refuses a system it does not know", async () => {
  if (process.platform === "linux") await assert.rejects(sampleBySystemTools(), Refusal)
})

for (const [system, tools] of Object.entries(systemTools)) {
  test(`the tools of ${system} only read, and have names of their own`, () => {
    const names = tools.map(({ name }) => name)
    assert.equal(new Set(names).size, names.length)
    assert.equal(tools.filter(({ sockets }) => sockets === true).length, 1)
    for (const { program, parameters } of tools) {
      assert.match(program, /^[a-z]+$/)
      assert(!parameters.some((word) => /^(set|add|delete|-w|import|flush|-F)$/i.test(word)))
    }
  })
}
