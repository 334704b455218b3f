/**
 * Single connections made by hand: PowerShell's Test-NetConnection, telnet of Unix and Windows, and
 * the answers of nc that are no error text ("open", "timed out: Operation now in progress"). Each
 * is one attempt.
 */
import { type Endpoint, makeEndpoint, parseAddress } from "../model/fourtuple.ts"
import { errorInText } from "./client-log-error.ts"
import { parseLabelValue, parseWhole } from "./label-value.ts"
import { commandOf } from "./prompt.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"
import { shortLines } from "./short-lines.ts"

const warning = /^\w+: .*\(([^()\s]+)\s*: ?(\d{1,5})\)\s*\S*/

export const testNetConnectionReader: Reader = shortLines({
  format: "test-netconnection",
  title: "Test-NetConnection",
  sniff(line, ahead) {
    if (/^ComputerName\s*: /.test(line)) {
      return ahead.some((next) => /^Remote(?:Address|Port)\s*:/.test(next)) ? 0.9 : 0
    }
    if (/^TcpTestSucceeded\s*: /.test(line)) return 0.6
    return /^\w+: TCP connect to \(/.test(line) && warning.test(line) ? 0.8 : 0
  },
  open: testNetConnectionSection,
})

function testNetConnectionSection(context: SectionContext): Section {
  let values = new Map<string, string>()
  let warned: Endpoint | undefined
  let line = context.lineNumber()
  let first = true
  context.mark({ system: "windows" })
  const flush = () => {
    const verdict = values.get("TcpTestSucceeded")
    if (verdict !== undefined || warned !== undefined) {
      emitTest(context, { values, warned, line })
    }
    values = new Map()
    warned = undefined
  }
  return {
    line(text) {
      if (text.trim() === "" || /^WARN\w*: /.test(text)) {
        const found = warning.exec(text)
        // Every address of the name is tried and warned of: one test all the same.
        if (found !== null) warned = makeEndpoint(found[1] ?? "", found[2] ?? "")
        first = false
        return true
      }
      const pair = parseLabelValue(text)
      if (pair === undefined || /\s{2,}\S/.test(pair.label)) return false
      if (pair.label === "ComputerName" && values.size > 0) flush()
      if (values.size === 0 && first) line = context.lineNumber()
      first = false
      if (values.size === 0) line = context.lineNumber()
      if (values.size < 40) values.set(pair.label, pair.value)
      return /^[A-Z]\w+(?: \(\w+\))?$/.test(pair.label)
    },
    end: flush,
  }
}

function emitTest(
  context: SectionContext,
  test: {
    readonly values: ReadonlyMap<string, string>
    readonly warned: Endpoint | undefined
    readonly line: number
  },
): void {
  const { values, warned } = test
  const number = parseWhole(values.get("RemotePort") ?? "")
  const port = number === undefined || number > 65535 ? undefined : number
  const address = parseAddress(values.get("RemoteAddress") ?? "") ?? values.get("ComputerName")
  const to =
    address !== undefined && port !== undefined
      ? { to: { address, port } }
      : warned === undefined
        ? {}
        : { to: warned }
  const source = parseAddress(values.get("SourceAddress") ?? "")
  const from = source === undefined ? {} : { from: { address: source } }
  const ok = /^true$/i.test(values.get("TcpTestSucceeded") ?? "")
  const at = context.here(test.line)
  context.emit({ kind: "attempt", ...from, ...to, ok, call: "connect", at })
}

const trying = /^Trying ([0-9a-fA-F.:]+)\.\.\.\s*$/
const connecting = /^[^\s:]+(?: [^\s:]+){1,3} ([\w.-]+)\.\.\.(.*)$/
const telnetCommand = /^(?:\S*[\\/])?telnet(?:\.exe)?\s+(?:-\S+\s+)*([\w.:-]+)(?:\s+(\d{1,5}))?\s*$/

export const telnetReader: Reader = shortLines({
  format: "telnet",
  title: "telnet",
  sniff(line, ahead) {
    if (line.includes("telnet") && telnetCommand.test(commandOf(line) ?? "")) return 0.8
    if (trying.test(line))
      return ahead.some((next) => /^(?:Connected to|telnet: )/.test(next)) ? 0.8 : 0
    if (!line.includes("...")) return 0
    return /\.\.\..*\b\d{1,5}\s*:\s*\S/.test(line) && connecting.test(line) ? 0.6 : 0
  },
  open: telnetSection,
})

function telnetSection(context: SectionContext): Section {
  let host = ""
  let port = ""
  let line = context.lineNumber()
  let done = false
  const report = (ok: boolean, text: string) => {
    const error = ok ? undefined : errorInText(text)?.error.name
    const failure = error === undefined ? {} : { error }
    const known = host === "" ? undefined : (makeEndpoint(host, port) ?? { address: host })
    const to = known === undefined ? {} : { to: known }
    const at = context.here(line)
    context.emit({ kind: "attempt", ...to, ok, ...failure, call: "connect", process: "telnet", at })
    done = true
  }
  return {
    line(text) {
      const command = telnetCommand.exec(commandOf(text) ?? "")
      if (command !== null) {
        host = command[1] ?? ""
        port = command[2] ?? "23"
        line = context.lineNumber()
        done = false
        return true
      }
      const tried = trying.exec(text)
      if (tried !== null) {
        host = tried[1] ?? host
        return true
      }
      if (done) return text.trim() === "" || /^(?:Escape character|Connection closed)/.test(text)
      const windows = connecting.exec(text)
      if (windows !== null) {
        host = windows[1] ?? host
        port = /\b(\d{1,5})\s*:/.exec(windows[2] ?? "")?.[1] ?? port
        if (port !== "" && (windows[2] ?? "") !== "") report(false, text)
        return true
      }
      if (text.startsWith("Connected to ")) report(true, text)
      else if (/^telnet: connect to address/.test(text)) return true
      else if (/^telnet: /.test(text)) report(false, text)
      else return text.trim() === ""
      return true
    },
  }
}

const ncTimeout = /^nc: connect to (\S+) port (\d{1,5}) \(tcp\) (?:failed|timed out): (.*)$/
const ncOpen =
  /^(?:(\S+) )?[[(]([0-9a-fA-F.:]+)(?:[\])] (\d{1,5})(?: \([\w-]+\))?|:(\d{1,5})\)) open\s*$/

export const ncReader: Reader = shortLines({
  format: "nc",
  title: "nc -z",
  sniff(line) {
    if (line.length > 200) return 0
    if (line.startsWith("nc: ")) return ncTimeout.test(line) ? 0.6 : 0
    return line.trimEnd().endsWith(" open") && ncOpen.test(line) ? 0.6 : 0
  },
  open: (context) => ({
    line(text) {
      const failure = ncTimeout.exec(text)
      const open = failure === null ? ncOpen.exec(text) : null
      if (failure === null && open === null) return false
      const to =
        failure === null
          ? makeEndpoint(open?.[2] ?? "", open?.[3] ?? open?.[4] ?? "")
          : makeEndpoint(failure[1] ?? "", failure[2] ?? "")
      const words = failure?.[3] ?? ""
      // "Operation now in progress" is what nc's own time limit leaves in errno.
      const isTimeout = / timed out: /.test(text) || /in progress/.test(words)
      const name = isTimeout ? "ETIMEDOUT" : errorInText(words)?.error.name
      const error = failure === null || name === undefined ? {} : { error: name }
      const target = to === undefined ? {} : { to }
      const ok = failure === null
      const at = context.here()
      context.emit({ kind: "attempt", ...target, ok, ...error, call: "connect", process: "nc", at })
      return true
    },
  }),
})
