// Describing: the flags with which a writing verb says who, why and from where, and how such a description is shown.
#pragma once

#include <optional>
#include <vector>

#include "client/cli/args.h"
#include "client/cli/json_line.h"
#include "crdt/change.h"
#include "store/types.h"

namespace tidemark::cli {

// --author and --source, which `init` has too.
std::vector<Flag> identity_flags();
// Those of every writing verb: `own` and what describes a change.
std::vector<Flag> with_describing(std::vector<Flag> own);

// Puts what the flags say into the draft, or says which flag is wrong: bad_stamp. Whether the JSON is any and the stamps
// are known is for the replica to say.
std::optional<Error> describe(const Args& args, Draft& draft);

// Adds the members author, source, note, meta and links to a line, those that the change has. JSON stands as it was given,
// but on one line; what is no JSON, since another program wrote it, stands as a text.
void add_description(JsonLine& line, const Metadata& metadata, const std::vector<Link>& links);

}  // namespace tidemark::cli
