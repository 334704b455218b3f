/** What a machine counts since the run began; names of Linux's netstat and snmp (catalog/counters.ts). */
export class HostCounters {
  activeOpens = 0
  passiveOpens = 0
  attemptFails = 0
  listenOverflows = 0
  listenDrops = 0
  timeWaitOverflows = 0
  /** TIME-WAIT that tcp_tw_reuse took over. */
  timeWaitReused = 0
  synRetransmissions = 0
  resetsSent = 0
  resetsReceived = 0

  /** By the catalogue's names; what did not happen is 0, as the system says. */
  named(): Readonly<Record<string, number>> {
    return {
      "Tcp.ActiveOpens": this.activeOpens,
      "Tcp.PassiveOpens": this.passiveOpens,
      "Tcp.AttemptFails": this.attemptFails,
      "Tcp.EstabResets": this.resetsReceived,
      "Tcp.OutRsts": this.resetsSent,
      "TcpExt.ListenOverflows": this.listenOverflows,
      "TcpExt.ListenDrops": this.listenDrops,
      "TcpExt.TCPTimeWaitOverflow": this.timeWaitOverflows,
      "TcpExt.TWRecycled": this.timeWaitReused,
      "TcpExt.TCPSynRetrans": this.synRetransmissions,
    }
  }
}
