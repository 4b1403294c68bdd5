#include "net/admission.h"

#include <doctest/doctest.h>

using tidemark::net::Admission;

TEST_CASE("the listener takes as many connections as allowed and not one more, until one leaves") {
  Admission admission(3, 100);
  CHECK(admission.enter("192.0.2.1", false));
  CHECK(admission.enter("192.0.2.2", false));
  CHECK(admission.enter("127.0.0.1", true));
  CHECK_FALSE(admission.enter("192.0.2.3", false));
  CHECK_FALSE(admission.enter("127.0.0.1", true));
  CHECK(admission.connections() == 3);
  admission.leave("192.0.2.1", false);
  CHECK(admission.enter("192.0.2.3", false));
}

TEST_CASE("one address has a limit of its own, which other addresses do not feel") {
  Admission admission(100, 2);
  CHECK(admission.enter("192.0.2.1", false));
  CHECK(admission.enter("192.0.2.1", false));
  CHECK_FALSE(admission.enter("192.0.2.1", false));
  CHECK(admission.enter("192.0.2.2", false));
  admission.leave("192.0.2.1", false);
  CHECK(admission.enter("192.0.2.1", false));
  CHECK_FALSE(admission.enter("192.0.2.1", false));
}

TEST_CASE("loopback has no limit of its own, because a proxy in front makes every connection come from there") {
  Admission admission(100, 1);
  for (int i = 0; i < 50; ++i) CHECK(admission.enter("127.0.0.1", true));
  for (int i = 0; i < 50; ++i) admission.leave("127.0.0.1", true);
  CHECK(admission.connections() == 0);
}
