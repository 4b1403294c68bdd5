#include "client/cli/verb.h"

namespace tidemark::cli {

std::vector<Verb> all_verbs() {
  return {init_verb(),    set_verb(),    get_verb(),      delete_verb(),          restore_verb(),
          list_verb(),    log_verb(),    timeline_verb(), graph_verb(),           at_verb(),
          diff_verb(),    undo_verb(),   redo_verb(),     restore_version_verb(), conflicts_verb(),
          settle_verb(),  merge_verb(),  audit_verb(),    import_verb(),          export_verb(),
          backup_verb(),  sync_verb(),   watch_verb(),    status_verb(),          doctor_verb(),
          rebuild_verb(), verify_verb(), repair_verb(),   salvage_verb(),         parked_verb()};
}

}  // namespace tidemark::cli
