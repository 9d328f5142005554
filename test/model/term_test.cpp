#include "model/term/term.hpp"

#include "model/failure.hpp"
#include "model/term/term_text.hpp"
#include "test/support/term_generator.hpp"

#include <catch2/catch_test_macros.hpp>

#include <limits>
#include <unordered_set>

using namespace lockstep;

namespace {

term parsed(std::string_view text) { return parse_term(text).value(); }

} // namespace

TEST_CASE("a term without a value is the empty list", "[term]") {
  CHECK(term{}.is_nil());
  CHECK(term{}.is_list());
  CHECK(term::list({}) == term{});
  CHECK(term{}.elements().empty());
}

TEST_CASE("a term tells its kind and nothing else", "[term]") {
  const term number{42};
  CHECK(number.type() == term::kind::integer);
  CHECK(*number.as_integer() == 42);
  CHECK(number.as_float() == nullptr);
  CHECK(number.as_atom() == nullptr);
  CHECK(number.as_big_integer() == nullptr);
  CHECK_FALSE(number.as_binary());
  CHECK(number.elements().empty());
  CHECK(number.entries().empty());

  CHECK(*term{1.5}.as_float() == 1.5);
  CHECK(term{atom{"ok"}}.as_atom()->name == "ok");
  CHECK(term{"bytes"}.as_binary() == "bytes");
  CHECK(term::tuple({1, 2}).is_tuple());
  CHECK(term::tuple({1, 2}).elements().size() == 2);
  CHECK(term::map({}).is_map());
  CHECK_FALSE(term::tuple({}).is_list());
}

TEST_CASE("an integer that fits into 64 bits is a small one", "[term]") {
  const auto most = std::numeric_limits<std::int64_t>::max();
  CHECK(term{big_integer{most}}.type() == term::kind::integer);
  CHECK(term{big_integer{most}} == term{most});
  CHECK(parsed("9223372036854775808").type() == term::kind::big_integer);
}

TEST_CASE("there is one zero among floats", "[term]") {
  CHECK(term{-0.0} == term{0.0});
  CHECK_FALSE(std::signbit(*term{-0.0}.as_float()));
}

TEST_CASE("the unused bits of a bit string are cleared", "[term]") {
  const term bits{bitstring{"\xFF", 3}};
  CHECK(bits.as_bitstring()->bytes == "\xE0");
  CHECK_FALSE(bits.as_binary());
  CHECK(term{bitstring{"", 3}} == term{""});
}

TEST_CASE("a list as the tail of a list continues it", "[term]") {
  CHECK(term::improper_list({1}, term::list({2, 3})) == term::list({1, 2, 3}));
  CHECK(term::improper_list({1}, term{}) == term::list({1}));
  CHECK(term::improper_list({1}, term::improper_list({2}, term{3}))
        == term::improper_list({1, 2}, term{3}));
  CHECK(term::improper_list({}, term{3}) == term{3});
  CHECK(*term::improper_list({1}, term{3}).improper_tail() == term{3});
  CHECK(term::list({1}).improper_tail() == nullptr);
}

TEST_CASE("a map sorts its entries and keeps the last of equal keys", "[term]") {
  const auto map = term::map({{2, "b"}, {1, "first"}, {1.0, "float"}, {1, "last"}});
  REQUIRE(map.entries().size() == 3);
  CHECK(map.entries()[0] == term::entry{1, "last"});
  CHECK(map.entries()[1] == term::entry{1.0, "float"});
  CHECK(map.entries()[2] == term::entry{2, "b"});
}

TEST_CASE("terms follow each other in Erlang's order", "[term]") {
  const char* ascending[] = {"-18446744073709551616",
                             "-1.0e19",
                             "-9223372036854775808",
                             "-1",
                             "0",
                             "0.0",
                             "0.5",
                             "1",
                             "1.0",
                             "9007199254740992",
                             "9.007199254740992e15",
                             "9007199254740993",
                             "9223372036854775807",
                             "9.223372036854775808e18",
                             "18446744073709551615",
                             "18446744073709551616",
                             "1.8446744073709551616e19",
                             "18446744073709551617",
                             "1.0e300",
                             "''",
                             "a",
                             "aa",
                             "b",
                             "é",
                             "'日'",
                             "{}",
                             "{b}",
                             "{a,a}",
                             "{a,b}",
                             "#{}",
                             "#{b => 1}",
                             "#{a => 1,b => 2}",
                             "#{a => 2,b => 1}",
                             "#{a => 0,c => 0}",
                             "[]",
                             "[1|2]",
                             "[1]",
                             "[1,2]",
                             "[1|<<>>]",
                             "[2]",
                             "[[]]",
                             "<<>>",
                             "<<0:1>>",
                             "<<0>>",
                             "<<1>>",
                             "<<1,0>>",
                             "<<1:1>>",
                             "<<128>>",
                             "<<255>>"};
  for (std::size_t i = 0; i < std::size(ascending); ++i)
    for (std::size_t j = 0; j < std::size(ascending); ++j) {
      INFO(ascending[i] << " and " << ascending[j]);
      const auto expected = i <=> j;
      if ((parsed(ascending[i]) <=> parsed(ascending[j])) != expected)
        CHECK(false);
    }
}

TEST_CASE("the order of terms is total", "[term]") {
  CHECK(rc::check([](const term& a, const term& b, const term& c) {
    RC_ASSERT(a <= a);
    RC_ASSERT((a < b) == (b > a));
    RC_ASSERT((a == b) == (a <= b && b <= a));
    if (a <= b && b <= c)
      RC_ASSERT(a <= c);
  }));
}

TEST_CASE("equal terms have equal hashes", "[term]") {
  CHECK(rc::check([](const term& value) {
    const auto copy = parse_term(to_text(value)).value();
    RC_ASSERT(copy == value);
    RC_ASSERT(std::hash<term>{}(copy) == std::hash<term>{}(value));
  }));
  std::unordered_set<term> set;
  for (int i = 0; i < 1'000; ++i)
    set.insert(term::tuple({i % 100, "key"}));
  CHECK(set.size() == 100);
}

TEST_CASE("terms of the greatest depth are compared, copied and destroyed", "[term]") {
  auto deepest = generate::nested(term::max_depth);
  const auto copy = deepest;
  CHECK(deepest == generate::nested(term::max_depth));
  CHECK(deepest < generate::nested(term::max_depth, term{2}));
  deepest = term{};
  CHECK(copy != deepest);
}

TEST_CASE("every error code has a name", "[failure]") {
  CHECK(to_string(ec::instance_identifier_already_in_use) == "instance_identifier_already_in_use");
  CHECK(to_string(ec::expectation_failed) == "expectation_failed");
  CHECK(to_string(static_cast<ec>(255)) == "unknown_error");
}
