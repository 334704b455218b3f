/** What a machine counts since the run began, by the names of catalog/counters.ts. */
export class HostCounters {
  activeOpens = 0
  passiveOpens = 0
  attemptFails = 0
  establishedResets = 0
  segmentsIn = 0
  segmentsOut = 0
  resetsSent = 0
  retransmissions = 0
  synRetransmissions = 0
  /** Repetitions that this machine's own rules or table dropped. */
  retransmissionFails = 0
  listenOverflows = 0
  listenDrops = 0
  cookiesSent = 0
  timeWaitOverflows = 0
  /** TIME-WAIT that tcp_tw_reuse took over. */
  timeWaitReused = 0
  unreachablesIn = 0

  /** What did not happen is 0, as the system says. */
  named(): Readonly<Record<string, number>> {
    return {
      TcpActiveOpens: this.activeOpens,
      TcpPassiveOpens: this.passiveOpens,
      TcpAttemptFails: this.attemptFails,
      TcpEstabResets: this.establishedResets,
      TcpInSegs: this.segmentsIn,
      TcpOutSegs: this.segmentsOut,
      TcpRetransSegs: this.retransmissions,
      TcpOutRsts: this.resetsSent,
      IcmpInDestUnreachs: this.unreachablesIn,
      TcpExtListenOverflows: this.listenOverflows,
      TcpExtListenDrops: this.listenDrops,
      TcpExtSyncookiesSent: this.cookiesSent,
      TcpExtTCPReqQFullDoCookies: this.cookiesSent,
      TcpExtTCPTimeWaitOverflow: this.timeWaitOverflows,
      TcpExtTWRecycled: this.timeWaitReused,
      TcpExtTCPSynRetrans: this.synRetransmissions,
      TcpExtTCPTimeouts: this.retransmissions,
      TcpExtTCPRetransFail: this.retransmissionFails,
    }
  }
}
