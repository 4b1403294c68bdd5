#include "bench/catalogue.h"

namespace tidemark::bench {

void run_fan_out(Bench&) {}

}  // namespace tidemark::bench
