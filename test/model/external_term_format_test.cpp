#include "model/term/external_term_format.hpp"

#include "test/support/term_generator.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace std::string_literals;

namespace {

/// Behind the version byte.
result<term> decoded(const std::string& bytes) { return decode_etf("\x83" + bytes); }

std::string error_of(const std::string& bytes) {
  const auto value = decoded(bytes);
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

} // namespace

TEST_CASE("any term survives the external term format", "[etf]") {
  CHECK(rc::check([](const term& value) {
    const auto bytes = encode_etf(value);
    RC_ASSERT(decode_etf(bytes) == value);
    RC_ASSERT(encode_etf(*decode_etf(bytes)) == bytes);
  }));
}

TEST_CASE("only equal terms have equal bytes", "[etf]") {
  CHECK(rc::check([](const term& a, const term& b) {
    RC_ASSERT((a == b) == (encode_etf(a) == encode_etf(b)));
  }));
  CHECK(encode_etf(0.0) == encode_etf(-0.0));
  CHECK(encode_etf(term::map({{1, 2}, {3, 4}})) == encode_etf(term::map({{3, 4}, {1, 2}})));
}

TEST_CASE("terms that end early are refused", "[etf]") {
  CHECK(rc::check([](const term& value) {
    const auto bytes = encode_etf(value);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      RC_ASSERT_FALSE(decode_etf(std::string_view{bytes}.substr(0, size)));
  }));
}

TEST_CASE("any bytes are read or refused", "[etf]") {
  CHECK(rc::check([](const std::string& bytes) {
    const auto value = decoded(bytes);
    if (value)
      RC_ASSERT(decode_etf(encode_etf(*value)) == *value);
  }));
  // One wrong byte in a term.
  CHECK(rc::check([](const term& original, std::uint16_t place, char byte) {
    auto bytes = encode_etf(original);
    bytes[place % bytes.size()] = byte;
    const auto value = decode_etf(bytes);
    if (value)
      RC_ASSERT(decode_etf(encode_etf(*value)) == *value);
  }));
}

TEST_CASE("the formats of old releases are read", "[etf]") {
  CHECK(decoded("d\0\3\xE9t\xE9"s) == term{atom{"été"}});
  CHECK(decoded("s\2ok"s) == term{atom{"ok"}});
  CHECK(decoded("v\0\2ok"s) == term{atom{"ok"}});
  CHECK(decoded("c1.50000000000000000000e+00\0\0\0\0\0"s) == term{1.5});
  CHECK(decoded("i\0\0\0\1a\7"s) == term::tuple({7}));
  CHECK(decoded("o\0\0\0\1\1\7"s) == term{-7});
}

TEST_CASE("what is not canonical is read as the term it stands for", "[etf]") {
  CHECK(decoded("b\0\0\0\7"s) == term{7});
  CHECK(decoded("n\3\0\7\0\0"s) == term{7});
  CHECK(decoded("n\0\1"s) == term{0});
  CHECK(decoded("l\0\0\0\0j"s) == term{});
  CHECK(decoded("l\0\0\0\0t\0\0\0\0"s) == term::map({}));
  CHECK(decoded("k\0\0"s) == term{});
  CHECK(decoded("M\0\0\0\1\3\xFF"s) == term{bitstring{"\xE0", 3}});
  CHECK(decoded("M\0\0\0\1\10\xFF"s) == term{"\xFF"});
  CHECK(decoded("F\x80\0\0\0\0\0\0\0"s) == term{0.0});
  CHECK(decoded("t\0\0\0\2a\2a\2a\1a\1"s) == term::map({{1, 1}, {2, 2}}));
}

TEST_CASE("a list in pieces is one list", "[etf]") {
  CHECK(decoded("l\0\0\0\1a\1l\0\0\0\1a\2j"s) == term::list({1, 2}));
  CHECK(decoded("l\0\0\0\1a\1k\0\2ab"s) == term::list({1, 97, 98}));
  CHECK(decoded("l\0\0\0\1a\1l\0\0\0\1a\2a\3"s) == term::improper_list({1, 2}, term{3}));
  const auto pieces = decoded(repeated("l\0\0\0\1a\1"s, 100'000) + "j");
  REQUIRE(pieces);
  CHECK(pieces->elements().size() == 100'000);
}

TEST_CASE("what is no data is refused by name", "[etf]") {
  CHECK(error_of("h\2a\1X"s)
        == "invalid external term format at byte 5: the tag 88 (a process identifier) is not "
           "supported");
  CHECK(error_of("P\0\0\0\1x"s).find("80 (compressed data)") != std::string::npos);
  CHECK(error_of("Z").find("90 (a reference)") != std::string::npos);
  CHECK(error_of("p").find("112 (a function)") != std::string::npos);
  CHECK(error_of("\1").find("1 (unknown)") != std::string::npos);
}

TEST_CASE("bytes that break the format are refused", "[etf]") {
  CHECK(decode_etf("").error().message
        == "invalid external term format at byte 0: expected the version byte 131");
  CHECK_FALSE(decode_etf("\x82j"));
  CHECK(error_of("jj")
        == "invalid external term format at byte 2: expected the end, found 1 more bytes");
  CHECK(error_of("F\x7F\xF0\0\0\0\0\0\0"s)
        == "invalid external term format at byte 1: a float must be finite");
  CHECK_FALSE(decoded("F\x7F\xF8\0\0\0\0\0\0"s));
  CHECK_FALSE(decoded("cinf" + std::string(28, '\0')));
  CHECK_FALSE(decoded("cx" + std::string(30, '\0')));
  CHECK(error_of("w\2\xFF\xFF"s)
        == "invalid external term format at byte 1: the name of an atom must be UTF-8");
  CHECK_FALSE(decoded("n\1\2\1"s));
  CHECK_FALSE(decoded("M\0\0\0\1\0x"s));
  CHECK_FALSE(decoded("M\0\0\0\1\11x"s));
  CHECK_FALSE(decoded("M\0\0\0\0\1"s));
  CHECK(error_of("t\0\0\0\2a\1a\1a\1a\2"s)
        == "invalid external term format at byte 14: the map that ends here has a key twice");
}

TEST_CASE("a length that is a lie costs nothing", "[etf]") {
  CHECK(error_of("m\xFF\xFF\xFF\xFFx"s)
        == "invalid external term format at byte 7: the bytes end within the term that begins at "
           "byte 1");
  for (const auto* tag : {"m", "l", "i", "t", "o", "M"}) {
    INFO(tag);
    CHECK_FALSE(decoded(tag + "\xFF\xFF\xFF\xFF\1"s));
  }
}

TEST_CASE("the external term format may nest to the greatest depth and no deeper", "[etf]") {
  const auto deepest = generate::nested(term::max_depth);
  CHECK(decode_etf(encode_etf(deepest)) == deepest);
  CHECK(error_of(repeated("h\1"s, term::max_depth + 1) + "j")
        == "invalid external term format at byte 8001: terms nest more than 4000 deep");
  CHECK(decoded(repeated("h\1"s, term::max_depth) + "h\0"s));
  CHECK_FALSE(decoded(repeated("h\1"s, term::max_depth) + "k\0\1a"s));
  CHECK_FALSE(decoded(repeated("h\1"s, 1'000'000) + "j"));
}

TEST_CASE("limits of size are kept in the external term format", "[etf]") {
  CHECK(decoded("v\2\xFD"s + repeated("日", 255)));
  CHECK(error_of("v\1\0"s + repeated("a", 256))
        == "invalid external term format at byte 1: an atom may have at most 255 characters");
  CHECK(decoded("o\0\0\x10\0\0"s + repeated("\xFF", 4'096)));
  CHECK(error_of("o\0\0\x10\1\0"s + repeated("\xFF", 4'097))
        == "invalid external term format at byte 1: an integer may have at most 4096 bytes");
}
