/**
 * HTML and SVG by a template tag that escapes whatever is put into it. Evidence is other people's text; the only
 * way to markup is this tag, so nothing from a file can become a tag or an attribute.
 */

/** Text that is already markup. */
export type Markup = { readonly markup: string }

type Part = string | number | Markup | readonly Markup[]

/** html`<b>${text}</b>`: texts and numbers are escaped, Markup is put in as it is. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const markup = strings.map((text, index) => {
    const part = parts[index]
    return part === undefined ? text : text + textOf(part)
  })
  return { markup: markup.join("") }
}

/** Nothing at all. */
export const nothing: Markup = { markup: "" }

/** Text for an element or a quoted attribute; control characters that HTML forbids are replaced. */
export function escapeText(text: string): string {
  return text
    .replace(
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
      "·",
    )
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;")
}

function textOf(part: Part): string {
  if (typeof part === "string") return escapeText(part)
  if (typeof part === "number") return String(part)
  if ("markup" in part) return part.markup
  return part.map((each) => each.markup).join("")
}
