#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "net/read_buffer.h"
#include "net/write_queue.h"

using namespace tidemark;
using net::ReadBuffer;
using net::WriteQueue;

namespace {

sync::Frame of_size(std::size_t size) { return {false, std::make_shared<const Bytes>(size, std::uint8_t{7})}; }

}  // namespace

TEST_CASE("a write queue takes bytes up to its limit and refuses the frame that would exceed it") {
  for (const std::size_t size : {9u, 10u, 11u}) {
    CAPTURE(size);
    WriteQueue queue(30);
    CHECK(queue.push(of_size(20)));
    CHECK(queue.push(of_size(size)) == (size <= 10));
    CHECK(queue.bytes() == (size <= 10 ? 20 + size : 20));
  }
}

TEST_CASE("a frame under way counts until it is written, and clearing leaves only it") {
  WriteQueue queue(100);
  CHECK(queue.push(of_size(40)));
  CHECK(queue.push(of_size(50)));
  CHECK(queue.begin_write().bytes->size() == 40);
  CHECK(queue.bytes() == 90);
  queue.clear_waiting();
  CHECK(queue.bytes() == 40);
  CHECK(queue.writing());
  queue.end_write();
  CHECK(queue.empty());
  CHECK(queue.bytes() == 0);
}

TEST_CASE("a queued frame shares its buffer") {
  WriteQueue queue(100);
  const sync::Frame frame = of_size(5);
  CHECK(queue.push(frame));
  CHECK(queue.begin_write().bytes.get() == frame.bytes.get());
}

TEST_CASE("a read buffer gives back what was filled in, whatever the pieces") {
  for (const std::size_t size : {0u, 1u, 511u, 512u, 513u, 4608u, 4609u, 100'000u}) {
    for (const std::size_t piece : {1u, 7u, 4096u, 1'000'000u}) {
      CAPTURE(size);
      CAPTURE(piece);
      ReadBuffer buffer;
      for (int round = 0; round < 2; ++round) {
        std::string expected;
        while (expected.size() < size) {
          const auto room = buffer.room(size - expected.size());
          REQUIRE(!room.empty());
          const std::size_t bytes = std::min({room.size(), piece, size - expected.size()});
          for (std::size_t i = 0; i < bytes; ++i) {
            room[i] = static_cast<std::uint8_t>('a' + (expected.size() % 26));
            expected.push_back(static_cast<char>(room[i]));
          }
          buffer.filled(bytes);
        }
        const SharedBytes taken = buffer.take();
        CHECK(std::string(taken->begin(), taken->end()) == expected);
      }
    }
  }
}

TEST_CASE("room grows with what has arrived, not with what is announced") {
  ReadBuffer buffer;
  CHECK(buffer.room(1 << 30).size() == 512);
  buffer.filled(512);
  CHECK(buffer.room(1 << 30).size() == 4096);
  buffer.filled(4096);
  CHECK(buffer.room(1 << 30).size() == 4608);
}
