#include "server/log_thread.h"

#include <iterator>

namespace tidemark::server {

LogThread::LogThread(SqliteLogOptions options, std::function<void()> notify)
    : log_(std::move(options)), notify_(std::move(notify)), worker_([this] { work(); }) {}

LogThread::~LogThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  worker_.join();
}

void LogThread::add(Call call) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(call));
  }
  wake_.notify_one();
}

void LogThread::work() {
  std::vector<Call> group;
  std::vector<Done> done;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      group.swap(waiting_);
    }
    for (auto& call : group) call(log_);
    group.clear();
    log_.run();
    log_.poll(done);
    {
      const std::lock_guard lock(mutex_);
      std::move(done.begin(), done.end(), std::back_inserter(finished_));
      stats_ = log_.stats();
    }
    done.clear();
    notify_();
  }
}

std::size_t LogThread::poll(std::vector<Done>& done) {
  const std::lock_guard lock(mutex_);
  const std::size_t count = finished_.size();
  std::move(finished_.begin(), finished_.end(), std::back_inserter(done));
  finished_.clear();
  return count;
}

SqliteLogStats LogThread::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

void LogThread::load(Ticket ticket, const std::string& space, const LogId& fresh) {
  add([=](SqliteLog& log) { log.load(ticket, space, fresh); });
}

void LogThread::commit(Ticket ticket, std::vector<SpacePlan> plans) {
  add([ticket, plans = std::move(plans)](SqliteLog& log) mutable { log.commit(ticket, std::move(plans)); });
}

void LogThread::read(Ticket ticket, const std::string& space, std::uint64_t after_seq, std::size_t bytes_max) {
  add([=](SqliteLog& log) { log.read(ticket, space, after_seq, bytes_max); });
}

void LogThread::acc_at(Ticket ticket, const std::string& space, std::uint64_t seq) {
  add([=](SqliteLog& log) { log.acc_at(ticket, space, seq); });
}

void LogThread::hashes_at(Ticket ticket, const std::string& space,
                          std::vector<std::pair<NodeId, std::uint64_t>> places) {
  add([ticket, space, places = std::move(places)](SqliteLog& log) mutable {
    log.hashes_at(ticket, space, std::move(places));
  });
}

void LogThread::chain(Ticket ticket, const std::string& space, NodeId node, std::uint64_t after_n,
                      std::size_t bytes_max) {
  add([=](SqliteLog& log) { log.chain(ticket, space, node, after_n, bytes_max); });
}

void LogThread::watch(const std::string&, bool) {}  // nobody else appends here

void LogThread::mend(Ticket ticket, const std::string& space, const Head& head, SharedBytes envelope) {
  add([=](SqliteLog& log) { log.mend(ticket, space, head, envelope); });
}

void LogThread::trim(Ticket ticket, const std::string& space, std::uint64_t up_to) {
  add([=](SqliteLog& log) { log.trim(ticket, space, up_to); });
}

}  // namespace tidemark::server
