#include "actors/errors.hpp"

#include "test/support/world.hpp"

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/byte_buffer.hpp>
#include <caf/sec.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace lockstep;

TEST_CASE("a failure survives the way through CAF with its data", "[errors]") {
  test::world w;
  failure reason{ec::deviation_not_equivalent,
                 "step 2 of instance order-1 deviates",
                 {{"identifier", term{"order-1"}}, {"step", 2}}};
  CHECK(to_failure(to_error(reason)) == reason);
}

TEST_CASE("a failure survives the way over the network", "[errors]") {
  test::world w;
  failure reason{ec::store_failure, "disk full", {{"file", term{"shard-1.sqlite"}}}};
  caf::byte_buffer bytes;
  caf::binary_serializer sink{w.system(), bytes};
  REQUIRE(sink.apply(to_error(reason)));
  caf::error received;
  caf::binary_deserializer source{w.system(), bytes};
  REQUIRE(source.apply(received));
  CHECK(to_failure(received) == reason);
}

TEST_CASE("what CAF reports becomes unavailable", "[errors]") {
  test::world w;
  CHECK(to_failure(caf::make_error(caf::sec::request_timeout)).code == ec::unavailable);
}

TEST_CASE("an instance survives the way over the network", "[errors]") {
  test::world w;
  instance sent{"Order",
                term::tuple({atom{"my_app"}, 5}),
                atom{"nil"},
                "paid",
                {{"__initialisation__", "new", timestamp{duration{1}}, verdict::learned},
                 {"pay", "paid", timestamp{duration{-2}}, verdict::deviation_not_equivalent}}};
  caf::byte_buffer bytes;
  caf::binary_serializer sink{w.system(), bytes};
  REQUIRE(sink.apply(sent));
  instance received;
  caf::binary_deserializer source{w.system(), bytes};
  REQUIRE(source.apply(received));
  CHECK(received == sent);
}
