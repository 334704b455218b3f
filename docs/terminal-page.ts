/**
 * Terminal output as a page that looks like a terminal, for pictures. Understands the select graphic rendition
 * sequences that picocolors writes (ECMA-48 §8.3.117): bold, faint, the colours we use, and their ends.
 */
import { html, type Markup } from "../src/report/markup.ts"

type Pen = { readonly isBold: boolean; readonly isFaint: boolean; readonly colour: string }

const plainPen: Pen = { isBold: false, isFaint: false, colour: "" }
const colours: Readonly<Record<number, string>> = {
  31: "red",
  32: "green",
  33: "yellow",
  36: "cyan",
}
const style = `
body { margin: 0; background: #14181d; display: inline-block; }
pre { margin: 0; padding: 18px 22px 20px; color: #d5dbe2; width: 90ch; white-space: pre-wrap; word-break: break-all;
  font: 15px/1.36 "DejaVu Sans Mono", monospace; }
.prompt { color: #74d195; } .faint { color: #8b96a3; } .bold { font-weight: 700; color: #f4f6f8; }
.red { color: #ff8578; } .green { color: #74d195; } .yellow { color: #efbe5b; } .cyan { color: #6fcbd8; }
`

/** A page with the command and what it printed. */
export function terminalPage(command: string, output: string): string {
  return html`<!doctype html><html lang="en"><meta charset="utf-8"><title>${command}</title>
<style>${{ markup: style }}</style>
<pre><span class="prompt">$</span> <span class="bold">${command}</span>
${spansOf(output)}</pre></html>`.markup
}

/** Text with SGR sequences as spans; other escape sequences do not occur in reports. */
export function spansOf(text: string): readonly Markup[] {
  const spans: Markup[] = []
  let pen = plainPen
  for (const [index, part] of text.split(/\u001b\[([\d;]*)m/).entries()) {
    if (index % 2 === 1) pen = part.split(";").map(Number).reduce(changed, pen)
    else if (part !== "") spans.push(html`<span class="${classOf(pen)}">${part}</span>`)
  }
  return spans
}

function changed(pen: Pen, code: number): Pen {
  if (code === 0) return plainPen
  if (code === 1) return { ...pen, isBold: true }
  if (code === 2) return { ...pen, isFaint: true }
  if (code === 22) return { ...pen, isBold: false, isFaint: false }
  if (code === 39) return { ...pen, colour: "" }
  return { ...pen, colour: colours[code] ?? pen.colour }
}

function classOf({ isBold, isFaint, colour }: Pen): string {
  return [isBold ? "bold" : "", isFaint ? "faint" : "", colour].filter(Boolean).join(" ")
}
