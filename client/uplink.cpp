#include "client/uplink.h"

namespace tidemark {
namespace {

ExchangeOptions exchange_options(const SyncOptions& options, const ReplicaOptions& replica) {
  ExchangeOptions result;
  result.credential = options.credential;
  result.wall_clock = replica.wall_clock;
  result.random = replica.random;
  result.report_changes = bool(options.on_applied);
  return result;
}

store::Options store_options(const ReplicaOptions& replica) {
  store::Options options;
  options.durability = replica.durability;
  options.vfs = replica.vfs;
  return options;
}

Error connection_lost(const net::Closed& closed) {
  return {"connection_lost", "connection", std::to_string(closed.code) + " " + closed.reason, "", "", Retry::later};
}

}  // namespace

Uplink::Uplink(net::Loop& loop, const std::string& path, const net::Url& url, const SyncOptions& options,
               const ReplicaOptions& replica, bool once, std::function<void(std::optional<Error>)> finished)
    : loop_(loop),
      url_(url),
      options_(options),
      replica_(replica),
      once_(once),
      finished_(std::move(finished)),
      store_(store::Store::open(path, store_options(replica))),
      lock_(path),
      exchange_(store_, exchange_options(options, replica)),
      retry_(loop),
      look_(loop),
      refresh_(loop) {}

void Uplink::start() {
  progress_at_ms_ = net::Loop::steady_ms();
  look_.arm(std::chrono::milliseconds(options_.look_interval_ms), [this] { look(); });
  connect();
}

void Uplink::connect() {
  say(SyncState::connecting);
  dialing_ = net::dial(
      loop_, url_, net::Limits{}, [this](net::ConnectionPtr connection) { on_open(std::move(connection)); },
      [this](const Error& error) { on_failed(error); });
}

void Uplink::on_open(net::ConnectionPtr connection) {
  connection_ = std::move(connection);
  connection_->set_handlers({[this](sync::Frame frame) {
                               exchange_.received(frame);
                               pump();
                             },
                             [] {}, [this](const net::Closed& closed) { on_closed(closed); }});
  say(SyncState::catching_up);
  exchange_.opened();
  pump();
}

void Uplink::on_failed(const Error& error) {
  if (error.retry == Retry::later)
    try_again(error);
  else
    finish(error);
}

void Uplink::on_closed(const net::Closed& closed) {
  connection_.reset();
  exchange_.closed();
  if (stopping_) return finish(std::nullopt);
  if (exchange_.failed() && exchange_.failed()->retry != Retry::later) return finish(exchange_.failed());
  try_again(exchange_.failed() ? *exchange_.failed() : connection_lost(closed));
}

void Uplink::try_again(const Error& error) {
  if (over_) return;
  last_error_ = error;
  if (options_.on_error) options_.on_error(error);
  say(SyncState::waiting);
  std::uint64_t random = 0;
  replica_.random(&random, sizeof random);
  retry_.arm(std::chrono::milliseconds(backoff_.next_ms(random)), [this] { connect(); });
}

// Moves what the exchange has to say to where it belongs.
void Uplink::pump() {
  while (connection_) {
    auto frame = exchange_.next_frame();
    if (!frame) break;
    connection_->send(std::move(*frame));
  }
  while (auto notice = exchange_.next_notice()) {
    if (const auto* arrived = std::get_if<Exchange::Arrived>(&*notice); arrived && options_.on_applied)
      options_.on_applied(arrived->changes);
    if (const auto* forked = std::get_if<Forked>(&*notice); forked && options_.on_forked) options_.on_forked(*forked);
    if (const auto* error = std::get_if<Error>(&*notice)) {
      last_error_ = *error;
      if (options_.on_error) options_.on_error(*error);
    }
  }
  notice_progress();
  refresh_when_due();
  if (exchange_.failed()) {
    if (connection_) connection_->close(sync::CloseCode::normal, exchange_.failed()->code);
    return;
  }
  if (!exchange_.synced()) return;
  backoff_.reset();
  say(SyncState::live);
  for (const auto& reached : std::exchange(waiting_, {})) reached();
  if (once_) stop();
}

void Uplink::notice_progress() {
  if (exchange_.progress() == seen_progress_) return;
  seen_progress_ = exchange_.progress();
  progress_at_ms_ = net::Loop::steady_ms();
}

void Uplink::refresh_when_due() {
  const auto wait_ms = exchange_.refresh_in_ms();
  if (!wait_ms || refresh_armed_) return;
  refresh_armed_ = true;
  refresh_.arm(std::chrono::milliseconds(*wait_ms), [this] {
    refresh_armed_ = false;
    if (over_ || stopping_ || !connection_) return;
    exchange_.refresh();
    pump();
  });
}

void Uplink::look_now() {
  if (over_ || !store_.changed_elsewhere() || !connection_) return;
  exchange_.store_changed();
  pump();
}

void Uplink::look() {
  if (over_) return;
  look_.arm(std::chrono::milliseconds(options_.look_interval_ms), [this] { look(); });
  look_now();
  if (!once_ || stopping_ || net::Loop::steady_ms() - progress_at_ms_ < options_.no_progress_max_ms) return;
  Error error{"no_progress",
              "sync",
              "nothing moved for " + std::to_string(options_.no_progress_max_ms) + " ms",
              "",
              "Check that the relay runs and can be reached.",
              Retry::later};
  if (last_error_) error.got += "; last: " + to_string(*last_error_);
  finish(std::move(error));
}

void Uplink::stop() {
  if (stopping_ || over_) return;
  stopping_ = true;
  retry_.cancel();
  if (connection_)
    connection_->close(sync::CloseCode::normal, "done");
  else
    finish(std::nullopt);
}

void Uplink::when_synced(std::function<void()> reached) {
  waiting_.push_back(std::move(reached));
  exchange_.refresh();
  pump();
}

void Uplink::finish(std::optional<Error> error) {
  if (std::exchange(over_, true)) return;
  look_.cancel();
  retry_.cancel();
  refresh_.cancel();
  dialing_.reset();
  if (connection_) connection_->close(sync::CloseCode::normal, "");
  finished_(std::move(error));
}

void Uplink::say(SyncState state) {
  if (said_ == state) return;
  said_ = state;
  if (options_.on_state) options_.on_state(state);
}

}  // namespace tidemark
