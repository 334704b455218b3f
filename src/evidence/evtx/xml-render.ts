/**
 * Puts the values of a record into the nodes of its template and tells the document to a sink. What is left out and
 * what is repeated: an element whose slot has no value; an element whose one slot holds an array, once for each item.
 * Bounded: a record of a few bytes can name a large template many times.
 */
import type { ChunkMemory } from "./chunk-memory.ts"
import { isArray, NULL_TYPE, textOfValue, textsOfArray, XML_TYPE } from "./values.ts"
import { XmlCompiler } from "./xml-compiler.ts"
import {
  type AttributeNode,
  type ElementNode,
  NO_SLOT,
  type SlotNode,
  type SlotValues,
  type XmlNode,
  type XmlSink,
} from "./xml-nodes.ts"

const depthMax = 64
/** Elements, attributes and texts of one record, and the characters in them. */
const partsMax = 1 << 16
const charsMax = 1 << 22

const noValues: SlotValues = { types: [], borders: [0] }

/** Tells the record's XML at bytes[from, to) to the sink; what was wrong with it, if anything. */
export function renderRecord(
  memory: ChunkMemory,
  from: number,
  to: number,
  sink: XmlSink,
): string | undefined {
  const compiler = new XmlCompiler(memory)
  const nodes = compiler.document(from, to)
  if (compiler.fault !== undefined) return compiler.fault
  return new Renderer(memory, sink).record(nodes)
}

class Renderer {
  readonly #memory: ChunkMemory
  readonly #sink: XmlSink
  #parts = partsMax
  #chars = charsMax
  #fault: string | undefined

  constructor(memory: ChunkMemory, sink: XmlSink) {
    this.#memory = memory
    this.#sink = sink
  }

  record(nodes: readonly XmlNode[]): string | undefined {
    this.#nodes(nodes, noValues, 0)
    return this.#fault
  }

  #nodes(nodes: readonly XmlNode[], values: SlotValues, depth: number): void {
    if (depth > depthMax) this.#fault ??= "is nested too deeply"
    for (const node of nodes) {
      if (this.#fault !== undefined) return
      this.#node(node, values, depth)
    }
  }

  #node(node: XmlNode, values: SlotValues, depth: number): void {
    switch (node.kind) {
      case "element":
        this.#element(node, values, depth)
        return
      case "instance":
        this.#nodes(node.content, node.values, depth + 1)
        return
      case "slot":
        this.#slot(node, values, depth)
        return
      case "text":
        this.#text(node.text)
        return
      case "cdata":
        if (this.#spend(node.text)) this.#sink.cdata(node.text)
        return
      case "instruction":
        if (this.#spend(node.text)) this.#sink.instruction(node.target, node.text)
    }
  }

  #element(node: ElementNode, values: SlotValues, depth: number): void {
    const { content, dependsOn } = node
    if (dependsOn !== NO_SLOT && values.types[dependsOn] === NULL_TYPE) return
    const only = content.length === 1 ? content[0] : undefined
    if (only?.kind !== "slot") {
      this.#open(node, values)
      this.#nodes(content, values, depth + 1)
      this.#close()
      return
    }
    const type = typeOf(values, only.slot)
    if (type === NULL_TYPE && only.isOptional) return
    const texts = isArray(type) ? this.#itemsOf(only, values) : undefined
    if (texts === undefined) {
      this.#open(node, values)
      this.#slot(only, values, depth + 1)
      this.#close()
      return
    }
    for (const text of texts.length === 0 ? [""] : texts) {
      if (this.#fault !== undefined) return
      this.#open(node, values)
      this.#text(text)
      this.#close()
    }
  }

  #open(node: ElementNode, values: SlotValues): void {
    if (!this.#spend(node.name)) return
    this.#sink.open(node.name)
    for (const attribute of node.attributes) this.#attribute(attribute, values)
  }

  #close(): void {
    if (this.#fault === undefined) this.#sink.close()
  }

  /** An attribute is left out when all it consists of are optional slots without a value. */
  #attribute({ name, pieces }: AttributeNode, values: SlotValues): void {
    let text = ""
    let isLeftOut = pieces.length > 0
    for (const piece of pieces) {
      if (piece.kind === "text") {
        text += piece.text
        isLeftOut = false
      } else if (piece.kind === "slot") {
        const isNull = typeOf(values, piece.slot) === NULL_TYPE
        if (!isNull) text += this.#plain(piece, values)
        isLeftOut &&= isNull && piece.isOptional
      }
    }
    if (!isLeftOut && this.#spend(text)) this.#sink.attribute(name, text)
  }

  #slot(node: SlotNode, values: SlotValues, depth: number): void {
    const type = typeOf(values, node.slot)
    if (type === XML_TYPE) this.#embedded(node, values, depth)
    else if (type !== NULL_TYPE) this.#text(this.#plain(node, values))
  }

  /** A value that is XML itself. */
  #embedded({ slot }: SlotNode, values: SlotValues, depth: number): void {
    const from = values.borders[slot] ?? 0
    const to = values.borders[slot + 1] ?? from
    if (from === to) return
    const compiler = new XmlCompiler(this.#memory)
    const nodes = compiler.document(from, to, depth)
    this.#fault ??= compiler.fault
    this.#nodes(nodes, noValues, depth + 1)
  }

  /** The value as text; the items of an array, which only repeat a whole element, beside each other. */
  #plain(node: SlotNode, values: SlotValues): string {
    const type = typeOf(values, node.slot)
    if (isArray(type)) return this.#itemsOf(node, values).join(", ")
    const from = values.borders[node.slot] ?? 0
    return textOfValue(this.#memory.bytes, type, from, values.borders[node.slot + 1] ?? from)
  }

  #itemsOf({ slot }: SlotNode, values: SlotValues): readonly string[] {
    const from = values.borders[slot] ?? 0
    const to = values.borders[slot + 1] ?? from
    return textsOfArray(this.#memory.bytes, typeOf(values, slot), from, to)
  }

  #text(text: string): void {
    if (text !== "" && this.#spend(text)) this.#sink.text(text)
  }

  #spend(text: string): boolean {
    this.#parts--
    this.#chars -= text.length
    const isTooMuch = this.#parts < 0 || this.#chars < 0 || --this.#memory.partsLeft < 0
    if (isTooMuch) this.#fault ??= "unfolds to more than can be held"
    return this.#fault === undefined
  }
}

/** A slot that has no value is as one whose value is null. */
function typeOf(values: SlotValues, slot: number): number {
  return values.types[slot] ?? NULL_TYPE
}
