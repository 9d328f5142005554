#include "model/term/term_json.hpp"

#include "test/support/messages.hpp"
#include "test/support/term_generator.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

using namespace lockstep;

namespace {

term parsed(std::string_view text) {
  const auto value = parse_term_json(text);
  INFO(text << ": " << (value ? "" : value.error().message));
  REQUIRE(value);
  return *value;
}

std::string error_of(std::string_view text) {
  const auto value = parse_term_json(text);
  if (value)
    return "read as " + to_text(*value);
  CHECK(value.error().code == ec::invalid_term);
  return value.error().message;
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i)
    out += text;
  return out;
}

/// Both directions.
void check_form(const term& value, const std::string& json) {
  CHECK(to_json_text(value) == json);
  CHECK(parsed(json) == value);
}

} // namespace

TEST_CASE("any term survives JSON", "[json]") {
  CHECK(rc::check([](const term& value) {
    const auto text = to_json_text(value);
    RC_ASSERT(nlohmann::json::accept(text));
    RC_ASSERT(parse_term_json(text) == value);
  }));
}

TEST_CASE("any text is read as JSON or refused", "[json]") {
  CHECK(rc::check([](const std::string& text) { (void)parse_term_json(text); }));
}

TEST_CASE("each kind of term has its JSON form", "[json]") {
  check_form("text \" \\ \n é", R"("text \" \\ \n é")");
  check_form(std::string{"\0", 1}, R"("\u0000")");
  check_form(42, "42");
  check_form(std::numeric_limits<std::int64_t>::min(), "-9223372036854775808");
  check_form(*parse_term("18446744073709551615"), "18446744073709551615");
  check_form(*parse_term("-123456789012345678901234567890"), "-123456789012345678901234567890");
  check_form(1.0, "1.0");
  check_form(1e300, "1.0e300");
  check_form(atom{"true"}, "true");
  check_form(atom{"false"}, "false");
  check_form(atom{"nil"}, "null");
  check_form(atom{"null"}, R"({"atom":"null"})");
  check_form({}, "[]");
  check_form(term::list({1, "a"}), R"([1,"a"])");
  check_form(term::tuple({atom{"order"}, 7}), R"({"tuple":[{"atom":"order"},7]})");
  check_form("\xFF", R"({"binary":"/w=="})");
  check_form(bitstring{"\xFF\x20", 3}, R"({"bits":"/yA=","size":11})");
  check_form(term::improper_list({1, 2}, term{3}), R"({"improper":[1,2],"tail":3})");
  check_form(term::map({{"k", 1}, {"l", term{}}}), R"({"k":1,"l":[]})");
  check_form(term::map({}), "{}");
  check_form(term::map({{1, 2}}), R"({"map":[[1,2]]})");
  check_form(term::map({{"\xFF", 2}}), R"({"map":[[{"binary":"/w=="},2]]})");
}

TEST_CASE("a map that looks like a tagged form is not taken for one", "[json]") {
  check_form(term::map({{"atom", "x"}}), R"({"map":[["atom","x"]]})");
  check_form(term::map({{"bits", 1}, {"size", 2}}), R"({"map":[["bits",1],["size",2]]})");
  check_form(term::map({{"atom", 1}, {"tuple", 2}}), R"({"atom":1,"tuple":2})");
  check_form(term::map({{"bits", 1}}), R"({"bits":1})");
  check_form(term::map({{"", 1}, {"atom", 2}}), R"({"":1,"atom":2})");
}

