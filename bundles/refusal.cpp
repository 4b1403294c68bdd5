#include "bundles/refusal.h"

#include "crdt/limits.h"

namespace tidemark::layout {
namespace {

constexpr const char* not_ours =
    "Its writer does not keep to the format; ask for the bundle again and report the writer's version.";

std::string counted_bytes(std::uint64_t size) { return std::to_string(size) + " bytes"; }

}  // namespace

std::string place(const char* what, std::size_t index, const char* part) {
  return std::string(what) + " " + std::to_string(index) + " " + part;
}

Error truncated(std::string place, std::string expected) {
  return {"truncated", std::move(place), "end of input", std::move(expected), "Ask for the bundle again."};
}

Error not_canonical(std::string place, std::string expected) {
  return {"not_canonical", std::move(place), "", std::move(expected), not_ours};
}

Error not_minimal(std::string place) { return not_canonical(std::move(place), "minimal LEB128 within 64 bits"); }

Error too_long(const char* code, std::string place, std::size_t got, std::size_t limit) {
  return {code, std::move(place), counted_bytes(got), "at most " + counted_bytes(limit), not_ours};
}

Error too_large(std::uint64_t size) {
  return {"too_large", "bundle", counted_bytes(size), "at most " + counted_bytes(max_bundle_bytes),
          "Split the changes over more bundles."};
}

}  // namespace tidemark::layout
