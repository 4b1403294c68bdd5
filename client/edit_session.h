// EditSession: writes that are one edit, such as the drags of one slider or the typing in one field.
//
//   auto drag = replica.edit_session();
//   while (auto position = next()) drag.set("shape-1", "x", tidemark::Value::integer(*position));
//
// A write takes the place of the session's last one if both write the same cells with the same metadata and links, nothing
// else was written through this file since, nobody refers to the last one, and it has not been sealed for the relay. Each
// write is durable on return and shown to observers, and its stamp goes on leading to what took its place.
//
// Use it from the thread of its Replica, which must outlive it. A session ends when it is destroyed; nothing happens then.
#pragma once

#include "client/replica.h"

namespace tidemark {

class EditSession {
 public:
  // As the functions of Replica.
  Result<Stamp> set(std::string_view entity, std::string_view attribute, Value value, const WriteOptions& how = {});
  Result<Stamp> set(std::string_view entity, std::string_view attribute, Result<Value> value,
                    const WriteOptions& how = {});
  Result<Stamp> change(Draft draft, const WriteOptions& how = {});

 private:
  friend class Replica;
  explicit EditSession(Replica::Parts& parts) : parts_(&parts) {}

  Replica::Parts* parts_;
  std::optional<Stamp> last_;
};

}  // namespace tidemark
