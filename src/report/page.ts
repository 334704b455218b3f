/**
 * A page of the catalogue before it has a form: headings, paragraphs, names with values, lists and
 * commands. Terminal text and Markdown are two ways to print the same page, so they never say
 * different things.
 */
import { printable } from "./printable.ts"
import { hang, padEnd, wrap } from "./typeset.ts"

export type Block =
  | { readonly kind: "text"; readonly text: string }
  /** Names (in code type) with what is to be said of them. */
  | { readonly kind: "names"; readonly rows: readonly (readonly [name: string, says: string])[] }
  | { readonly kind: "list"; readonly items: readonly string[] }
  | { readonly kind: "code"; readonly lines: readonly string[] }
  | {
      readonly kind: "table"
      readonly head: readonly string[]
      readonly rows: readonly (readonly string[])[]
    }

export type PageSection = { readonly heading: string; readonly blocks: readonly Block[] }

export type Page = {
  readonly title: string
  readonly blocks: readonly Block[]
  readonly sections: readonly PageSection[]
}

/**
 * The page for a terminal, every line but those of commands at most so wide; ends with a line end.
 */
export function pageText(page: Page, width = 100): string {
  const parts = [
    wrap(page.title, width),
    ...page.blocks.map((block) => blockText(block, "", width)),
  ]
  for (const { heading, blocks } of page.sections) {
    const bodies = blocks.map((block) => blockText(block, "  ", width))
    parts.push([heading, ...bodies.flat()])
  }
  return `${parts.map((lines) => lines.join("\n")).join("\n\n")}\n`
}

/**
 * The page in Markdown (GitHub's flavour), its title a heading of that level; ends with a line end.
 */
export function pageMarkdown(page: Page, level = 1): string {
  const parts = [
    `${"#".repeat(level)} ${escapeMarkdown(page.title)}`,
    ...page.blocks.map(blockMarkdown),
  ]
  for (const { heading, blocks } of page.sections) {
    parts.push(`${"#".repeat(level + 1)} ${escapeMarkdown(heading)}`, ...blocks.map(blockMarkdown))
  }
  return `${parts.join("\n\n")}\n`
}

/** Text in which no character is markup. */
export function escapeMarkdown(text: string): string {
  return printable(text).replace(/[\\`*_<>|#]|\](?=[([:])/g, (mark, at: number, whole: string) =>
    isPlain(mark, whole[at - 1], whole[at + 1]) ? mark : `\\${mark}`,
  )
}

/** A name in code type; a backtick in it needs two around it. */
export function codeMarkdown(text: string): string {
  const clean = printable(text)
  return clean.includes("`") ? `\`\` ${clean} \`\`` : `\`${clean}\``
}

/** An underscore inside a word and a # that does not begin a line are no markup. */
function isPlain(mark: string, before: string | undefined, after: string | undefined): boolean {
  if (mark === "_") return /\w/.test(before ?? "") && /\w/.test(after ?? "")
  return mark === "#" && before !== undefined
}

function blockText(block: Block, indent: string, width: number): readonly string[] {
  switch (block.kind) {
    case "text":
      return hang(indent, block.text, width)
    case "list":
      return block.items.flatMap((item) => hang(`${indent}- `, item, width))
    case "code":
      return block.lines.map((line) => `${indent}    ${printable(line)}`)
    case "names":
      return block.rows.flatMap(([name, says]) => nameText(name, says, { indent, width }))
    case "table":
      return tableText(block.rows, indent, width)
  }
}

/** The name on its own line when it is too long to hang a text from. */
function nameText(
  name: string,
  says: string,
  { indent, width }: { readonly indent: string; readonly width: number },
): readonly string[] {
  const column = 24
  if (name.length < column) return hang(indent + padEnd(name, column), says, width)
  const under = `${indent}    `
  return [`${indent}${printable(name)}`, ...hang(under, says, width)]
}

/** The last column wraps; the others are as wide as their widest cell. */
function tableText(
  rows: readonly (readonly string[])[],
  indent: string,
  width: number,
): readonly string[] {
  const columns = (rows[0]?.length ?? 1) - 1
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  )
  return rows.flatMap((row) => {
    const cells = widths.map((cells, column) => padEnd(printable(row[column] ?? ""), cells + 2))
    return hang(indent + cells.join(""), row[columns] ?? "", width)
  })
}

function blockMarkdown(block: Block): string {
  switch (block.kind) {
    case "text":
      // Not wrapped: a line that happened to begin with "-" would become a list.
      return escapeMarkdown(block.text)
    case "list":
      return block.items.map((item) => `- ${escapeMarkdown(item)}`).join("\n")
    case "code":
      return ["```", ...block.lines.map(printable), "```"].join("\n")
    case "names":
      return block.rows
        .map(([name, says]) => `- ${codeMarkdown(name)}: ${escapeMarkdown(says)}`)
        .join("\n")
    case "table": {
      const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`
      const rows = block.rows.map((row) => line(row.map(escapeMarkdown)))
      return [
        line(block.head.map(escapeMarkdown)),
        line(block.head.map(() => "---")),
        ...rows,
      ].join("\n")
    }
  }
}
