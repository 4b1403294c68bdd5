// The two forms of messages, one file each; message.cpp chooses between them.
#pragma once

#include "sync/message.h"

namespace tidemark::sync {

Result<Message> decode_json_message(std::string_view text);
std::string encode_json_message(const Message& message);  // of the control messages only

Result<Message> decode_binary_message(ByteView bytes);
Bytes encode_binary_message(const Message& message);      // of the binary messages only

}  // namespace tidemark::sync
