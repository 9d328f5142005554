#include "model/workflow/json_positions.hpp"

#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;

namespace {

using json = nlohmann::json;

json any_json(int depth) {
  const auto name = rc::gen::element<std::string>("", "a", "b/~", "\"", "\\", "ü", "]}", "1", "\n");
  switch (*rc::gen::inRange(0, depth > 0 ? 6 : 4)) {
  case 0:
    return *rc::gen::inRange(-5, 5);
  case 1:
    return *name;
  case 2:
    return nullptr;
  case 3:
    return *rc::gen::arbitrary<bool>();
  case 4: {
    auto array = json::array();
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i)
      array.push_back(any_json(depth - 1));
    return array;
  }
  default: {
    auto object = json::object();
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i)
      object[*name] = any_json(depth - 1);
    return object;
  }
  }
}

/// Whether each value of `part` is found where a text begins that reads as it.
bool all_found(const json& part, const json::json_pointer& at, const json_positions& positions,
               const std::string& text) {
  const auto place = positions.find(at.to_string());
  const auto written = part.dump();
  if (!place || text.find_first_not_of(" \n:", place->value) != place->value)
    return false;
  if (!part.is_structured())
    return text.compare(place->value, written.size(), written) == 0;
  if (text[place->value] != written.front())
    return false;
  for (const auto& [key, value] : part.items()) {
    const auto child = part.is_array() ? at / std::stoul(key) : at / key;
    const auto found = positions.find(child.to_string());
    if (!found || !all_found(value, child, positions, text))
      return false;
    const auto quoted = json(key).dump();
    if (part.is_object() && text.compare(found->key, quoted.size(), quoted) != 0)
      return false;
  }
  return true;
}

} // namespace

TEST_CASE("values and their keys are found by pointer", "[json_positions]") {
  const json_positions positions(R"( {"a": [1, {"b/~": "]"}], "c" :null})");
  CHECK(positions.find("")->value == 1);
  CHECK(positions.find("/a")->key == 2);
  CHECK(positions.find("/a")->value == 7);
  CHECK(positions.find("/a/0")->value == 8);
  CHECK(positions.find("/a/1/b~1~0")->key == 12);
  CHECK(positions.find("/a/1/b~1~0")->value == 19);
  CHECK(positions.find("/c")->value == 31);
  CHECK_FALSE(positions.find("/d"));
  CHECK_FALSE(positions.find("/a/2"));
  CHECK_FALSE(positions.find("/c/0"));
  CHECK_FALSE(json_positions("").find(""));
}

TEST_CASE("of repeated members the last one is found", "[json_positions]") {
  CHECK(json_positions(R"({"a":1,"\u0061":2})").find("/a")->value == 16);
}

TEST_CASE("the first number that is too large is found", "[json_positions]") {
  CHECK(json_positions("[1, [-1e999, 1e999]]").first_huge_number() == 5);
  CHECK_FALSE(json_positions(R"([1e99, "1e999", null, infinity])").first_huge_number());
}

TEST_CASE("every value of every document is found", "[json_positions]") {
  CHECK(rc::check([] {
    const auto value = any_json(4);
    for (const int indent : {-1, 2}) {
      const auto text = value.dump(indent);
      RC_ASSERT(all_found(value, json::json_pointer(), json_positions(text), text));
    }
  }));
}

TEST_CASE("what is no JSON does no harm", "[json_positions]") {
  for (const auto& text :
       {std::string(300'000, '['), std::string(300'000, '{'), std::string(300'000, ']'),
        std::string("\""), std::string("\"\\"), std::string("{\"a\"\"b\"}"), std::string("]]"),
        std::string("\0\xFF", 2)})
    CHECK_FALSE(json_positions(text).find("/0/1/2/3/x"));
  CHECK(rc::check([] {
    const auto piece = rc::gen::element('[', ']', '{', '}', '"', '\\', ',', ':', '1', 'e', ' ');
    const json_positions positions(*rc::gen::container<std::string>(piece));
    static_cast<void>(positions.find("/1/"));
  }));
}
