#include "client/repairing.h"

#include "net/dialer.h"
#include "net/loop.h"
#include "store/sync_lock.h"

namespace tidemark {
namespace {

// One connection, from dialing to the end.
class Visit {
 public:
  Visit(net::Loop& loop, Repair& repair, std::int64_t no_progress_max_ms)
      : loop_(loop), repair_(repair), patience_(no_progress_max_ms), timer_(loop) {}

  void start(const net::Url& url) {
    wait();
    dialing_ = net::dial(
        loop_, url, net::Limits{}, [this](net::ConnectionPtr connection) { on_open(std::move(connection)); },
        [this](const Error& error) { finish(error); });
  }

  const std::optional<Error>& error() const { return error_; }

 private:
  void on_open(net::ConnectionPtr connection) {
    connection_ = std::move(connection);
    connection_->set_handlers({[this](sync::Frame frame) {
                                 wait();
                                 repair_.received(frame);
                                 pump();
                               },
                               [] {}, [this](const net::Closed& closed) { on_closed(closed); }});
    repair_.opened();
    pump();
  }

  void pump() {
    while (auto frame = repair_.next_frame()) connection_->send(std::move(*frame));
    if (repair_.failed()) return finish(repair_.failed());
    if (repair_.done()) finish(std::nullopt);
  }

  void on_closed(const net::Closed& closed) {
    connection_.reset();
    finish(Error{"connection_lost", "connection", std::to_string(closed.code) + " " + closed.reason, "",
                 "Run the repair again; what was put back is kept.", Retry::later});
  }

  void wait() {
    timer_.arm(patience_, [this] {
      finish(Error{"no_progress", "repair", "nothing came for " + std::to_string(patience_.count()) + " ms", "",
                   "Check that the relay runs and can be reached.", Retry::later});
    });
  }

  void finish(std::optional<Error> error) {
    if (over_) return;
    over_ = true;
    error_ = std::move(error);
    timer_.cancel();
    dialing_.reset();
    if (connection_) connection_->close(sync::CloseCode::normal, "done");
    loop_.stop();
  }

  net::Loop& loop_;
  Repair& repair_;
  std::chrono::milliseconds patience_;
  net::Loop::Timer timer_;
  std::unique_ptr<net::Dialing> dialing_;
  net::ConnectionPtr connection_;
  std::optional<Error> error_;
  bool over_ = false;
};

}  // namespace

RepairOutcome repair_once(const std::string& path, const SyncOptions& options, const ReplicaOptions& replica,
                          const store::Progress& progress) {
  const Result<net::Url> url = net::parse_url(options.url);
  if (!url) return {{}, url.error()};
  store::Options store_options;
  store_options.vfs = replica.vfs;
  store::Store store = store::Store::open(path, store_options);
  const store::SyncLock lock(path);
  net::Loop loop;
  Repair repair(store, {options.credential, replica.wall_clock, replica.random, progress});
  Visit visit(loop, repair, options.no_progress_max_ms);
  visit.start(*url);
  loop.run();
  return {repair.result(), visit.error()};
}

}  // namespace tidemark
