#include "app/systems/system_file.hpp"

#include "model/workflow/transition.hpp"
#include "persistence/text_file.hpp"
#include "test/support/results.hpp"
#include "test/support/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <string>

using namespace lockstep;
using namespace lockstep::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;

namespace {

/// A file with this text, read as a system.
result<system_file> read_text(const std::string& name, const std::string& text,
                              label_table& labels) {
  temporary_folder folder;
  must(write_text_file(folder / name, text));
  return read_system((folder / name).string(), labels);
}

std::string mistake_in(const std::string& name, const std::string& text) {
  label_table labels;
  const auto error = error_of(read_text(name, text, labels));
  CHECK_THAT(error.message, ContainsSubstring(name));
  return error.message;
}

} // namespace

TEST_CASE("the same system is read from every form", "[system_file]") {
  label_table labels;
  const auto aut = must(read_text("s.aut", "des (0,2,3)\n(0,pay,1)\n(1,i,2)\n", labels));
  const auto spex = must(read_text("s.spex",
                                   "Specification: Order\nLearning mode: false\nTransitions:\n"
                                   "nil --[__initialisation__]-> new\nnew --[pay]-> paid\n"
                                   "paid --[__internal__]-> end\n",
                                   labels));
  const auto json = must(read_text("s.JSON",
                                   R"({"specification": "Order", "transition_timeout": "2s",
                                       "transitions": [["new", "pay", "paid"],
                                                       ["paid", "__internal__", "end"]]})",
                                   labels));
  const auto markdown = must(read_text("s.md",
                                       "```mermaid\nstateDiagram-v2\n"
                                       "%% lockstep: specification = Order\n[*] --> new\n"
                                       "new --> paid : pay\npaid --> s1 : __internal__\n"
                                       "s1 --> [*]\n```\n",
                                       labels));
  const std::vector<lts::edge> edges{{0, labels.of("pay"), 1}, {1, lts::tau, 2}};
  for (const auto* file : {&aut, &spex, &json, &markdown}) {
    CHECK(file->system.system.edges == edges);
    CHECK(file->system.system.state_count == 3);
  }
  CHECK(aut.name == "s");
  CHECK(aut.system.state_names.empty());
  CHECK(spex.name == "Order");
  CHECK(spex.system.name_of(1) == "paid");
  CHECK(json.options.transition_timeout == parse_time_limit("2s").value());
  CHECK(markdown.format == system_format::mermaid);
}

TEST_CASE("an action called i is internal in Aldebaran files only", "[system_file]") {
  label_table labels;
  const auto json = must(
      read_text("s.json", R"({"specification": "S", "transitions": [["a", "i", "b"]]})", labels));
  CHECK(labels.name(json.system.system.edges.front().action) == "i");
  CHECK(json.system.system.edges.front().action != lts::tau);
}

TEST_CASE("a file that is no system is refused with its name", "[system_file]") {
  CHECK_THAT(mistake_in("s.txt", ""),
             EndsWith("there are .aut, .spex, .json, .mmd, .mermaid, .md and .markdown"));
  CHECK_THAT(mistake_in("s", ""), ContainsSubstring("tells no form"));
  CHECK_THAT(mistake_in("s.aut", "nonsense"), ContainsSubstring("s.aut:1: expected \"des ("));
  for (const auto* name : {"s.spex", "s.json", "s.mmd", "s.md"})
    CHECK(!mistake_in(name, "nonsense").empty());
  const std::string head = "Specification: Order\nLearning mode: false\nTransitions:\n";
  CHECK_THAT(mistake_in("s.spex", head + "new --[pay]-> paid\n"),
             ContainsSubstring("has 0 initialisations"));
  CHECK_THAT(mistake_in("s.spex", head
                                      + "nil --[__initialisation__]-> a\n"
                                        "nil --[__initialisation__]-> b\n"),
             ContainsSubstring("has 2 initialisations"));
}

TEST_CASE("a file that cannot be opened is told", "[system_file]") {
  temporary_folder folder;
  label_table labels;
  std::filesystem::create_directory(folder / "folder.aut");
  CHECK_THAT(error_of(read_system((folder / "folder.aut").string(), labels)).message,
             EndsWith("folder.aut: Is a directory"));
  CHECK_THAT(error_of(read_system_file((folder / "none.aut").string(), labels)).message,
             EndsWith("none.aut: No such file or directory"));
}
