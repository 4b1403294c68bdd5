#include "client/cli/verb.h"
#include "client/replica.h"

namespace tidemark::cli {
namespace {

int run(const Args& args, Console& console) {
  const auto space = args.value("--space");
  if (!space) return console.refuse(usage_error("--space", "nothing", "--space NAME"));
  ReplicaOptions options;
  if (const auto text = args.value("--node")) {
    options.node = parse_node(*text);
    if (!options.node) {
      return console.refuse(
          usage_error("--node", *text, "16 lower-case hexadecimal digits", "Leave --node out for a random one"));
    }
  }
  const Replica replica = Replica::create(args.words()[0], *space, options);
  console.out().line(to_string(replica.status().node));
  return exit_ok;
}

}  // namespace

Verb init_verb() {
  return {
      .name = "init",
      .words = "FILE --space NAME [--node HEX16]",
      .summary = "create a replica file",
      .words_min = 1,
      .words_max = 1,
      .flags = {{"--space", "NAME", "what is shared: replicas of one space sync with each other"},
                {"--node", "HEX16", "the node id, for scripts that need a known one; random if not given"}},
      .more = R"(Creates a replica file with an empty history and prints its node id. A file that exists is left alone.

  tidemark init notes.tidemark --space my-notes

Do not copy a replica file to make a second device: use init there and sync, or `tidemark backup`.
)",
      .run = run};
}

}  // namespace tidemark::cli
