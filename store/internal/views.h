// SQL of the views: readable rows over the interned tables.
#pragma once

namespace tidemark::store::internal {

extern const char* const views_sql;

}  // namespace tidemark::store::internal
