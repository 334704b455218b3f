/**
 * What a stretch of binary XML says, before the values of a record are put in. Tokens and their meaning after
 * [MS-EVEN6] 2.2.12 and libevtx's description of the format.
 */

/** In the place of the number of a slot: there is none. */
export const NO_SLOT = 0xffff

export type XmlNode =
  | ElementNode
  | SlotNode
  | InstanceNode
  | { readonly kind: "text" | "cdata"; readonly text: string }
  | { readonly kind: "instruction"; readonly target: string; readonly text: string }

export type ElementNode = {
  readonly kind: "element"
  readonly name: string
  readonly attributes: readonly AttributeNode[]
  readonly content: readonly XmlNode[]
  /** The slot without whose value the element is left out, or NO_SLOT. */
  readonly dependsOn: number
}

export type AttributeNode = { readonly name: string; readonly pieces: readonly XmlNode[] }

/** Where a value of the record goes. */
export type SlotNode = {
  readonly kind: "slot"
  readonly slot: number
  /** Without a value, what it stands in is left out. */
  readonly isOptional: boolean
}

/** A template and the values to fill it with. */
export type InstanceNode = {
  readonly kind: "instance"
  readonly content: readonly XmlNode[]
  readonly values: SlotValues
}

/** The values of an instance as they lie in the chunk: of which type, and from where to where. */
export type SlotValues = {
  readonly types: readonly number[]
  /** Offset of the first value, then the offset after each. */
  readonly borders: readonly number[]
}

/** What an XML document is told to. */
export type XmlSink = {
  readonly open: (name: string) => void
  /** Of the element opened last. */
  readonly attribute: (name: string, value: string) => void
  readonly text: (text: string) => void
  readonly cdata: (text: string) => void
  readonly instruction: (target: string, text: string) => void
  readonly close: () => void
}
