/**
 * How one stack's TCP behaves: every place where stacks, versions and RFCs differ, as data. The machine asks these and
 * never who it is. Times are microseconds. `rules-of.ts` makes them from a profile, its registry values and sysctls.
 */

/** What counts as inside the window. */
export type Window =
  /** RFC 9293 table 6. */
  | "rfc9293"
  /** The same, and what begins at RCV.NXT + RCV.WND (gVisor header.Acceptable). */
  | "right-edge"
  /**
   * What ends at RCV.NXT or later and begins at RCV.NXT + RCV.WND or before; it may go on beyond that edge only where
   * the program has read everything (Linux tcp_sequence).
   */
  | "linux"

/** When a SYN or RST inside the window, but not exactly at RCV.NXT, arrives. */
export type InWindow =
  /** It counts (RFC 793 section 3.9). */
  | "accept"
  /** It draws a challenge ACK (RFC 5961 sections 3 and 4; RFC 9293 section 3.10.7.4). */
  | "challenge"

/** A SYN that arrives in TIME-WAIT opens a new connection if … */
export type Reopening =
  /** … never: an in-window SYN is an error (RFC 793). */
  | "reset"
  /** … its sequence number is above those used (RFC 1122 section 4.2.2.13). */
  | "sequence"
  /** … RFC 6191 section 2 says so, by timestamps first. */
  | "rfc6191"
  /** … its sequence number or its timestamp is above (Linux tcp_timewait_state_process). */
  | "either"
  /** … never: it draws an ACK. */
  | "never"

/** What an ICMP destination unreachable says (RFC 792; code 13: RFC 1812). */
export type Unreachable = "net" | "host" | "protocol" | "port" | "admin-prohibited"

