// Uplink: carries an Exchange over real connections: dials, waits, dials again, and looks for local writes of others.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "client/exchange.h"
#include "client/syncing.h"
#include "net/dialer.h"
#include "net/loop.h"
#include "store/sync_lock.h"
#include "sync/backoff.h"

namespace tidemark {

class Uplink {
 public:
  // Opens the file a second time, for this thread alone. Throws StoreError locked if another process syncs it. `finished`
  // is called once, on the loop's thread: without an error when `once` and all is synced, else with what stopped it.
  Uplink(net::Loop& loop, const std::string& path, const net::Url& url, const SyncOptions& options,
         const ReplicaOptions& replica, bool once, std::function<void(std::optional<Error>)> finished);

  void start();
  // Looks for writes of others now, instead of at the next interval.
  void look_now();
  // Closes the connection; `finished` is called without an error when it is closed.
  void stop();
  // Asks the relay how far its log is; once that is reached too and everything local is confirmed, calls the function.
  void when_synced(std::function<void()> reached);

  SyncSummary summary() const { return exchange_.summary(); }

 private:
  void connect();
  void on_open(net::ConnectionPtr connection);
  void on_failed(const Error& error);
  void on_closed(const net::Closed& closed);
  void pump();
  void look();
  void try_again(const Error& error);
  void finish(std::optional<Error> error);
  void say(SyncState state);
  void notice_progress();
  void refresh_when_due();

  net::Loop& loop_;
  net::Url url_;
  SyncOptions options_;
  ReplicaOptions replica_;
  bool once_;
  std::function<void(std::optional<Error>)> finished_;
  store::Store store_;
  store::SyncLock lock_;
  Exchange exchange_;
  sync::Backoff backoff_;
  net::ConnectionPtr connection_;
  std::unique_ptr<net::Dialing> dialing_;
  net::Loop::Timer retry_;
  net::Loop::Timer look_;
  net::Loop::Timer refresh_;
  bool refresh_armed_ = false;
  std::vector<std::function<void()>> waiting_;
  std::optional<SyncState> said_;
  std::optional<Error> last_error_;
  std::uint64_t seen_progress_ = 0;
  std::int64_t progress_at_ms_ = 0;
  bool stopping_ = false;
  bool over_ = false;
};

}  // namespace tidemark
