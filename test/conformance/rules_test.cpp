#include "test/conformance/rules.hpp"

#include "model/term/phash2.hpp"

#include <string>

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace lockstep::recordings;

namespace {

outcome with_result(const std::string& text) { return {json::parse(text), {}}; }

bool same(operation op, const std::string& recorded, const std::string& answered) {
  return comparable_recording(op, with_result(recorded))
         == comparable_answer(op, with_result(answered));
}

// Of one hash.
constexpr std::int64_t first = 16'634;
constexpr std::int64_t second = 23'078;

call call_about(std::int64_t identifier, const std::string& specification = {}) {
  call made;
  made.op = operation::transition;
  made.identifier = identifier;
  made.has_identifier = true;
  made.specification = specification;
  return made;
}

json instance_json(std::int64_t identifier) {
  return {{"identifier", {{"int", identifier}}}, {"current_state", "a"}};
}

} // namespace

TEST_CASE("of an error, type and reason are compared", "[rules]") {
  const auto op = operation::transition;
  CHECK(same(op, R"({"error":{"type":"A","reason":"b","context":{"c":1}}})",
             R"({"error":{"type":"A","reason":"b"}})"));
  CHECK_FALSE(
      same(op, R"({"error":{"type":"A","reason":"b"}})", R"({"error":{"type":"A","reason":"c"}})"));
  CHECK_FALSE(same(op, R"({"error":{"type":"A","reason":"b"}})", R"({"ok":true})"));
}

TEST_CASE("plain ok stands for an empty list of an aggregate only", "[rules]") {
  CHECK(same(operation::all_instances, R"({"ok":true})", R"({"ok":[]})"));
  CHECK_FALSE(same(operation::all_instances, R"({"ok":[]})", R"({"ok":true})"));
  CHECK_FALSE(
      same(operation::all_instances, R"({"ok":true})", R"({"ok":[{"identifier":{"int":1}}]})"));
  CHECK_FALSE(same(operation::get_instance, R"({"ok":true})", R"({"ok":[]})"));
}

TEST_CASE("instances, models and their transitions are sets", "[rules]") {
  CHECK(same(operation::all_instances,
             R"({"ok":[{"identifier":{"int":1}},{"identifier":{"str":"1"}}]})",
             R"({"ok":[{"identifier":{"str":"1"}},{"identifier":{"int":1}}]})"));
  CHECK(same(operation::all_instances,
             R"({"ok":[{"identifier":{"int":9223372036854775808}},{"identifier":{"int":-1}},
                       {"identifier":{"int":5}}]})",
             R"({"ok":[{"identifier":{"int":-1}},{"identifier":{"int":5}},
                       {"identifier":{"int":9223372036854775808}}]})"));
  CHECK(same(operation::all_impl_models,
             R"({"ok":[{"specification":"S","transitions":[[null,"i","a"],["a","x","b"]]}]})",
             R"({"ok":[{"specification":"S","transitions":[["a","x","b"],[null,"i","a"]]}]})"));
  CHECK_FALSE(same(operation::all_impl_models,
                   R"({"ok":[{"specification":"S","transitions":[["a","x","b"]]}]})",
                   R"({"ok":[{"specification":"S","transitions":[["a","x","c"]]}]})"));
}

TEST_CASE("an instance's history is compared in its order", "[rules]") {
  CHECK_FALSE(same(operation::get_instance, R"({"ok":{"transitions":[1,2]}})",
                   R"({"ok":{"transitions":[2,1]}})"));
}

TEST_CASE("exported files are compared with their transition lines sorted", "[rules]") {
  const std::string recorded =
      R"({"ok":[{"filename":"S.spex","content":"","content_sorted":"H\nL\nT\na\nb\n"}]})";
  CHECK(same(operation::export_impl_models, recorded,
             R"({"ok":[{"filename":"S.spex","content":"H\nL\nT\nb\na\n"}]})"));
  CHECK_FALSE(same(operation::export_impl_models, recorded,
                   R"({"ok":[{"filename":"S.spex","content":"L\nH\nT\na\nb\n"}]})"));
  CHECK_FALSE(same(operation::export_impl_models, recorded,
                   R"({"ok":[{"filename":"S.spex","content":"H\nL\nT\na\nb"}]})"));
}

TEST_CASE("identifiers of one hash are compared until the second one is used", "[rules]") {
  REQUIRE(phash2(first) == phash2(second));
  collisions mixed_up;
  mixed_up.note(call_about(first, "S"));
  mixed_up.note(call_about(first));
  CHECK_FALSE(mixed_up.spoil(call_about(first)));
  mixed_up.note(call_about(second));
  CHECK(mixed_up.spoil(call_about(first)));
  CHECK(mixed_up.spoil(call_about(second)));
  CHECK_FALSE(mixed_up.spoil(call_about(1)));
}

TEST_CASE("a collision leaves everything else to be compared", "[rules]") {
  const json models{{{"specification", "S"}, {"learning_mode", true}},
                    {{"specification", "S2"}, {"learning_mode", true}}};
  const outcome all{{{"ok", {instance_json(1), instance_json(first)}}},
                    {"ImplModelError/impl_model_not_found", "InstanceError/some"}};
  collisions mixed_up;
  mixed_up.note(call_about(first, "S"));
  auto seen = all;
  mixed_up.clear(operation::all_instances, seen);
  CHECK(seen == all);

  mixed_up.note(call_about(second));
  mixed_up.clear(operation::all_instances, seen);
  CHECK(seen == outcome{{{"ok", {instance_json(1)}}}, {"InstanceError/some"}});

  outcome learned{{{"ok", models}}, {}};
  mixed_up.clear(operation::all_impl_models, learned);
  CHECK(learned.result == json{{"ok", {models[1]}}});

  outcome fixed{{{"ok", {{{"specification", "S"}, {"learning_mode", false}}}}}, {}};
  const auto before = fixed;
  mixed_up.clear(operation::all_impl_models, fixed);
  CHECK(fixed == before);

  outcome files{{{"ok",
                  {{{"filename", "S.spex"}, {"content", "Specification: S\nLearning mode: true\n"}},
                   {{"filename", "S2.spex"}, {"content", "Learning mode: true\n"}}}}},
                {}};
  mixed_up.clear(operation::export_impl_models, files);
  REQUIRE(files.result.at("ok").size() == 1);
  CHECK(files.result.at("ok")[0].at("filename") == "S2.spex");
}