export type TcpRules = {
  readonly id: string

  // Timers
  /** Microseconds between two ticks of a timer wheel (granule.ts); 0: timers are exact. */
  readonly tick: number
  readonly timeWait: number
  /** FIN-WAIT-2 that no program holds; NEVER for none. */
  readonly finWait2: number
  /** FIN-WAIT-2 that no program holds is a bare record (Linux): any RST in its window ends it. */
  readonly finWait2IsRecord: boolean
  /** Waits after each transmission of a SYN; the last ends in failure. */
  readonly syn: readonly number[]
  readonly synAck: readonly number[]
  /** Of data and FIN, without a measured round trip. */
  readonly data: readonly number[]
  /** The same when no program holds the connection. */
  readonly orphanData: readonly number[]
  readonly rtoMax: number
  /** Between two rate-limited ACKs of a connection (RFC 5961 section 7), 0 for no limit. */
  readonly challengeInterval: number
  readonly keepAlive: { readonly idle: number; readonly interval: number; readonly probes: number }

  /**
   * A user timeout is looked at when a retransmission timer runs out, never before the first retransmission, and text's
   * begins with that one (Linux retransmits_timed_out). Else it runs from the first transmission (RFC 9293).
   */
  readonly userTimeoutAfterRetransmission: boolean

  // RFC 9293 section 3.10.7, in its order
  readonly window: Window
  /** A segment without ACK, SYN and RST is dropped before its window is looked at. */
  readonly dropsBareFirst: boolean
  /** ACKs of segments outside the window are rate limited too. */
  readonly limitsOutside: boolean
  readonly resetInWindow: InWindow
  /** A RST at RCV.NXT - 1 counts once the peer's FIN has arrived (Linux tcp_reset_check). */
  readonly resetBeforeFin: boolean
  /** A RST in CLOSE-WAIT is told as a broken pipe. */
  readonly resetInCloseWaitBreaksPipe: boolean
  readonly synInWindow: InWindow | "drop"
  /** A RST outside the window draws an ACK (RFC 9293: nothing). */
  readonly answersResetOutside: boolean
  /** The RST for a SYN in the window is <SEQ=SND.NXT><ACK=RCV.NXT>, not made from the SYN. */
  readonly synDrawsOwnReset: boolean
  /** What an ACK beyond SND.NXT draws in ESTABLISHED. */
  readonly ackBeyond: "ack" | "drop"
  /**
   * ACKs older than SND.UNA - MAX.SND.WND draw a challenge (RFC 5961 section 5.2): by the window that the peer offered,
   * or by no more than what it has acknowledged so far (Linux tcp_ack).
   */
  readonly challengesOldAck: "never" | "offered" | "acknowledged"
  readonly paws: boolean
  /** A timestamp older by so much is not old yet (Linux TCP_PAWS_WINDOW). */
  readonly pawsSlack: number
  /**
   * A bare ACK that repeats the last one may be older by so many milliseconds; one from before RCV.NXT is dropped without
   * an answer (Linux tcp_disordered_ack_check). Undefined where none is excepted.
   */
  readonly pawsSlackOfRepeats: number | undefined
  /** Segments without the option on a connection that has it (RFC 7323 section 3.2: drop). */
  readonly missingStamp: "accept" | "drop"
  /** A SYN offers timestamps. */
  readonly timestamps: boolean
  /** Every RST carries an ACK, and its number is what SEG.ACK has, set or not (lwIP tcp_rst). */
  readonly resetAcks: boolean
  /** An ACK sent while our FIN is not acknowledged carries the FIN again (FreeBSD tcp_output). */
  readonly repeatsFin: boolean
  /** The ACK of a segment that came before counts all the same (4.4BSD tcp_input). */
  readonly takesAckOfRepeats: boolean
  /** Text beyond RCV.NXT: its FIN counts too once the gap is filled. */
  readonly keepsFinAhead: boolean

  // SYN-SENT
  /** A RST counts by its SEG.ACK alone, whether ACK is set or not (lwIP tcp_process). */
  readonly refusedWithoutAck: boolean
  /** An unacceptable ACK is answered, and the SYN sent again at once. */
  readonly hastensSyn: boolean
  /** A SYN without ACK leads to SYN-RECEIVED (simultaneous open). */
  readonly takesCrossingSyn: boolean
  /** Text and FIN that come with the SYN-ACK count at once (RFC 9293 section 3.10.7.3). */
  readonly takesTextOfSyn: boolean

  // LISTEN and SYN-RECEIVED
  /** An active OPEN, or SEND to somebody, makes a listener a connection (RFC 9293 sections 3.10.1 and 3.10.2). */
  readonly listenerTurnsActive: boolean
  /** A SYN with FIN is dropped by a listener. */
  readonly dropsSynFin: boolean
  /** Passive SYN-RECEIVED is a bare request (Linux tcp_check_req; FreeBSD syncache). */
  readonly requests: "none" | "linux" | "freebsd"
  /** A SYN in the window of a passive SYN-RECEIVED: back to LISTEN (RFC 9293), RST (RFC 793), or an answer. */
  readonly synOnRequest: "listen" | "challenge" | "reset" | "answer" | "drop"
  /** What the program is told of a RST in SYN-RECEIVED by simultaneous open. */
  readonly resetTogether: number
  /** An ACK of nothing completes a simultaneous open all the same. */
  readonly takesOldAckTogether: boolean
  /** A retransmitted SYN draws the SYN-ACK again. */
  readonly repeatsSynAck: boolean
  /** Established connections a listener holds, for a backlog. */
  readonly acceptQueueExtra: number
  /** With the accept queue full, a SYN is refused by RST, not dropped (Windows). */
  readonly refusesWhenFull: boolean
  /** With the accept queue full, the final ACK is answered by RST (tcp_abort_on_overflow). */
  readonly abortOnOverflow: boolean
  /** With the SYN queue full: drop the SYN, or answer without keeping a block (SYN cookies). */
  readonly synCookies: boolean
  /** Embryonic connections of a listener, whatever its backlog; NEVER for no bound of its own. */
  readonly synQueueMax: number
  /** A listener that closes resets its established children. */
  readonly resetsUnaccepted: boolean

  // ICMP errors
  /** Those that end an attempt in SYN-SENT or SYN-RECEIVED; the others are kept until it is given up. */
  readonly icmpEndsOpening: readonly Unreachable[]
  /** Those that end a synchronized connection. */
  readonly icmpEndsConnection: readonly Unreachable[]

  // Closing
  /** ABORT's RST carries an ACK. */
  readonly abortAcks: boolean
  /** Ending either direction in SYN-SENT gives the attempt up, ending reading a listener (Linux inet_shutdown). */
  readonly shutdownEndsAttempt: boolean
  /** In SYN-RECEIVED, SHUTDOWN_WR does nothing (Linux tcp_shutdown); CLOSE sends FIN. */
  readonly shutdownWaitsForOpen: boolean
  /** CLOSE of what is closed is an error (RFC 9293 section 3.10.4), not a second half. */
  readonly closeTwiceFails: boolean
  /** States in which the RFC lets ABORT say nothing, and RST is sent all the same. */
  readonly abortsToo: readonly number[]
  /** A user timeout is told to the peer by RST (smoltcp). */
  readonly timeoutResets: boolean
  /** ABORT ends TIME-WAIT (RFC 9293 section 3.10.5); on Linux it is no socket's any more. */
  readonly abortEndsTimeWait: boolean
  /** Close with unread data, and data after a full close, draw RST (RFC 1122 section 4.2.2.13). */
  readonly resetsOnLostData: boolean
  /** SHUTDOWN of both directions is as good as a full close: text that comes then draws RST too. */
  readonly bothEndedIsClosed: boolean
  /** Text that begins before the peer's FIN and goes on behind it draws RST. */
  readonly resetsTextAcrossFin: boolean

  // TIME-WAIT
  readonly resetEndsTimeWait: boolean
  /** A RST in the window, but not at RCV.NXT, draws a challenge in TIME-WAIT too. */
  readonly challengesResetInTimeWait: boolean
  readonly reopening: Reopening
  /** A SYN that opened TIME-WAIT and whose SYN-ACK draws a RST was an old duplicate: back to TIME-WAIT (RFC 1122). */
  readonly returnsToTimeWait: boolean
  /** A SYN that would open ends TIME-WAIT even where nobody listens: it meets a closed port (FreeBSD tcp_twcheck). */
  readonly reopensForNobody: boolean
  /** What a SYN that opens nothing draws. */
  readonly refusedSynDraws: "ack" | "drop" | "reset"
  /** Added to SND.NXT for the new connection's ISS; 0 for a fresh one. */
  readonly reopeningOffset: number
  /** A bare ACK at RCV.NXT restarts 2MSL. */
  readonly ackRestartsTimeWait: boolean
  /** Entries a host holds; NEVER for no bound. */
  readonly timeWaitMax: number
  /** Which one goes when there are too many. */
  readonly timeWaitEvicts: "newest" | "oldest"

  /** Control blocks of the host; NEVER for no bound. */
  readonly tcbMax: number
  /** When they run short, the oldest of TIME-WAIT is taken. */
  readonly tcbsRecycleTimeWait: boolean
  readonly orphanMax: number
}
