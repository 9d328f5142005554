#include "model/term/phash2.hpp"

#include "model/term/base64.hpp"
#include "model/term/external_term_format.hpp"
#include "model/term/term_json.hpp"
#include "model/term/term_text.hpp"
#include "test/support/term_generator.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>

using namespace lockstep;

namespace {

/// One term as Erlang/OTP printed, encoded and hashed it.
struct vector_line {
  std::string text;
  std::string etf;
  std::uint32_t hash;
  std::uint64_t range;
  std::uint32_t hash_in_range;
};

std::vector<vector_line> read_vectors() {
  std::ifstream file{LOCKSTEP_SOURCE_DIR "/test/data/phash2.jsonl"};
  std::vector<vector_line> lines;
  for (std::string line; std::getline(file, line);) {
    const auto json = nlohmann::json::parse(line);
    const auto etf = from_base64(json["etf"].get<std::string>());
    REQUIRE(etf);
    lines.push_back(
        {json["term"], *etf, json["phash2"], json["phash2_r"]["range"], json["phash2_r"]["value"]});
  }
  return lines;
}

const std::vector<vector_line>& vectors() {
  static const auto lines = read_vectors();
  return lines;
}

bool any_of_children(const term& value, bool (*predicate)(const term&)) {
  const auto applies = [&](const term& child) { return predicate(child); };
  const auto* tail = value.improper_tail();
  return std::any_of(value.elements().begin(), value.elements().end(), applies)
         || (tail != nullptr && applies(*tail))
         || std::any_of(value.entries().begin(), value.entries().end(), [&](const auto& entry) {
              return applies(entry.first) || applies(entry.second);
            });
}

/// Maps of several entries: Erlang leaves their order open in text and bytes.
bool has_open_order(const term& value) {
  return value.entries().size() > 1 || any_of_children(value, has_open_order);
}

/// Erlang keeps the sign of a zero; here there is one zero.
bool has_negative_zero(std::string_view erlang_text) {
  return erlang_text.find("-0.0") != std::string_view::npos;
}

/// Binaries that this library shows as text where Erlang without `+pc unicode` lists their bytes.
bool has_unicode_binary(const term& value) {
  const auto bytes = value.as_binary();
  if (bytes && to_text(value).ends_with("/utf8>>"))
    for (auto rest = *bytes; !rest.empty(); rest.remove_prefix(utf8::first(rest)->length))
      if (utf8::first(rest)->code_point > 0xFF)
        return true;
  return any_of_children(value, has_unicode_binary);
}

} // namespace

TEST_CASE("there are 2,000 terms hashed by Erlang", "[phash2]") {
  REQUIRE(vectors().size() == 2'000);
}

TEST_CASE("phash2 is the number that Erlang computes", "[phash2]") {
  for (const auto& line : vectors()) {
    INFO(line.text);
    const auto value = decode_etf(line.etf);
    REQUIRE(value);
    CHECK(phash2(*value) == line.hash);
    CHECK(phash2(*value, line.range) == line.hash_in_range);
  }
}

TEST_CASE("the text that Erlang prints is read as the term it stands for", "[phash2][text]") {
  for (const auto& line : vectors()) {
    INFO(line.text);
    const auto value = parse_term(line.text);
    REQUIRE(value);
    CHECK(*value == *decode_etf(line.etf));
  }
}

TEST_CASE("terms are printed as Erlang prints them", "[phash2][text]") {
  std::size_t compared = 0;
  for (const auto& line : vectors()) {
    const auto value = *decode_etf(line.etf);
    if (has_open_order(value) || has_unicode_binary(value) || has_negative_zero(line.text))
      continue;
    ++compared;
    CHECK(to_text(value) == line.text);
  }
  CHECK(compared > 1'200);
}

TEST_CASE("terms are encoded to the bytes that Erlang encodes them to", "[phash2][etf]") {
  std::size_t compared = 0;
  for (const auto& line : vectors()) {
    INFO(line.text);
    const auto value = *decode_etf(line.etf);
    const auto bytes = encode_etf(value);
    CHECK(*decode_etf(bytes) == value);
    if (has_open_order(value) || has_negative_zero(line.text))
      continue;
    ++compared;
    CHECK(to_base64(bytes) == to_base64(line.etf));
  }
  CHECK(compared > 1'500);
}

TEST_CASE("terms of Erlang survive text and JSON", "[phash2][text][json]") {
  for (const auto& line : vectors()) {
    const auto value = *decode_etf(line.etf);
    CHECK(parse_term(to_text(value)) == value);
    CHECK(parse_term_json(to_json_text(value)) == value);
  }
}

TEST_CASE("terms of Erlang that end early are refused at every byte", "[phash2][etf]") {
  for (const auto& line : vectors()) {
    if (line.etf.size() > 200)
      continue;
    for (std::size_t size = 0; size < line.etf.size(); ++size) {
      const auto value = decode_etf(std::string_view{line.etf}.substr(0, size));
      if (value || value.error().code != ec::invalid_term)
        FAIL(line.text << " cut to " << size << " bytes");
    }
  }
}

TEST_CASE("phash2 in a range is the whole hash modulo the range", "[phash2]") {
  CHECK(rc::check([](const term& value) {
    const auto whole = phash2(value, std::uint64_t{1} << 32);
    RC_ASSERT(phash2(value) == whole % (1U << 27));
    RC_ASSERT(phash2(value, 1) == 0U);
    RC_ASSERT(phash2(value, 7) == whole % 7);
  }));
}

TEST_CASE("phash2 reaches terms of the greatest depth", "[phash2]") {
  const auto deepest = generate::nested(term::max_depth);
  CHECK(phash2(deepest) != phash2(generate::nested(term::max_depth, term{2})));
}
