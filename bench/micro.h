// Micro: how long a few nanoseconds or microseconds of work take, by Google Benchmark, which chooses how often to repeat it.
#pragma once

#include <functional>
#include <string>

namespace tidemark::bench {

// Processor time of one call, in seconds: the mean over at least a tenth of a second. The work must leave a result that the
// compiler cannot leave out: see keep().
double seconds_each(const std::string& name, const std::function<void()>& work);

// Makes the compiler believe that somebody looks at the value.
void keep(const void* value);

}  // namespace tidemark::bench
