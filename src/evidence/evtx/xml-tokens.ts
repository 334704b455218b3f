/**
 * XML text → a sink, piece by piece: enough of XML 1.0 for what Windows writes (elements, attributes in either quote,
 * references, CDATA, comments, instructions), with prefixes of names taken off. It holds one tag or text at most,
 * whatever the size of the document, and takes what is not well formed for as much as it is.
 */
import type { XmlSink } from "./xml-nodes.ts"

/** A tag, comment or CDATA section is shorter; what is longer is none and left out. */
const heldMax = 1 << 16
const depthMax = 64
/** The longest reference. */
const referenceMax = 12

const entities: ReadonlyMap<string, string> = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["amp", "&"],
  ["quot", '"'],
  ["apos", "'"],
])

export class XmlTokens {
  readonly #sink: XmlSink
  /** What has come of a tag that has not ended. */
  #held = ""
  /** Names of the elements that are open. */
  readonly #open: string[] = []

  constructor(sink: XmlSink) {
    this.#sink = sink
  }

  /** Whether what came last ends inside a tag, a comment or the like. */
  get isOpen(): boolean {
    return this.#held !== ""
  }

  /** The element opened last is the outermost from now on. */
  forgetOuter(): void {
    this.#open.splice(0, this.#open.length - 1)
  }

  push(piece: string): void {
    const text = this.#held + piece
    this.#held = ""
    for (let at = 0; at < text.length; ) {
      const tagAt = text.indexOf("<", at)
      if (tagAt < 0) {
        this.#rest(text, at)
        return
      }
      if (tagAt > at) this.#text(text, at, tagAt)
      at = this.#tag(text, tagAt)
      if (at >= 0) continue
      if (text.length - tagAt <= heldMax) {
        this.#held = text.slice(tagAt)
        return
      }
      // So much is looked at once, whatever it holds.
      at = tagAt + heldMax
    }
  }

  /** Text up to the end of a piece, which may cut a reference. */
  #rest(text: string, from: number): void {
    const cutAt = text.lastIndexOf("&")
    const isNearEnd = cutAt >= Math.max(from, text.length - referenceMax)
    const isCut = isNearEnd && !text.includes(";", cutAt)
    if (isCut) this.#held = text.slice(cutAt)
    this.#text(text, from, isCut ? cutAt : text.length)
  }

  #text(text: string, from: number, to: number): void {
    if (to > from) this.#sink.text(unescaped(text.slice(from, to)))
  }

  /** Reads what begins with "<" and gives where it ends; -1: not in this text. */
  #tag(text: string, at: number): number {
    const next = text.charCodeAt(at + 1)
    if (next === slash) return this.#endTag(text, at)
    if (next === bang) return this.#declaration(text, at)
    if (next === question) return after(text, "?>", at)
    return this.#startTag(text, at)
  }

  /** Closes what is open up to the element of that name, and nothing where there is none. */
  #endTag(text: string, at: number): number {
    const end = tagEnd(text, at)
    if (end < 0 || text.charCodeAt(end) !== closing) return end
    const name = localName(text.slice(at + 2, Math.min(end, at + nameMax)).trim())
    const index = this.#open.lastIndexOf(name)
    while (index >= 0 && this.#open.length > index) this.#close()
    return end + 1
  }

  #close(): void {
    this.#open.pop()
    this.#sink.close()
  }

  #declaration(text: string, at: number): number {
    if (text.startsWith("<!--", at)) return after(text, "-->", at + 4)
    const isCut = text.length - at < cdataOpen.length && cdataOpen.startsWith(text.slice(at))
    if (isCut) return -1
    if (!text.startsWith(cdataOpen, at)) return after(text, ">", at)
    const end = text.indexOf("]]>", at)
    if (end < 0) return -1
    this.#sink.cdata(text.slice(at + cdataOpen.length, end))
    return end + 3
  }

  #startTag(text: string, at: number): number {
    if (at + 1 >= text.length) return -1
    namePattern.lastIndex = at + 1
    const name = namePattern.exec(text)?.[0] ?? ""
    if (name === "") {
      this.#sink.text("<")
      return at + 1
    }
    const end = tagEnd(text, at)
    if (end < 0 || text.charCodeAt(end) !== closing) return end
    const isEmpty = text.charCodeAt(end - 1) === slash
    const local = localName(name)
    this.#sink.open(local)
    this.#open.push(local)
    this.#attributes(text, at + 1 + name.length, isEmpty ? end - 1 : end)
    if (isEmpty) this.#close()
    else if (this.#open.length > depthMax) this.#close()
    return end + 1
  }

  #attributes(text: string, from: number, to: number): void {
    attributePattern.lastIndex = from
    for (;;) {
      const match = attributePattern.exec(text)
      if (match === null || match.index >= to) return
      const value = match[2] ?? match[3] ?? ""
      const name = match[1] ?? ""
      this.#sink.attribute(name.startsWith("xmlns") ? name : localName(name), unescaped(value))
    }
  }
}

const nameMax = 256
const slash = 47
const opening = 60
const closing = 62
const doubleQuote = 34
const singleQuote = 39
const bang = 33
const question = 63
const cdataOpen = "<![CDATA["
const namePattern = /[\p{L}_][\p{L}\d_.:-]{0,200}/uy
const attributePattern = /\s+([\p{L}_][\p{L}\d_.:-]{0,200})\s*=\s*(?:"([^"]*)"|'([^']*)')/uy

/**
 * Where the tag that begins there has its ">", which may stand in quotes as well; -1: not in this text. A tag in which
 * another begins was cut, and ends there.
 */
function tagEnd(text: string, at: number): number {
  let quote = 0
  for (let index = at + 1; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === opening) return index
    if (quote !== 0) {
      if (code === quote) quote = 0
    } else if (code === closing) return index
    else if (code === doubleQuote || code === singleQuote) quote = code
  }
  return -1
}

function after(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from)
  return at < 0 ? -1 : at + mark.length
}

function localName(name: string): string {
  const colon = name.lastIndexOf(":")
  return colon < 0 ? name : name.slice(colon + 1)
}

/** "&lt;", "&#38;" and "&#x26;" are what they stand for. */
export function unescaped(text: string): string {
  if (!text.includes("&")) return text
  return text.replaceAll(
    /&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|(\w{1,10}));/g,
    (whole, decimal, hex, name) => {
      if (name !== undefined) return entities.get(name) ?? whole
      const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
      return code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : whole
    },
  )
}
