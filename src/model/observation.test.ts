import assert from "node:assert/strict"
import { test } from "node:test"
import { formatCitation, jsonOfObservation, type Observation } from "./observation.ts"

test("a citation is a file and the line where there is one", () => {
  assert.equal(formatCitation({ source: "netstat.txt", line: 12 }), "netstat.txt:12")
  assert.equal(formatCitation({ source: "/proc/net/tcp" }), "/proc/net/tcp")
})

test("the public form has the place as one text and leaves out what is not known", () => {
  const socket: Observation = {
    kind: "socket",
    protocol: "tcp",
    state: "TIME-WAIT",
    local: { address: "10.1.1.5", port: 1118 },
    remote: { address: "tsctinode1.wonderware.com", port: 445, service: "microsoft-ds" },
    at: { source: "netstat.txt", line: 12 },
  }
  assert.deepEqual(JSON.parse(JSON.stringify(jsonOfObservation(socket))), {
    kind: "socket",
    protocol: "tcp",
    state: "TIME-WAIT",
    local: { address: "10.1.1.5", port: 1118 },
    remote: { address: "tsctinode1.wonderware.com", port: 445, service: "microsoft-ds" },
    at: "netstat.txt:12",
  })
})
