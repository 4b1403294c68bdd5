#include "client/syncing.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "client/replica_parts.h"
#include "client/uplink.h"

namespace tidemark {
namespace {

SyncOutcome run(const std::string& path, const SyncOptions& options, const ReplicaOptions& replica, bool once) {
  const Result<net::Url> url = net::parse_url(options.url);
  if (!url) return {{}, url.error()};
  const std::int64_t begin_ms = net::Loop::steady_ms();
  SyncOutcome outcome;
  net::Loop loop;
  Uplink link(loop, path, *url, options, replica, once, [&](std::optional<Error> error) {
    outcome.error = std::move(error);
    loop.stop();
  });
  if (!once) loop.on_termination([&] { link.stop(); });
  link.start();
  loop.run();
  outcome.summary = link.summary();
  outcome.summary.seconds = double(net::Loop::steady_ms() - begin_ms) / 1000;
  return outcome;
}

}  // namespace

SyncOutcome sync_once(const std::string& path, const SyncOptions& options, const ReplicaOptions& replica) {
  return run(path, options, replica, true);
}

SyncOutcome sync_until_terminated(const std::string& path, const SyncOptions& options, const ReplicaOptions& replica) {
  return run(path, options, replica, false);
}

struct Syncing::Parts {
  Parts(const std::string& path, const net::Url& url, SyncOptions options, const ReplicaOptions& replica)
      : on_state(options.on_state),
        link(*loop, path, url, with_state(std::move(options)), replica, false,
             [this](std::optional<Error>) { loop->stop(); }) {}

  SyncOptions with_state(SyncOptions options) {
    options.on_state = [this](SyncState now) {
      *state = now;
      if (on_state) on_state(now);
    };
    return options;
  }

  std::function<void(SyncState)> on_state;
  // Shared with the syncer, which may be running on the writer's thread when the sync ends.
  const std::shared_ptr<std::atomic<SyncState>> state = std::make_shared<std::atomic<SyncState>>(SyncState::connecting);
  const std::shared_ptr<net::Loop> loop = std::make_shared<net::Loop>();
  Uplink link;
  // A burst of writes asks for one look.
  const std::shared_ptr<std::atomic<bool>> asked = std::make_shared<std::atomic<bool>>(false);
  const std::shared_ptr<const Syncer> syncer =
      std::make_shared<const Syncer>(Syncer{[loop = loop, asked = asked, link = &link] {
                                              if (asked->exchange(true)) return;
                                              loop->post([asked, link] {
                                                asked->store(false);
                                                link->look_now();
                                              });
                                            },
                                            [state = state] { return *state == SyncState::live; }});
  std::thread thread;
  // wait_synced and summary ask the loop's thread and wait for its answer.
  std::mutex mutex;
  std::condition_variable answered;
};

Syncing::Syncing(const std::string& path, const SyncOptions& options, const ReplicaOptions& replica) {
  const Result<net::Url> url = net::parse_url(options.url);
  if (!url) throw std::invalid_argument(to_string(url.error()));
  parts_ = std::make_unique<Parts>(path, *url, options, replica);
  parts_->link.start();
  parts_->thread = std::thread([parts = parts_.get()] { parts->loop->run(); });
}

Syncing::~Syncing() {
  parts_->loop->post([parts = parts_.get()] { parts->link.stop(); });
  parts_->thread.join();
}

SyncState Syncing::state() const { return *parts_->state; }

SyncSummary Syncing::summary() const {
  SyncSummary summary;
  bool done = false;
  std::unique_lock lock(parts_->mutex);
  parts_->loop->post([&] {
    const std::lock_guard guard(parts_->mutex);
    summary = parts_->link.summary();
    done = true;
    parts_->answered.notify_all();
  });
  parts_->answered.wait(lock, [&] { return done; });
  return summary;
}

bool Syncing::wait_synced(std::int64_t timeout_ms) {
  const auto done = std::make_shared<bool>(false);  // outlives a wait that timed out
  std::unique_lock lock(parts_->mutex);
  parts_->loop->post([parts = parts_.get(), done] {
    parts->link.when_synced([parts, done] {
      const std::lock_guard guard(parts->mutex);
      *done = true;
      parts->answered.notify_all();
    });
  });
  return parts_->answered.wait_for(lock, std::chrono::milliseconds(timeout_ms), [&] { return *done; });
}

Result<std::unique_ptr<Syncing>> Replica::sync(const SyncOptions& options) const {
  if (const Result<net::Url> url = net::parse_url(options.url); !url) return url.error();
  auto syncing = std::make_unique<Syncing>(path(), options, parts_->options);
  join(syncing->parts_->syncer);
  return syncing;
}

Result<std::unique_ptr<Syncing>> Replica::sync(const std::string& url) const {
  SyncOptions options;
  options.url = url;
  return sync(options);
}

}  // namespace tidemark
