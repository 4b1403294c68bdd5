// SQL of the views: readable rows over the interned tables; and of what they are filled from.
#pragma once

namespace tidemark::store::internal {

// As version 1 had them; version 2 has another view of conflicts.
extern const char* const version_1_views_sql;
extern const char* const conflicts_view_sql;
// Makes `contested` anew from the events.
extern const char* const contest_all_sql;

}  // namespace tidemark::store::internal
