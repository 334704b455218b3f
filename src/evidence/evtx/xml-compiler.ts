/**
 * Binary XML → nodes. A template is read once a chunk, however many records use it. Nothing here throws: the first
 * thing that cannot be is kept as the fault, and from then on nothing more is read.
 */
import type { ChunkMemory } from "./chunk-memory.ts"
import { Cursor } from "./cursor.ts"
import { wideText } from "./values.ts"
import {
  type AttributeNode,
  type ElementNode,
  type InstanceNode,
  NO_SLOT,
  type SlotValues,
  type XmlNode,
} from "./xml-nodes.ts"

/** Elements in elements, templates in templates. */
const depthMax = 64

const END = 0x00
const OPEN_ELEMENT = 0x01
const CLOSE_START = 0x02
const CLOSE_EMPTY = 0x03
const CLOSE_ELEMENT = 0x04
const TEXT = 0x05
const ATTRIBUTE = 0x06
const CDATA = 0x07
const CHAR_REFERENCE = 0x08
const ENTITY_REFERENCE = 0x09
const INSTRUCTION_TARGET = 0x0a
const INSTRUCTION_DATA = 0x0b
const INSTANCE = 0x0c
const SLOT = 0x0d
const OPTIONAL_SLOT = 0x0e
const FRAGMENT = 0x0f
/** Set on an opening token: attributes follow; on others: more of the same content follows. */
const moreFlag = 0x40

const entities: ReadonlyMap<string, string> = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["amp", "&"],
  ["quot", '"'],
  ["apos", "'"],
])

export class XmlCompiler {
  readonly #memory: ChunkMemory
  /** What was wrong, if anything. */
  fault: string | undefined

  constructor(memory: ChunkMemory) {
    this.#memory = memory
  }

  /** The document at bytes[from, to): that of a record, of a template, or of a value that is XML. */
  document(from: number, to: number, depth = 0): readonly XmlNode[] {
    const cursor = new Cursor(this.#memory.bytes, from, to)
    // An element that stands alone, without a fragment around it, does not say which slot it depends on.
    const hasDependency = ((cursor.bytes[from] ?? END) & ~moreFlag) !== OPEN_ELEMENT
    return this.#contents(cursor, END, hasDependency, depth)
  }

  /** Nodes up to the token that ends them. */
  #contents(cursor: Cursor, end: number, hasDependency: boolean, depth: number): XmlNode[] {
    const nodes: XmlNode[] = []
    if (depth > depthMax) this.#fail("is nested too deeply")
    while (this.fault === undefined) {
      // The zero at the end of a document may be missing, the token that ends an element may not.
      if (cursor.at >= cursor.end && end === END && !cursor.isSpent) break
      const token = cursor.uint8()
      if (cursor.isSpent) this.#fail("ends too early")
      if (token === end) break
      const node = this.#node(token, cursor, hasDependency, depth)
      if (node !== undefined) nodes.push(node)
    }
    return nodes
  }

  #node(token: number, cursor: Cursor, hasDependency: boolean, depth: number): XmlNode | undefined {
    if (--this.#memory.tokensLeft < 0) return this.#fail("repeats itself without end")
    switch (token & ~moreFlag) {
      case OPEN_ELEMENT:
        return this.#element(token, cursor, hasDependency, depth)
      case FRAGMENT:
        // Version and flags.
        cursor.skip(3)
        return undefined
      case INSTANCE:
        return this.#instance(cursor, depth)
      case SLOT:
      case OPTIONAL_SLOT:
        return slotNode(token === OPTIONAL_SLOT, cursor)
      case CDATA:
        return { kind: "cdata", text: this.#string(cursor) }
      case INSTRUCTION_TARGET:
        return this.#instruction(cursor)
      default: {
        const text = this.#text(token, cursor)
        return text === undefined ? undefined : { kind: "text", text }
      }
    }
  }

  /** Text, and the references that stand for text. */
  #text(token: number, cursor: Cursor): string | undefined {
    switch (token & ~moreFlag) {
      case TEXT:
        // Its type, of which there is one.
        if (cursor.uint8() !== 0x01) return this.#fail("has a text that is none")
        return this.#string(cursor)
      case CHAR_REFERENCE:
        return String.fromCharCode(cursor.uint16())
      case ENTITY_REFERENCE: {
        const name = this.#name(cursor)
        return entities.get(name) ?? `&${name};`
      }
      default:
        return this.#fail(`has a token 0x${token.toString(16)} where none can be`)
    }
  }

