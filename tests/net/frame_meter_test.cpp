#include "net/frame_meter.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "tests/support/raw_socket.h"

using tidemark::net::FrameMeter;
using tidemark::test::frame;
using tidemark::test::frame_header;

namespace {

void feed(FrameMeter& meter, std::string_view bytes) {
  meter.feed({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

}  // namespace

TEST_CASE("a message is under way from the first byte of its header to the last of its payload") {
  for (const std::size_t size : {0u, 1u, 125u, 126u, 65535u, 65536u}) {
    for (const bool masked : {true, false}) {
      CAPTURE(size);
      FrameMeter meter;
      CHECK_FALSE(meter.under_way());
      const std::string bytes = frame(2, std::string(size, 'x'), true, masked);
      for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
        feed(meter, bytes.substr(i, 1));
        if (!meter.under_way()) FAIL("not under way after byte " << i);
      }
      feed(meter, bytes.substr(bytes.size() - 1));
      CHECK_FALSE(meter.under_way());
      CHECK(meter.messages() == 1);
      CHECK(meter.boundaries() == 1);
      CHECK(meter.data_bytes() == size);
    }
  }
}

TEST_CASE("a fragmented message is one message, and control frames between its fragments do not end it") {
  FrameMeter meter;
  feed(meter, frame(1, "one", false));
  CHECK(meter.under_way());
  feed(meter, frame(9, "ping"));
  CHECK(meter.under_way());
  CHECK(meter.boundaries() == 0);
  feed(meter, frame(0, "", false) + frame(0, "two"));
  CHECK_FALSE(meter.under_way());
  CHECK(meter.messages() == 1);
  CHECK(meter.most_fragments() == 3);
  CHECK(meter.control_frames() == 1);
  CHECK(meter.data_bytes() == 6);
}

TEST_CASE("a control frame between messages is under way while it is incomplete, and no message") {
  FrameMeter meter;
  const std::string ping = frame(9, "ping");
  feed(meter, ping.substr(0, ping.size() - 1));
  CHECK(meter.under_way());
  feed(meter, ping.substr(ping.size() - 1));
  CHECK_FALSE(meter.under_way());
  CHECK(meter.messages() == 0);
  CHECK(meter.boundaries() == 1);
  CHECK(meter.data_bytes() == 0);
}

TEST_CASE("a meter that starts at an HTTP head begins to count after its empty line") {
  FrameMeter meter(FrameMeter::Start::at_http_head);
  feed(meter, "HTTP/1.1 101 Switching Protocols\r\nA: b\r\r\n\r");
  CHECK_FALSE(meter.under_way());
  feed(meter, "\n" + frame(2, "first", true, false) + frame_header(2, 100, true, false));
  CHECK(meter.messages() == 1);
  CHECK(meter.under_way());
}

TEST_CASE("an announced length of 2^63 - 1 stays under way and overflows nothing") {
  FrameMeter meter;
  feed(meter, frame_header(2, (std::uint64_t{1} << 63) - 1));
  feed(meter, std::string(100'000, 'x'));
  CHECK(meter.under_way());
  CHECK(meter.data_bytes() == 100'000);
}

TEST_CASE("the counts do not depend on how the bytes are cut") {
  rc::check([](const std::vector<std::pair<std::uint8_t, bool>>& shapes, std::uint8_t cut) {
    std::string bytes;
    bool open = false;
    std::uint64_t messages = 0;
    std::uint64_t data = 0;
    for (const auto& [size, final] : shapes) {
      if (size > 250) {
        bytes += frame(9, std::string(size - 250, 'p'));
        continue;
      }
      bytes += frame(open ? 0 : 2, std::string(size, 'd'), final);
      open = !final;
      messages += final ? 1 : 0;
      data += size;
    }
    FrameMeter whole;
    feed(whole, bytes);
    FrameMeter pieces;
    for (std::size_t at = 0; at < bytes.size(); at += 1u + cut) feed(pieces, bytes.substr(at, 1u + cut));
    for (const FrameMeter* meter : {&whole, &pieces}) {
      RC_ASSERT(meter->messages() == messages);
      RC_ASSERT(meter->data_bytes() == data);
      RC_ASSERT(meter->under_way() == open);
    }
    RC_ASSERT(whole.boundaries() == pieces.boundaries());
    RC_ASSERT(whole.most_fragments() == pieces.most_fragments());
  });
}
