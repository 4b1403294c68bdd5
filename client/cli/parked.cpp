#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "client/cli/files.h"
#include "client/cli/json_line.h"
#include "client/cli/verb.h"
#include "store/store.h"

namespace tidemark::cli {
namespace {

[[noreturn]] void fail(const std::string& path) {
  throw std::system_error(errno, std::generic_category(), "writing " + path);
}

// A new file, durable on return.
void write_file(const std::string& path, const Bytes& bytes) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0 && errno == EEXIST) {
    throw store::StoreError(store::Failure::exists, "exporting a parked bundle", "there is a file " + path);
  }
  if (descriptor < 0) fail(path);
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ::ssize_t n = ::write(descriptor, bytes.data() + written, bytes.size() - written);
    if (n < 0 && errno != EINTR) fail(path);
    if (n > 0) written += static_cast<std::size_t>(n);
  }
  if (::fsync(descriptor) != 0 || ::close(descriptor) != 0) fail(path);
}

JsonLine line_of(const store::ParkedRow& parked) {
  return JsonLine()
      .text("node", to_string(parked.head.node))
      .number("n", parked.head.n)
      .text("reason", parked.reason)
      .stamp("first", parked.first)
      .stamp("last", parked.last)
      .number("bytes", parked.envelope.size());
}

void list(const Replica& replica, const std::optional<std::string>& folder, Console& console) {
  if (folder && ::mkdir(folder->c_str(), 0777) != 0 && errno != EEXIST) fail(*folder);
  for (const store::ParkedRow& parked : replica.store().parked()) {
    JsonLine line = line_of(parked);
    if (folder) {
      const std::string path = *folder + "/" + to_string(parked.head.node) + "-" + std::to_string(parked.head.n);
      write_file(path, parked.envelope);
      line.text("file", path);
    }
    console.out().line(line.str());
  }
}

int run(const Args& args, Console& console) {
  const auto folder = args.value("--export");
  if (args.has("--retry") && folder) {
    return console.refuse(usage_error("--retry", "it beside --export", "one of them"));
  }
  if (args.has("--retry")) {
    Replica replica = Replica::open(args.words()[0]);
    const std::uint64_t applied = replica.retry_parked();
    const std::uint64_t left = replica.status().counts.parked;
    console.out().line(JsonLine().number("applied", applied).number("parked", left).str());
    return exit_ok;
  }
  list(open_for_reading(args.words()[0]), folder, console);
  return exit_ok;
}

}  // namespace

Verb parked_verb() {
  return {
      .name = "parked",
      .words = "FILE [--export DIR | --retry]",
      .summary = "list, export or retry bundles that wait",
      .words_min = 1,
      .words_max = 1,
      .flags = {{"--export", "DIR", "also write the bytes of each to DIR/NODE-N, a new file"},
                {"--retry", "", "apply those that can be applied now, after an update say"}},
      .more = R"(A bundle that arrives and cannot be applied is parked: its bytes are kept, and what comes after it is
applied. Prints a line for each, with the reason: clock_ahead (a device's clock is more than a day ahead; the bundle
waits for its time), unsupported_version or unsupported_suite (a newer program wrote it), anything else (the bundle
breaks a rule of the format; docs/bundle-format.md lists them).

  tidemark parked notes.tidemark
  {"node":"89abcdef01234567","n":3,"reason":"clock_ahead","first":"2027-...","last":"2027-...","bytes":118}
  tidemark parked notes.tidemark --retry
  {"applied":1,"parked":0}

Each sync tries them again too.
)",
      .run = run};
}

}  // namespace tidemark::cli
