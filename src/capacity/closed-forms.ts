/**
 * What port pools, quotas, slots and schedules come to, by formula: P ports, T seconds busy after a close, L seconds of
 * life, r attempts a second, D destinations, one source address. The simulator is held to these, and they answer
 * without it. Check values stand in closed-forms.test.ts.
 */

/** Connections open at once: Little's law, N = r L. */
export function concurrency(perSec: number, lifeSec: number): number {
  return perSec * lifeSec
}

/** Ports held by them, those in TIME-WAIT included: r (L + T). */
export function portsHeld(perSec: number, lifeSec: number, waitSec: number): number {
  return perSec * (lifeSec + waitSec)
}

/** Connections a second to one destination that a pool bears for ever: P / (L + T). */
export function recyclingRate(ports: number, lifeSec: number, waitSec: number): number {
  return ports / (lifeSec + waitSec)
}

/** The same where tcp_tw_reuse takes a port again after a delay: P / (L + delay). */
export function reuseRate(ports: number, lifeSec: number, delaySec: number): number {
  return ports / (lifeSec + delaySec)
}

/**
 * Successes a second of NT's order, one destination: the port in turn comes again after P/r seconds, and only each
 * ceil(rT/P)-th time is it out of TIME-WAIT. Above P/T it loses whole turns, not the excess.
 */
export function sawtoothRate(perSec: number, ports: number, waitSec: number): number {
  return perSec / Math.max(1, Math.ceil((perSec * waitSec) / ports))
}

/** Seconds for which NT's order then fails without a break: a turn but for the ports that came free meanwhile. */
export function sawtoothGapSec(perSec: number, ports: number, waitSec: number): number {
  return (Math.ceil((perSec * waitSec) / ports) - 1) * (ports / perSec)
}

/** Successes a second of any order that finds a free port where there is one: what is asked, up to P/T. */
export function searchRate(perSec: number, ports: number, waitSec: number): number {
  return Math.min(perSec, ports / waitSec)
}

/** Times the port in turn was used within its TIME-WAIT: m = floor(rT/P). */
export function usesWithinWait(perSec: number, ports: number, waitSec: number): number {
  return Math.floor((perSec * waitSec) / ports)
}

/**
 * Share of connects that meet a TIME-WAIT of their own four-tuple, next port in turn, destinations drawn at random, a
 * fraction f of the connections closed here: fm / (D + fm). f = 1 is m / (D + m); a search for a port without
 * TIME-WAIT has 0 while f r T < P.
 */
export function collisionShare(usesInWait: number, destinations: number, closedHere = 1): number {
  return (closedHere * usesInWait) / (destinations + closedHere * usesInWait)
}

/**
 * Random draws that succeed before one falls on a taken port, on average: Q(P) = the sum of prod (1 - i/P), near
 * sqrt(pi P / 2) - 1/3. With at most B ports busy (B = rT) i stops at B.
 */
export function successesToCollision(ports: number, busyMax = ports): number {
  let sum = 0
  let clear = 1
  for (let busy = 1; clear > 1e-12; busy++) {
    sum += clear
    if (busy > busyMax) return sum + (clear * (ports - busyMax)) / busyMax
    clear *= 1 - busy / ports
  }
  return sum
}

/** Successes a second of one random draw that may fall on a TIME-WAIT: r / (1 + rT/P). */
export function oneDrawRate(perSec: number, ports: number, waitSec: number): number {
  return perSec / (1 + (perSec * waitSec) / ports)
}

/** Chance that n random draws fall twice on one port: 1 - exp(-n (n - 1) / 2P). */
export function collisionOdds(draws: number, ports: number): number {
  return -Math.expm1((-draws * (draws - 1)) / (2 * ports))
}

/** Draws at which that is one half: 1.18 sqrt(P). */
export function drawsForEvenOdds(ports: number): number {
  return Math.sqrt(2 * Math.LN2 * ports)
}

/** Mean tries of bind() to random ports until one is free: 1 / (1 - busy/P). */
export function bindTries(busy: number, ports: number): number {
  return 1 / (1 - busy / ports)
}

