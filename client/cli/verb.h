// Verb: one command of the program. Each stands in a file of its own, named after it.
#pragma once

#include <string>
#include <vector>

#include "client/cli/args.h"
#include "client/cli/console.h"

namespace tidemark::cli {

struct Verb {
  std::string name;
  std::string words;    // as the help shows them: "FILE ENTITY [ATTR]"
  std::string summary;  // half a line for the list of verbs
  std::size_t words_min = 0;
  std::size_t words_max = 0;
  std::vector<Flag> flags;
  std::string more;                                          // paragraphs and examples of its help
  int (*run)(const Args& args, Console& console) = nullptr;  // gives the exit code
};

Verb init_verb();
Verb set_verb();
Verb get_verb();
Verb delete_verb();
Verb restore_verb();
Verb list_verb();
Verb log_verb();
Verb timeline_verb();
Verb graph_verb();
Verb at_verb();
Verb diff_verb();
Verb undo_verb();
Verb redo_verb();
Verb restore_version_verb();
Verb conflicts_verb();
Verb settle_verb();
Verb merge_verb();
Verb audit_verb();
Verb import_verb();
Verb export_verb();
Verb backup_verb();
Verb sync_verb();
Verb watch_verb();
Verb status_verb();
Verb doctor_verb();
Verb rebuild_verb();
Verb verify_verb();
Verb repair_verb();
Verb salvage_verb();
Verb parked_verb();

// In the order in which a reader meets them.
std::vector<Verb> all_verbs();

}  // namespace tidemark::cli