TEST_CASE("integers of any size have a JSON form", "[json]") {
  const auto digits = repeated("7", 4'300);
  check_form(*parse_term(digits), R"({"integer":")" + digits + R"("})");
  check_form(*parse_term("-" + digits), R"({"integer":"-)" + digits + R"("})");
  check_form(*parse_term(repeated("9", 308)), repeated("9", 308));
  CHECK(error_of(repeated("9", 400))
        == "invalid JSON term: a number is beyond the range of floats; write a large integer as "
           "{\"integer\":\"...\"}");
  CHECK(error_of(R"({"integer":")" + repeated("9", 10'000) + R"("})")
        == "invalid JSON term: an integer may have at most 4096 bytes");
}

TEST_CASE("floats may be tagged, for senders that drop the point", "[json]") {
  CHECK(parsed(R"({"float":1})") == term{1.0});
  CHECK(parsed(R"({"float":1.5})") == term{1.5});
  CHECK(parsed(R"({"float":100000000000000000000})") == term{1e20});
  CHECK(parsed("1e5") == term{100000.0});
  CHECK(parsed("-0.0") == term{0.0});
}

TEST_CASE("the members of a tagged form come in any order", "[json]") {
  CHECK(parsed(R"({"tail":3,"improper":[1]})") == term::improper_list({1}, term{3}));
  CHECK(parsed(R"({"size":3,"bits":"IA=="})") == term{bitstring{"\x20", 3}});
}

TEST_CASE("a tagged form with a wrong value is refused", "[json]") {
  for (const auto* text : {R"({"atom":1})",
                           R"({"tuple":1})",
                           R"({"tuple":{"improper":[1],"tail":2}})",
                           R"({"integer":12})",
                           R"({"integer":"1.5"})",
                           R"({"integer":"-"})",
                           R"({"float":"1"})",
                           R"({"binary":"?"})",
                           R"({"binary":1})",
                           R"({"bits":"IA==","size":9})",
                           R"({"bits":"IA==","size":0})",
                           R"({"bits":"","size":-1})",
                           R"({"bits":1,"size":1})",
                           R"({"improper":[],"tail":1})",
                           R"({"improper":[1],"tail":[]})",
                           R"({"improper":1,"tail":1})",
                           R"({"map":1})",
                           R"({"map":[1]})",
                           R"({"map":[[1]]})",
                           R"({"map":[[1,2,3]]})"}) {
    INFO(text);
    CHECK_FALSE(parse_term_json(text));
  }
  CHECK(error_of(R"([1,{"atom":1}])")
        == "invalid JSON term: the value of \"atom\" must be a string");
}

TEST_CASE("the message about text that is no JSON does not hold the text", "[json]") {
  for (const auto& text : {std::string("\"\xFF\""), std::string("\"a\nb"), std::string("\x7F"),
                           "[" + repeated("7", 5'000) + "x", "\"" + repeated("a", 5'000),
                           std::string("[1 \"; last read: '\xFF'; expected \xFF\"")}) {
    INFO(text.substr(0, 30));
    CHECK(test::is_presentable(error_of(text)));
  }
}

TEST_CASE("what is no JSON is refused with its place", "[json]") {
  CHECK(error_of("[1,").starts_with("invalid JSON term: parse error at line 1, column 4: "));
  for (const auto* text : {"", " ", "1 2", "nul", "'a'", "[1,]", "{1:2}", "\"\xFF\"", "\"\\ud800\"",
                           "01", "NaN", "1e999"}) {
    INFO(text);
    CHECK_FALSE(parse_term_json(text));
  }
}

TEST_CASE("JSON may nest to the greatest depth and no deeper", "[json]") {
  const auto too_deep = "invalid JSON term: terms nest more than 4000 deep";
  const auto deepest = generate::nested(term::max_depth);
  CHECK(parsed(to_json_text(deepest)) == deepest);
  CHECK(error_of(to_json_text(generate::nested(term::max_depth + 1))) == too_deep);

  auto maps = term{1};
  for (std::size_t i = 0; i < term::max_depth; ++i)
    maps = term::map({{term{1}, maps}});
  CHECK(parsed(to_json_text(maps)) == maps);
  CHECK(error_of(to_json_text(term::list({maps}))) == too_deep);
  CHECK(error_of(to_json_text(term::map({{maps, term{1}}}))) == too_deep);

  CHECK(error_of(repeated("[", 1'000'000)) == too_deep);
  CHECK(error_of(repeated(R"({"tuple":[)", 1'000'000)) == too_deep);
}

TEST_CASE("limits of size are kept in JSON", "[json]") {
  CHECK(parse_term_json(R"({"atom":")" + repeated("日", 255) + R"("})"));
  CHECK(error_of(R"({"atom":")" + repeated("日", 256) + R"("})")
        == "invalid JSON term: an atom may have at most 255 characters");
}
