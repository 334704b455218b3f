/**
 * Complete lifecycles of TCP connections in ns-3: a client connects (0.5 ms one way, 10 Gb/s, no data) and closes at
 * once, the server closes when it hears of it, the client stays in TIME-WAIT until that expires. One line of JSON tells
 * what was done and what it cost, setting up left out.
 *
 *     lifecycles CONNECTIONS PER_SECOND TIME_WAIT_SECONDS PAIRS [lean]
 *
 * Connections take turns over PAIRS of a client and a server, each pair with a link to itself: what ns-3 searches from
 * end to end (the endpoints of a host, its interfaces) stays short so, and no client runs out of its 16,384 ports.
 */
#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"

using namespace ns3;

namespace {

const uint16_t serverPort = 445;

struct Pair {
  /** Makes the client's sockets. */
  Ptr<SocketFactory> sockets;
  Address server;
};

std::vector<Pair> pairs;
uint64_t connections = 0;
Time gap;

uint64_t opened = 0;
/** Lifecycles whose TIME-WAIT has expired. */
uint64_t done = 0;
uint64_t failed = 0;
uint64_t segments = 0;
uint64_t inTimeWait = 0;
uint64_t mostInTimeWait = 0;

void countSegment(Ptr<const Packet>, Ptr<Ipv4>, uint32_t) { segments++; }

void watchClient(TcpSocket::TcpStates_t before, TcpSocket::TcpStates_t after) {
  if (after == TcpSocket::TIME_WAIT) mostInTimeWait = std::max(mostInTimeWait, ++inTimeWait);
  if (before != TcpSocket::TIME_WAIT) return;
  inTimeWait--;
  if (after == TcpSocket::CLOSED) done++;
}

void closeSocket(Ptr<Socket> socket) { socket->Close(); }

void countFailure(Ptr<Socket>) { failed++; }

void accept(Ptr<Socket> socket, const Address&) {
  socket->SetCloseCallbacks(MakeCallback(&closeSocket), MakeCallback(&countFailure));
}

/** Opens the next connection, and returns for the one after it. */
void openNext() {
  const Pair& pair = pairs[opened % pairs.size()];
  Ptr<Socket> socket = pair.sockets->CreateSocket();
  socket->SetConnectCallback(MakeCallback(&closeSocket), MakeCallback(&countFailure));
  socket->TraceConnectWithoutContext("State", MakeCallback(&watchClient));
  if (socket->Bind() != 0 || socket->Connect(pair.server) != 0) failed++;
  if (++opened < connections) Simulator::Schedule(gap, &openNext);
}

void listenOn(Ptr<Node> node) {
  Ptr<Socket> listener = Socket::CreateSocket(node, TcpSocketFactory::GetTypeId());
  listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), serverPort));
  listener->Listen();
  listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                              MakeCallback(&accept));
}

/** TIME-WAIT is twice the segment lifetime. */
void setTimeWait(double seconds) {
  Config::SetDefault("ns3::TcpSocketBase::MaxSegLifetime", DoubleValue(seconds / 2));
}

/** Off is what costs and changes no state here. */
void makeLean() {
  Config::SetDefault("ns3::TcpSocketBase::Timestamp", BooleanValue(false));
  Config::SetDefault("ns3::TcpSocketBase::Sack", BooleanValue(false));
  Config::SetDefault("ns3::TcpSocketBase::WindowScaling", BooleanValue(false));
  Config::SetDefault("ns3::TcpL4Protocol::SocketType", TypeIdValue(TcpNewReno::GetTypeId()));
}

void build(uint32_t count, bool isLean) {
  PointToPointHelper link;
  link.SetDeviceAttribute("DataRate", StringValue("10Gbps"));
  link.SetChannelAttribute("Delay", StringValue("500us"));
  if (isLean) link.DisableFlowControl();
  InternetStackHelper stack;
  if (isLean) stack.SetIpv6StackInstall(false);
  Ipv4AddressHelper addresses("10.0.0.0", "255.255.255.252");
  for (uint32_t index = 0; index < count; index++) {
    NodeContainer nodes(2);
    stack.Install(nodes);
    Ipv4InterfaceContainer interfaces = addresses.Assign(link.Install(nodes));
    addresses.NewNetwork();
    listenOn(nodes.Get(1));
    for (uint32_t end = 0; end < 2; end++) {
      nodes.Get(end)->GetObject<Ipv4L3Protocol>()->TraceConnectWithoutContext(
          "Tx", MakeCallback(&countSegment));
    }
    Ptr<SocketFactory> sockets = nodes.Get(0)->GetObject<TcpSocketFactory>();
    pairs.push_back({sockets, InetSocketAddress(interfaces.GetAddress(1), serverPort)});
  }
}

double cpuSeconds(const rusage& usage) {
  const auto of = [](const timeval& time) { return time.tv_sec + time.tv_usec / 1e6; };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

rusage usageNow() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5 || argc > 6) {
    std::fprintf(stderr,
                 "usage: lifecycles CONNECTIONS PER_SECOND TIME_WAIT_SECONDS PAIRS [lean]\n");
    return 2;
  }
  connections = std::strtoull(argv[1], nullptr, 10);
  gap = Seconds(1 / std::strtod(argv[2], nullptr));
  const bool isLean = argc == 6;
  setTimeWait(std::strtod(argv[3], nullptr));
  if (isLean) makeLean();
  build(std::strtoul(argv[4], nullptr, 10), isLean);
  const rusage before = usageNow();
  Simulator::ScheduleNow(&openNext);
  Simulator::Run();
  const rusage after = usageNow();
  std::printf(
      "{\"done\":%llu,\"failed\":%llu,\"segments\":%llu,\"mostInTimeWait\":%llu,"
      "\"cpuSec\":%.3f,\"rssKiB\":%ld,\"rssBeforeKiB\":%ld}\n",
      (unsigned long long)done, (unsigned long long)failed, (unsigned long long)segments,
      (unsigned long long)mostInTimeWait, cpuSeconds(after) - cpuSeconds(before), after.ru_maxrss,
      before.ru_maxrss);
  Simulator::Destroy();
  return done == connections ? 0 : 1;
}
