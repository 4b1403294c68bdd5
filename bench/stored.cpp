#include "bench/catalogue.h"

namespace tidemark::bench {

void run_stored(Bench&) {}

}  // namespace tidemark::bench
