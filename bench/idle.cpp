#include "bench/catalogue.h"

namespace tidemark::bench {

void run_idle(Bench&) {}

}  // namespace tidemark::bench
