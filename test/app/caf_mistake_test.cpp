#include "app/caf_mistake.hpp"

#include <sstream>
#include <string>

#include <caf/actor_system_config.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/sec.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace lockstep;

namespace {

std::string mistake_in(const std::string& text) {
  caf::core::init_global_meta_objects();
  std::istringstream stream{text};
  auto parsed = caf::actor_system_config::parse_config(stream);
  REQUIRE_FALSE(parsed);
  return describe_caf_mistake(parsed.error());
}

} // namespace

TEST_CASE("a mistake in a configuration is told with line and column", "[caf_mistake]") {
  CHECK(mistake_in("a { b = exit }")
        == "line 1, column 9: unexpected character; texts need quotes");
  CHECK(mistake_in("a {\n  b = exit\n}")
        == "line 2, column 7: unexpected character; texts need quotes");
  CHECK(mistake_in("a {\n  b = \n}")
        == "line 2, at its end: a value or a closing quote is missing");
  CHECK(mistake_in("a {\n  b = 12345678901234567890123\n}")
        == "line 2, column 26: the number is too large");
}

TEST_CASE("another reason of CAF's is told as it is", "[caf_mistake]") {
  caf::core::init_global_meta_objects();
  CHECK(describe_caf_mistake(caf::make_error(caf::sec::runtime_error, "no")).find("no")
        != std::string::npos);
}
