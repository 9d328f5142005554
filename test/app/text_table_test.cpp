#include "app/text_table.hpp"

#include <sstream>

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;

TEST_CASE("columns are as wide as their widest cell, numbers to the right", "[text_table]") {
  text_table table{{"name", "steps"}};
  table.add({"größe", "7"});
  table.add({"a", "1,234"});
  std::ostringstream out;
  table.print(out, "  ");
  CHECK(out.str() == "  name   steps\n  größe      7\n  a      1,234\n");
}

TEST_CASE("thousands are set apart", "[text_table]") {
  CHECK(with_commas(0) == "0");
  CHECK(with_commas(999) == "999");
  CHECK(with_commas(1000) == "1,000");
  CHECK(with_commas(1234567) == "1,234,567");
}

TEST_CASE("nouns agree with their number", "[text_table]") {
  CHECK(counted(1, "step") == "1 step");
  CHECK(counted(0, "step") == "0 steps");
}

TEST_CASE("lines are indented one by one", "[text]") {
  CHECK(indented("", "  ").empty());
  CHECK(indented("a\n\nb\n", "  ") == "  a\n  \n  b\n");
}
