#include "model/term/term_pattern.hpp"

#include "model/term/term_text.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;

namespace {

bool matches(const char* pattern, const char* value) {
  return lockstep::matches(parse_term(pattern).value(), parse_term(value).value());
}

} // namespace

TEST_CASE("a pattern without an underscore matches what is equal to it", "[term_pattern]") {
  CHECK(matches("{user, 1}", "{user, 1}"));
  CHECK_FALSE(matches("{user, 1}", "{user, 2}"));
  CHECK_FALSE(matches("1", "1.0"));
  CHECK_FALSE(matches("{user, 1}", "[user, 1]"));
}

TEST_CASE("an underscore matches anything", "[term_pattern]") {
  CHECK(matches("'_'", "{a, [b]}"));
  CHECK(matches("'_'", "[]"));
  CHECK(matches("{user, '_'}", "{user, {1, 2}}"));
  CHECK_FALSE(matches("{user, '_'}", "{user, 1, 2}"));
  CHECK(matches("['_', b]", "[a, b]"));
  CHECK_FALSE(matches("['_', b]", "[a, c]"));
  CHECK_FALSE(matches("['_']", "[]"));
  CHECK_FALSE(matches("'_a'", "a"));
}

TEST_CASE("a tail in a pattern matches the rest of a list", "[term_pattern]") {
  CHECK(matches("[a | '_']", "[a, b, c]"));
  CHECK(matches("[a | '_']", "[a]"));
  CHECK(matches("[a | '_']", "[a | b]"));
  CHECK_FALSE(matches("[a | '_']", "[]"));
  CHECK_FALSE(matches("[a | '_']", "[b, c]"));
  CHECK_FALSE(matches("[a | b]", "[a]"));
  CHECK_FALSE(matches("[a]", "[a | b]"));
  CHECK(matches("[a | {'_', 1}]", "[a | {x, 1}]"));
}

TEST_CASE("a map in a pattern asks for some of the entries", "[term_pattern]") {
  CHECK(matches("#{}", "#{a => 1}"));
  CHECK(matches("#{a => '_'}", "#{a => 1, b => 2}"));
  CHECK(matches("#{a => {'_', 2}}", "#{a => {1, 2}, b => 2}"));
  CHECK_FALSE(matches("#{a => '_'}", "#{b => 2}"));
  CHECK_FALSE(matches("#{a => 2}", "#{a => 1}"));
  CHECK_FALSE(matches("#{'_' => 2}", "#{a => 2}"));
}
