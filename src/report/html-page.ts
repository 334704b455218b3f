/**
 * The frame of every HTML report: one self-contained file that makes no request, for a browser, a ticket or a printer.
 */
import { reportStyle } from "./html-style.ts"
import { html, type Markup, nothing } from "./markup.ts"

export type HtmlPage = {
  readonly title: string
  readonly header: Markup
  readonly main: Markup
  readonly footer: Markup
  /** Rules beside those all reports share. */
  readonly style?: string
}

/** The whole file. */
export function htmlPage({ title, header, main, footer, style = "" }: HtmlPage): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${{ markup: reportStyle + style }}</style>
</head>
<body>
<header>${header}</header>
<main>
${main}
</main>
<footer>${footer}</footer>
</body>
</html>
`
  return page.markup
}

/** A section with its heading; nothing where it has no body. */
export function part(title: string, body: Markup): Markup {
  return body.markup === "" ? nothing : html`<section><h2>${title}</h2>${body}</section>`
}
