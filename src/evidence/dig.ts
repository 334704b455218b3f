/**
 * dig (ISC BIND): status, answers, server and query time of each query in the output, as a fact
 * name-answer.
 */
import { parseAddress } from "../model/fourtuple.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"
import { shortLines } from "./short-lines.ts"

const answersMax = 256

export const digReader: Reader = shortLines({
  format: "dig",
  title: "dig",
  begins: ";",
  sniff(line) {
    if (line.charCodeAt(0) !== 59) return 0
    return /^; <<>> DiG |^;; ->>HEADER<<-/.test(line) ? 0.95 : 0
  },
  open: (context) => new DigSection(context),
})

class DigSection implements Section {
  readonly #context: SectionContext
  #name = ""
  #line = 0
  #status = ""
  #answers: string[] = []
  #server = ""
  #ms: number | undefined
  #part = ""

  constructor(context: SectionContext) {
    this.#context = context
  }

  line(text: string): boolean {
    if (text.trim() === "") return true
    const head = /^; <<>> DiG \S+(?: .*?)? <<>> ?(.*)$/.exec(text)
    if (head !== null) {
      this.end()
      const words = (head[1] ?? "").split(/\s+/).filter((word) => /^[A-Za-z0-9_]/.test(word))
      this.#name = words.find((word) => word.includes(".")) ?? words[0] ?? ""
      this.#line = this.#context.lineNumber()
      return true
    }
    if (text.startsWith(";")) return this.#comment(text)
    const record = /^(\S+?)\.?\s+\d+\s+IN\s+(A|AAAA|CNAME|\w+)\s+(\S.*)$/.exec(text)
    if (record === null) return false
    const address = parseAddress(record[3] ?? "")
    if (this.#part === "ANSWER" && address !== undefined && this.#answers.length < answersMax) {
      this.#answers.push(address)
    }
    return true
  }

  end(): void {
    if (this.#status !== "") {
      const server = this.#server === "" ? {} : { server: this.#server }
      const ms = this.#ms === undefined ? {} : { ms: this.#ms }
      const outcome =
        this.#status !== "NOERROR"
          ? { error: this.#status }
          : this.#answers.length > 0
            ? { answers: this.#answers.join(",") }
            : { error: "no address" }
      const data = { name: this.#name, ...outcome, ...server, ...ms }
      const at = this.#context.here(this.#line)
      this.#context.emit({ kind: "fact", name: "name-answer", data, at })
    }
    this.#status = ""
    this.#answers = []
    this.#server = ""
    this.#ms = undefined
    this.#part = ""
  }

  #comment(text: string): boolean {
    const status = /status: (\w+)/.exec(text)?.[1]
    if (status !== undefined) {
      if (this.#status !== "") this.end()
      this.#status = status
      if (this.#line === 0) this.#line = this.#context.lineNumber()
    }
    if (/timed out|no servers could be reached|communications error/.test(text)) {
      this.#status = "timeout"
    }
    const part = /^;; (\w+) SECTION:/.exec(text)?.[1]
    if (part !== undefined) this.#part = part
    const question = /^;(\S+?)\.?\s+IN\s/.exec(text)?.[1]
    if (question !== undefined && !question.startsWith(";")) this.#name = question
    const ms = /^;; Query time: (\d+) (msec|usec)/.exec(text)
    if (ms !== null) this.#ms = Number(ms[1]) / (ms[2] === "usec" ? 1000 : 1)
    const server = /^;; SERVER: ([^#\s]+)#/.exec(text)?.[1]
    if (server !== undefined) this.#server = server
    return true
  }
}
