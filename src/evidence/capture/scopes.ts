/**
 * Which network a packet's addresses belong to. Overlays carry several networks that may use the same addresses, and
 * tell them by a number that is the same in both directions (VXLAN and Geneve network, GRE key): that number is the
 * scope of the inner connection. No scope: VLAN tags and MPLS labels (the two sides of a router, or the two directions,
 * have different ones, and it is one connection), and tunnels without a number or with one for each direction (IP in
 * IP, GTP-U): behind a balancer that tunnels one direction only, it is one connection too.
 */

const tunnels = ["vxlan", "geneve", "gre"] as const
const scopesMax = 1 << 16

export class CaptureScopes {
  readonly #texts: string[] = [""]
  readonly #ids = new Map<number, number>()

  /** The scope of a tunnel with that number inside another scope (0: none). */
  idOf(outer: number, tunnel: (typeof tunnels)[number], number: number): number {
    const kind = outer * tunnels.length + tunnels.indexOf(tunnel)
    const key = kind * 0x1_0000_0000 + number
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    // A made-up capture may have any number of them: what is beyond shares one.
    if (this.#texts.length > scopesMax) return scopesMax
    const around = outer === 0 ? "" : `${this.text(outer)} / `
    const isLast = this.#texts.length === scopesMax
    const id = this.#texts.push(isLast ? "further tunnels" : `${around}${tunnel} ${number}`) - 1
    this.#ids.set(key, id)
    return id
  }

  /** "vxlan 4096", "gre 7 / geneve 12"; empty for 0. */
  text(id: number): string {
    return this.#texts[id] ?? ""
  }
}