  #element(token: number, cursor: Cursor, hasDependency: boolean, depth: number): ElementNode {
    const dependsOn = hasDependency ? cursor.uint16() : NO_SLOT
    const size = cursor.uint32()
    if (cursor.at + size > cursor.end) this.#fail("has an element larger than itself")
    const name = this.#name(cursor)
    const attributes = (token & moreFlag) === 0 ? [] : this.#attributes(cursor)
    const close = cursor.uint8()
    let content: readonly XmlNode[] = []
    if (close === CLOSE_START) {
      content = this.#contents(cursor, CLOSE_ELEMENT, hasDependency, depth + 1)
    } else if (close !== CLOSE_EMPTY) this.#fail("has an element that does not end")
    return { kind: "element", name, attributes, content, dependsOn }
  }

  #attributes(cursor: Cursor): readonly AttributeNode[] {
    const size = cursor.uint32()
    const end = cursor.at + size
    if (end > cursor.end) this.#fail("has attributes larger than itself")
    const list: AttributeNode[] = []
    while (this.fault === undefined && cursor.at < end) {
      if ((cursor.uint8() & ~moreFlag) !== ATTRIBUTE) this.#fail("has an attribute that is none")
      const name = this.#name(cursor)
      list.push({ name, pieces: this.#pieces(cursor, end) })
    }
    return list
  }

  /** What an attribute's value is made of, up to the next attribute. */
  #pieces(cursor: Cursor, end: number): readonly XmlNode[] {
    const pieces: XmlNode[] = []
    while (this.fault === undefined && cursor.at < end) {
      const token = cursor.bytes[cursor.at] ?? END
      if ((token & ~moreFlag) === ATTRIBUTE) break
      cursor.skip(1)
      if (--this.#memory.tokensLeft < 0) this.#fail("repeats itself without end")
      if (token === SLOT || token === OPTIONAL_SLOT) {
        pieces.push(slotNode(token === OPTIONAL_SLOT, cursor))
      } else {
        const text = this.#text(token, cursor)
        if (text !== undefined) pieces.push({ kind: "text", text })
      }
    }
    return pieces
  }

  #instruction(cursor: Cursor): XmlNode {
    const target = this.#name(cursor)
    if (cursor.bytes[cursor.at] !== INSTRUCTION_DATA) {
      return { kind: "instruction", target, text: "" }
    }
    cursor.skip(1)
    return { kind: "instruction", target, text: this.#string(cursor) }
  }

  /** Layout: a one, the first 4 bytes of the template's GUID, its offset, the values. */
  #instance(cursor: Cursor, depth: number): InstanceNode {
    cursor.skip(5)
    const offset = cursor.uint32()
    const body = this.#memory.templateBodyAt(offset)
    if (body === undefined) this.#fail("names a template outside its chunk")
    // The first record that uses a template holds it.
    if (body !== undefined && offset === cursor.at) cursor.skip(body.to - offset)
    const values = this.#values(cursor)
    return { kind: "instance", content: this.#template(offset, body, depth), values }
  }

  #template(
    offset: number,
    body: { readonly from: number; readonly to: number } | undefined,
    depth: number,
  ): readonly XmlNode[] {
    if (body === undefined || this.fault !== undefined) return []
    const { templates } = this.#memory
    if (!templates.has(offset)) {
      // While it is being read it is none: a template that holds itself has no end.
      templates.set(offset, undefined)
      const content = this.document(body.from, body.to, depth + 1)
      if (this.fault === undefined) templates.set(offset, content)
    }
    const known = templates.get(offset)
    if (known === undefined) this.#fail("names a template that cannot be read")
    return known ?? []
  }

  /** Layout: how many; size (2 bytes), type and a zero of each; then their bytes. */
  #values(cursor: Cursor): SlotValues {
    const count = cursor.uint32()
    const types: number[] = []
    const borders: number[] = [cursor.at + 4 * count]
    let border = borders[0] ?? 0
    if (border > cursor.end) this.#fail("has more values than it has room for")
    for (let index = 0; index < count && this.fault === undefined; index++) {
      border += cursor.uint16()
      types.push(cursor.uint8())
      cursor.skip(1)
      borders.push(border)
      if (border > cursor.end) this.#fail("has values larger than itself")
    }
    if (this.fault === undefined) cursor.skip(border - cursor.at)
    return { types, borders }
  }

  /** A name, which stands elsewhere in the chunk, or right here where it is first used. */
  #name(cursor: Cursor): string {
    const offset = cursor.uint32()
    const name = this.#memory.nameAt(offset)
    if (name === undefined) {
      this.#fail("names something that has no name")
      return ""
    }
    if (offset === cursor.at) cursor.skip(name.end - offset)
    return name.text
  }

  #string(cursor: Cursor): string {
    const chars = cursor.uint16()
    const from = cursor.at
    cursor.skip(2 * chars)
    return cursor.isSpent ? "" : wideText(cursor.bytes, from, cursor.at)
  }

  #fail(says: string): undefined {
    this.fault ??= says
    return undefined
  }
}

function slotNode(isOptional: boolean, cursor: Cursor): XmlNode {
  const slot = cursor.uint16()
  // The type it should have; the value says which it has.
  cursor.skip(1)
  return { kind: "slot", slot, isOptional }
}
