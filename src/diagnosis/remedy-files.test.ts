import assert from "node:assert/strict"
import { test } from "node:test"
import { filesOf } from "./remedy-files.ts"

const key = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters"

test("registry commands become one file that every regedit reads", () => {
  const files = filesOf("ephemeral-ports", [
    `reg add ${key} /v MaxUserPort /t REG_DWORD /d 65534 /f`,
    `reg add ${key} /v TcpTimedWaitDelay /t REG_DWORD /d 30 /f`,
  ])
  const content = [
    "REGEDIT4",
    "",
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters]",
    '"MaxUserPort"=dword:0000fffe',
    '"TcpTimedWaitDelay"=dword:0000001e',
    "",
  ].join("\r\n")
  assert.deepEqual(files, [{ name: "fourtuple-ephemeral-ports.reg", content }])
})

test("sysctl commands become a file of sysctl.d; comments and other commands do not", () => {
  const files = filesOf("ephemeral-ports", [
    "sysctl -w net.ipv4.ip_local_port_range='1024 65535'",
    "sysctl -w net.ipv4.ip_local_reserved_ports=8080,9090  # your listeners above 1024",
    "ss -tan",
  ])
  const content =
    "net.ipv4.ip_local_port_range = 1024 65535\nnet.ipv4.ip_local_reserved_ports = 8080,9090\n"
  assert.deepEqual(files, [{ name: "90-fourtuple-ephemeral-ports.conf", content }])
})

test("commands that set nothing give no file", () => {
  assert.deepEqual(filesOf("target-refused", ["ss -ltn", "netstat -ano"]), [])
})
