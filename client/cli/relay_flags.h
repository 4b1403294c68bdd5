// What the verbs that talk to a relay have in common.
#pragma once

#include <string>
#include <vector>

#include "client/cli/args.h"
#include "client/cli/console.h"
#include "client/syncing.h"

namespace tidemark::cli {

Flag token_file_flag();

// Options with the URL (the second word) and the credential, which is the first word of the file that --token-file or
// TIDEMARK_TOKEN_FILE names, and with remarks on stderr about forks and about what is tried again. Errors:
// bad_token_file. Throws StoreError if the file (the first word) is no replica.
Result<SyncOptions> relay_options(const Args& args, Console& console);

}  // namespace tidemark::cli
