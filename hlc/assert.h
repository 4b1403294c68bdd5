// TIDEMARK_ASSERT: a check of our own reasoning that stays on in every build.
//
// It is for "we are wrong", never for bad input (a returned error) or a broken environment (an
// exception). A failed check prints the expression and its place to stderr and aborts, because a
// replica that goes on after a broken invariant would write what it does not understand.
#pragma once

namespace tidemark {

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace tidemark

#define TIDEMARK_ASSERT(expression) \
  (static_cast<bool>(expression) ? void(0) : ::tidemark::assertion_failed(#expression, __FILE__, __LINE__))
