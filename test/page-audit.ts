/**
 * What a browser finds on a page, as one expression for it to evaluate: everything here runs inside the page.
 * Contrast follows WCAG 2.2 §1.4.3 (relative luminance of the text's and its background's computed colours).
 */

/** What the audit found; every list is empty on a good page. */
export type Audit = {
  /** Pixels by which the page is wider than its window. */
  readonly overflow: number
  /** "3.9 p.from: text", the poorest first. */
  readonly faint: readonly string[]
  readonly texts: number
  readonly headings: readonly number[]
  readonly closed: number
  /** Elements that could run or fetch something, or a mark that something ran. */
  readonly active: readonly string[]
}

/** Evaluates to an `Audit`. Text counts as faint below 4.5 : 1. */
export const auditExpression = String.raw`(() => {
  const channel = (value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  const numbers = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number)
  const luminance = ([red, green, blue]) =>
    0.2126 * channel(red / 255) + 0.7152 * channel(green / 255) + 0.0722 * channel(blue / 255)
  const backgroundOf = (element) => {
    for (let each = element; each !== null; each = each.parentElement) {
      const [red, green, blue, alpha = 1] = numbers(getComputedStyle(each).backgroundColor)
      if (alpha === 1) return [red, green, blue]
      if (alpha !== 0) throw new Error("a translucent background: the audit cannot tell")
    }
    return [255, 255, 255]
  }
  const contrastOf = (element) => {
    const style = getComputedStyle(element)
    const ink = numbers(element.namespaceURI.endsWith("svg") ? style.fill : style.color)
    const [low, high] = [luminance(ink), luminance(backgroundOf(element))].sort((a, b) => a - b)
    return (high + 0.05) / (low + 0.05)
  }
  const shown = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const { parentElement, data } = walker.currentNode
    const isText = data.trim() !== "" && !parentElement.closest("title, desc, style")
    if (isText && parentElement.checkVisibility()) shown.push([parentElement, data.trim()])
  }
  const faint = shown
    .map(([element, text]) => [contrastOf(element), element, text])
    .filter(([contrast]) => contrast < 4.5)
    .sort((a, b) => a[0] - b[0])
    .map(([contrast, element, text]) =>
      contrast.toFixed(2) + " " + element.tagName + "." + element.getAttribute("class") + ": " + text.slice(0, 40))
  const elements = [...document.querySelectorAll("*")]
  const runs = (element) =>
    element.matches("script, img, iframe, object, embed, link, base, form, video, audio, a, [src], [href]") ||
    [...element.attributes].some(({ name }) => name.startsWith("on"))
  return {
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    faint,
    texts: shown.length,
    headings: [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((each) => Number(each.tagName[1])),
    closed: document.querySelectorAll("details:not([open])").length,
    active: [
      ...elements.filter(runs).map((element) => element.outerHTML.slice(0, 120)),
      ...("ran" in globalThis ? ["something from the evidence ran"] : []),
    ],
  }
})()`
