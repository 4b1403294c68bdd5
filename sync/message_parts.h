// The two forms of messages; message.cpp chooses between them.
#pragma once

#include "sync/message.h"

namespace tidemark::sync {

// As they are said, in the order of their enumerators.
inline constexpr const char* verdict_names[] = {"ok", "fork", "log_changed", "trimmed"};
inline constexpr const char* retry_names[] = {"never", "later", "after_fix"};
inline constexpr std::size_t max_error_text_bytes = 1024;

Result<Message> decode_json_message(std::string_view text);
std::string encode_json_message(const Message& message);  // of the control messages only

Result<Message> decode_binary_message(ByteView bytes);
Bytes encode_binary_message(const Message& message);  // of the binary messages only

}  // namespace tidemark::sync