/** Mean step of Linux's cursor among the ports of one parity (2 to 16 ports, evenly: 1 to 8). */
export const LINUX_STEP = 4.5

/** Connects in which Linux's cursor goes once round the even ports: (P/2) / 4.5. */
export function linuxTurn(ports: number): number {
  return ports / 2 / LINUX_STEP
}

/**
 * Connects to one destination before a first candidate is taken: the turn, and then, with 1/4.5 of the even ports
 * behind the cursor taken, 3.5 more that miss them.
 */
export function linuxFirstCollision(ports: number): number {
  return linuxTurn(ports) + LINUX_STEP - 1
}

/** Connects a second at which the even ports are full and each further one walks over all of them: P / 2T. */
export function linuxCliffRate(ports: number, waitSec: number): number {
  return ports / (2 * waitSec)
}

/** Share of connects that get an odd port beyond the cliff: 1 - P / 2rT. */
export function linuxOddShare(perSec: number, ports: number, waitSec: number): number {
  return Math.max(0, 1 - linuxCliffRate(ports, waitSec) / perSec)
}

/** Candidates looked at for one connect beyond the cliff, at least: the odd share walks over P/2. */
export function linuxCandidatesMin(perSec: number, ports: number, waitSec: number): number {
  return 1 + linuxOddShare(perSec, ports, waitSec) * (ports / 2)
}

/** Most probes of netfilter's search for a translated port: 128, 64, 32, 16 and 8. */
export const NETFILTER_PROBES = 248

/**
 * Chance that a NAT's search of so many probes finds no port: u^k. At least so: occupied ports lie together, and
 * netfilter fails several times as often (facts: 13 % at 99 % use, by this 8 %).
 */
export function natProbeFailure(use: number, probes: number = NETFILTER_PROBES): number {
  return use ** probes
}

/** Seconds until connections that are held fill a bound on those at once: N / r. */
export function secondsToFill(limit: number, perSec: number): number {
  return limit / perSec
}

/** Of so many connections, each held until the end, those above the bound. */
export function refusedByConcurrency(connections: number, limit: number): number {
  return Math.max(0, connections - limit)
}

/** Seconds of hold above which the bound on connections at once acts before the rate: N / (q / window). */
export function holdAtWhichConcurrencyBinds(limit: number, quota: number, windowSec = 60): number {
  return limit / (quota / windowSec)
}

/** Most that a quota in fixed windows lets through in an instant, across the border of two. */
export function fixedWindowBurst(quota: number): number {
  return 2 * quota
}

/** What a token bucket has let through after so long, asked for more than it gives: burst + rate t. */
export function tokensUsed(perSec: number, burst: number, seconds: number): number {
  return burst + perSec * seconds
}

/** Seconds until demand empties it: burst / (demand - rate). */
export function secondsToEmpty(perSec: number, burst: number, demandPerSec: number): number {
  return demandPerSec <= perSec ? Number.POSITIVE_INFINITY : burst / (demandPerSec - perSec)
}

/** When an unanswered SYN is given up: r (2^(n+1) - 1) for a first wait r and n repetitions, doubling. */
export function giveUpSec(firstWaitSec: number, repetitions: number): number {
  return firstWaitSec * (2 ** (repetitions + 1) - 1)
}

/** Silent targets a second that so many half-open slots get through. */
export function silentTargetsPerSec(slots: number, failSec: number, slotsPerTarget = 1): number {
  return slots / slotsPerTarget / failSec
}

/** Seconds that silent targets cost at least: rounds of as many as there are slots, each until it is given up. */
export function silentTargetsSec(targets: number, slots: number, failSec: number): number {
  return Math.ceil(targets / slots) * failSec
}

/** Attempts for each first one when each failure (chance p) is tried again up to k times: sum of p^i. */
export function retryAmplification(failureShare: number, retries: number): number {
  let sum = 0
  for (let retry = 0; retry <= retries; retry++) sum += failureShare ** retry
  return sum
}

/** How long a program may stop accepting before its queue overflows: (backlog + 1) / r. */
export function acceptStallSec(backlog: number, perSec: number): number {
  return (backlog + 1) / perSec
}
