/**
 * Text and FIN that came before their turn, kept until the gap is filled (RFC 9293 section 3.10.7.4, SHLD-31). Few
 * connections ever have some: it stands with the options of a block.
 */
import { isAfter } from "./states.ts"
import type { Tcbs, TextAhead } from "./tcbs.ts"

/** Pieces kept; what comes behind them must come again. */
const piecesMax = 64

export function keepAhead(tcbs: Tcbs, tcb: number, piece: TextAhead): void {
  const kept = tcbs.options(tcb)?.ahead ?? []
  const isKnown = kept.some(
    ({ from, to, hasFin }) =>
      !isAfter(from, piece.from) && !isAfter(piece.to, to) && (hasFin || !piece.hasFin),
  )
  if (!isKnown && kept.length < piecesMax) tcbs.setOptions(tcb, { ahead: [...kept, piece] })
}

/** What follows on RCV.NXT without a gap is taken; whether a FIN is behind it. */
export function takeAhead(tcbs: Tcbs, tcb: number): boolean {
  let left = tcbs.options(tcb)?.ahead ?? []
  if (left.length === 0) return false
  let next = tcbs.receiveNext(tcb)
  let hasFin = false
  for (;;) {
    const found = left.find(({ from, to, hasFin: isLast }) => {
      return !isAfter(from, next) && (isAfter(to, next) || (isLast && to === next))
    })
    if (found === undefined || hasFin) break
    tcbs.setUnread(tcb, tcbs.unread(tcb) + ((found.to - next) | 0))
    next = found.to
    hasFin = found.hasFin
    left = left.filter((piece) => piece !== found)
  }
  tcbs.setReceiveNext(tcb, next)
  tcbs.setOptions(tcb, { ahead: left.filter(({ to }) => isAfter(to, next)) })
  return hasFin
}
