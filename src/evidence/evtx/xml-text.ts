/** XML as text, laid out as `evtxexport -f xml` does: two blanks a level, an element of only text on one line. */
import type { XmlSink } from "./xml-nodes.ts"

export class XmlText implements XmlSink {
  #text = ""
  readonly #open: { readonly name: string; hasElements: boolean }[] = []
  /** Whether the start of the innermost element still lacks its ">". */
  #isStarting = false

  open(name: string): void {
    this.#closeStart()
    const parent = this.#open.at(-1)
    if (parent !== undefined) parent.hasElements = true
    this.#text += `${this.#newLine()}<${name}`
    this.#open.push({ name, hasElements: false })
    this.#isStarting = true
  }

  attribute(name: string, value: string): void {
    const escaped = escapeXml(value).replaceAll('"', "&quot;")
    this.#text += ` ${name}="${escaped}"`
  }

  text(text: string): void {
    this.#raw(escapeXml(text))
  }

  cdata(text: string): void {
    this.#raw(`<![CDATA[${text}]]>`)
  }

  instruction(target: string, text: string): void {
    this.#raw(`<?${target} ${text}?>`)
  }

  close(): void {
    const element = this.#open.pop()
    if (element === undefined) return
    if (this.#isStarting) {
      this.#text += "/>"
      this.#isStarting = false
    } else this.#text += `${element.hasElements ? this.#newLine() : ""}</${element.name}>`
  }

  /** All of it, with elements that were left open closed. */
  finish(): string {
    while (this.#open.length > 0) this.close()
    return this.#text
  }

  #raw(text: string): void {
    this.#closeStart()
    this.#text += text
  }

  #closeStart(): void {
    if (this.#isStarting) this.#text += ">"
    this.#isStarting = false
  }

  #newLine(): string {
    return this.#text === "" ? "" : `\n${"  ".repeat(this.#open.length)}`
  }
}

function escapeXml(text: string): string {
  if (!/[&<>]/.test(text)) return text
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
}
