#include "client/edit_session.h"

#include "client/replica_parts.h"

namespace tidemark {

Result<Stamp> EditSession::change(Draft draft, const WriteOptions& how) {
  return parts_->write(std::move(draft), how, &last_);
}

Result<Stamp> EditSession::set(std::string_view entity, std::string_view attribute, Value value,
                               const WriteOptions& how) {
  return change(one_write(entity, attribute, std::move(value)), how);
}

Result<Stamp> EditSession::set(std::string_view entity, std::string_view attribute, Result<Value> value,
                               const WriteOptions& how) {
  if (!value) return value.error();
  return set(entity, attribute, std::move(*value), how);
}

}  // namespace tidemark
