// The Boost.Asio side of Loop, for net's .cpp files only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>

#include "net/connection.h"
#include "net/loop.h"

namespace tidemark::net {

namespace asio = boost::asio;
using boost::system::error_code;

// The executor is named, not erased: Beast's templates compile and run faster with it.
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Endpoint = asio::ip::tcp::endpoint;
using SteadyTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

struct TerminationWatch {
  TerminationWatch(asio::io_context& io, std::function<void()> called) : signals(io), task(std::move(called)) {}
  void wait();

  asio::signal_set signals;
  std::function<void()> task;
};

struct Loop::Context {
  Executor executor() { return io.get_executor(); }

  // Every connection of this loop. The loop takes their handlers away before it goes, because these
  // commonly own the connection and nobody else would ever break that ring.
  std::map<Connection*, std::weak_ptr<Connection>> connections;
  asio::io_context io{1};
  std::list<TerminationWatch> terminations;
};

// "HOST:PORT", an IPv6 host in brackets.
inline std::string to_text(const Endpoint& endpoint) {
  const auto address = endpoint.address();
  const std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return host + ":" + std::to_string(endpoint.port());
}

}  // namespace tidemark::net
