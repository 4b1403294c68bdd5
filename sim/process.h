// What a process that does nothing but simulate may switch off for speed.
#pragma once

namespace tidemark::sim {

// Call it once, before the first database of the process is opened and while there is only one thread: SQLite then works
// without mutexes and statistics, and freed memory is kept instead of being given back run by run.
void prepare_process();

}  // namespace tidemark::sim
