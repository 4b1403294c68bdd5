#include "client/cli/describing.h"
#include "client/cli/verb.h"
#include "client/replica.h"

namespace tidemark::cli {
namespace {

int run(const Args& args, Console& console) {
  const auto space = args.value("--space");
  if (!space) return console.refuse(usage_error("--space", "nothing", "--space NAME"));
  const store::Identity identity{args.value("--author").value_or(""), args.value("--source").value_or("")};
  ReplicaOptions options;
  if (const auto text = args.value("--node")) {
    options.node = parse_node(*text);
    if (!options.node) {
      return console.refuse(
          usage_error("--node", *text, "16 lower-case hexadecimal digits", "Leave --node out for a random one"));
    }
  }
  if (const auto error = check_identity(identity)) return console.refuse(*error);
  Replica replica = Replica::create(args.words()[0], *space, options);
  if (const auto error = replica.set_identity(identity)) return console.refuse(*error);
  console.out().line(to_string(replica.status().node));
  return exit_ok;
}

std::vector<Flag> flags() {
  std::vector<Flag> flags = {
      {"--space", "NAME", "what is shared: replicas of one space sync with each other"},
      {"--node", "HEX16", "the node id, for scripts that need a known one; random if not given"}};
  for (Flag& flag : identity_flags()) flags.push_back(std::move(flag));
  return flags;
}

}  // namespace

Verb init_verb() {
  return {
      .name = "init",
      .words = "FILE --space NAME [--node HEX16] [--author NAME] [--source WORD]",
      .summary = "create a replica file",
      .words_min = 1,
      .words_max = 1,
      .flags = flags(),
      .more = R"(Creates a replica file with an empty history and prints its node id. A file that exists is left alone.

  tidemark init notes.tidemark --space my-notes

What is written through the file is by --author and from --source, unless a change says otherwise.

Do not copy a replica file to make a second device: use init there and sync, or `tidemark backup`.
)",
      .run = run};
}

}  // namespace tidemark::cli
