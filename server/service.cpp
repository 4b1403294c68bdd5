#include "server/service.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "net/connection.h"
#include "net/listener.h"
#include "server/event_log.h"
#include "server/log_thread.h"
#include "server/metrics.h"

namespace tidemark::server {
namespace {

RelayOptions relay_options(const ServiceOptions& options) {
  RelayOptions made;
  made.limits = options.limits;
  made.random = options.random;
  if (options.tokens) {
    made.authorize = [tokens = *options.tokens](const std::string& credential, const std::string& space) {
      return tokens.allows(credential, space);
    };
  }
  return made;
}

}  // namespace

struct Service::Parts : std::enable_shared_from_this<Parts> {
  Parts(net::Loop& loop_, ServiceOptions options_)
      : loop(loop_),
        options(std::move(options_)),
        log(options.log, [this] { wake(); }),
        relay(log, relay_options(options)),
        tick_timer(loop),
        stop_timer(loop) {}

  void listen();
  net::HttpResponse answer(std::string_view path) const;
  void admit(net::ConnectionPtr connection);
  void ended(SessionId session, const net::Closed& closed);
  void wake();
  void pump();
  void arm();
  void watch_alarms();
  void tell_failures();
  void stop(std::function<void()> when_stopped);
  void go_on_stopping();
  void finish();

  Now now() const { return {options.wall_clock(), net::Loop::steady_ms()}; }

  net::Loop& loop;
  const ServiceOptions options;
  std::unique_ptr<net::Listener> listener;
  std::unordered_map<SessionId, net::ConnectionPtr> connections;
  SessionId last_session = 0;
  LogThread log;
  Relay relay;  // after log, which it refers to
  net::Loop::Timer tick_timer;
  net::Loop::Timer stop_timer;
  std::optional<std::int64_t> armed_for;
  std::uint64_t failures_told = 0;
  bool clock_alarm_told = false;
  std::function<void()> stopped;
  bool goodbye_said = false;
};

Service::Service(net::Loop& loop, ServiceOptions options) : parts_(std::make_shared<Parts>(loop, std::move(options))) {
  parts_->listen();
}

Service::~Service() {
  parts_->listener.reset();
  for (auto& [session, connection] : parts_->connections) {
    connection->set_handlers({[](net::Frame) {}, [] {}, [](const net::Closed&) {}});
    connection->close(net::CloseCode::going_away, "the relay shuts down");
  }
}

std::string Service::address() const { return parts_->listener->address(); }

void Service::stop(std::function<void()> stopped) { parts_->stop(std::move(stopped)); }

void Service::Parts::listen() {
  net::Listener::Options made;
  made.host = options.listen.host;
  made.port = options.listen.port;
  made.limits = options.net_limits;
  made.on_http = [this](std::string_view path) { return answer(path); };
  made.on_connection = [this](net::ConnectionPtr connection) { admit(std::move(connection)); };
  listener = std::make_unique<net::Listener>(loop, std::move(made));
}

net::HttpResponse Service::Parts::answer(std::string_view path) const {
  const Snapshot snapshot{relay.stats(), log.stats(), connections.size(), options.version};
  if (path == "/healthz") {
    // Whoever balances load should send devices elsewhere only when nothing can be stored here.
    return {snapshot.relay.storage_alarm ? 503u : 200u, "application/json", health_json(snapshot)};
  }
  if (path == "/metrics") return {200, "text/plain; version=0.0.4; charset=utf-8", metrics_text(snapshot)};
  return {404, "text/plain; charset=utf-8", "This is a Tidemark relay. Try /healthz or /metrics.\n"};
}

void Service::Parts::admit(net::ConnectionPtr connection) {
  const SessionId session = ++last_session;
  log_event(LogLevel::debug, "connection_opened", {{"session", session}, {"peer", connection->peer()}});
  connection->set_handlers({[this, session](net::Frame frame) {
                              relay.received(session, frame, now());
                              pump();
                            },
                            [this, session] {
                              relay.drained(session, now());
                              pump();
                            },
                            [this, session](const net::Closed& closed) { ended(session, closed); }});
  connections.emplace(session, std::move(connection));
  relay.opened(session, now());
  pump();
}

void Service::Parts::ended(SessionId session, const net::Closed& closed) {
  const bool refused = !closed.by_peer && closed.code >= 1002 && closed.code != 1006;
  log_event(refused ? LogLevel::info : LogLevel::debug, "connection_closed",
            {{"session", session},
             {"code", std::uint64_t{closed.code}},
             {"reason", closed.reason},
             {"by", closed.by_peer ? "peer" : "relay"}});
  connections.erase(session);
  relay.closed(session);
  pump();
}

// On the log's thread. The loop may run the task when the service is gone.
void Service::Parts::wake() {
  loop.post([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->relay.poll(self->now());
    self->tell_failures();
    self->pump();
  });
}

void Service::Parts::pump() {
  while (auto output = relay.next_output()) {
    if (auto* send = std::get_if<Send>(&*output)) {
      const auto at = connections.find(send->session);
      if (at != connections.end()) at->second->send(std::move(send->frame));
    } else if (auto* close = std::get_if<Close>(&*output)) {
      const auto at = connections.find(close->session);
      if (at != connections.end()) at->second->close(close->code, std::move(close->reason));
    }
  }
  arm();
  watch_alarms();
  if (stopped) go_on_stopping();
}

void Service::Parts::arm() {
  const auto deadline = relay.deadline_steady_ms();
  if (deadline == armed_for) return;
  armed_for = deadline;
  if (!deadline) return tick_timer.cancel();
  const auto wait = std::max<std::int64_t>(0, *deadline - net::Loop::steady_ms());
  tick_timer.arm(std::chrono::milliseconds(wait), [this] {
    armed_for.reset();
    relay.tick(now());
    pump();
  });
}

void Service::Parts::watch_alarms() {
  if (relay.stats().clock_alarm == clock_alarm_told) return;
  clock_alarm_told = !clock_alarm_told;
  if (clock_alarm_told) {
    log_event(LogLevel::error, "clock_alarm", {{"hint", "this machine's clock disagrees with those of the devices"}});
  } else {
    log_event(LogLevel::info, "clock_alarm_over");
  }
}

void Service::Parts::tell_failures() {
  const auto stats = log.stats();
  if (stats.failures == failures_told) return;
  failures_told = stats.failures;
  log_event(LogLevel::error, "storage_failed", {{"reason", stats.last_failure}, {"failures", stats.failures}});
}

void Service::Parts::stop(std::function<void()> when_stopped) {
  if (stopped) return;
  stopped = std::move(when_stopped);
  log_event(LogLevel::info, "stopping", {{"connections", std::uint64_t{connections.size()}}});
  listener->stop();
  relay.drain();
  stop_timer.arm(options.stop_max, [this] {
    log_event(LogLevel::warning, "stopped_late", {{"connections", std::uint64_t{connections.size()}}});
    finish();
  });
  pump();
}

void Service::Parts::go_on_stopping() {
  if (!goodbye_said && relay.idle()) {
    goodbye_said = true;
    for (auto& [session, connection] : connections) {
      connection->close(net::CloseCode::going_away, "the relay shuts down; connect again later");
    }
  }
  if (goodbye_said && connections.empty()) finish();
}

void Service::Parts::finish() {
  if (!stopped) return;
  stop_timer.cancel();
  tick_timer.cancel();
  // Called last and once: it may end the loop.
  std::exchange(stopped, nullptr)();
}

}  // namespace tidemark::server
