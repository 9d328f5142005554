#include "app/usage_error.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <string>
#include <vector>

using namespace lockstep;

namespace {

/// What is said about these arguments of a small program.
std::string mistake_in(std::vector<std::string> arguments) {
  CLI::App root{"", "prog"};
  root.require_subcommand(1);
  std::string file;
  std::string format;
  std::uint64_t limit = 0;
  int count = 0;
  auto* draw = root.add_subcommand("draw");
  draw->add_option("FILE", file)->required();
  draw->add_option("--format", format)->check(one_of({"dot", "svg", "mermaid"}));
  draw->add_option("--limit", limit)->check(whole_number(1, 100));
  draw->add_option("--count", count);
  auto* models = root.add_subcommand("models");
  models->require_subcommand(1);
  models->add_subcommand("list");
  try {
    root.parse(std::vector<std::string>{arguments.rbegin(), arguments.rend()});
  } catch (const CLI::ParseError& wrong) {
    return usage_error(root, wrong);
  }
  return "none";
}

} // namespace

TEST_CASE("a right command line is no mistake", "[usage_error]") {
  CHECK(mistake_in({"draw", "a", "--limit", "100", "--format", "svg"}) == "none");
  CHECK(mistake_in({"models", "list"}) == "none");
}

TEST_CASE("a missing or unknown part of the command line is named", "[usage_error]") {
  CHECK(mistake_in({}) == "prog needs a command; see prog --help");
  CHECK(mistake_in({"dra"})
        == "\"dra\" is no command of prog; draw may be meant, or see prog --help");
  CHECK(mistake_in({"models"}) == "prog models needs a command; see prog models --help");
  CHECK(mistake_in({"models", "lst"})
        == "\"lst\" is no command of prog models; list may be meant, or see prog models --help");
  CHECK(mistake_in({"models", "whatever"})
        == "\"whatever\" is no command of prog models; see prog models --help");
  CHECK(mistake_in({"draw"}) == "FILE is missing; see prog draw --help");
  CHECK(mistake_in({"draw", "--fil"})
        == "\"--fil\" is no option of prog draw; see prog draw --help");
  CHECK(mistake_in({"draw", "a", "--fil"})
        == "\"--fil\" is no option of prog draw; see prog draw --help");
  CHECK(mistake_in({"draw", "a", "b", "c"})
        == "the argument \"b\" is one too many; see prog draw --help");
}

TEST_CASE("the nearest known option is named", "[usage_error]") {
  const std::string meant =
      " is no option of prog draw; --limit may be meant, or see prog draw --help";
  CHECK(mistake_in({"draw", "a", "--limt", "5"}) == "\"--limt\"" + meant);
  CHECK(mistake_in({"draw", "a", "--limt=5"}) == "\"--limt=5\"" + meant);
  CHECK(mistake_in({"draw", "--limt", "5"}) == "\"--limt\"" + meant);
  CHECK(mistake_in({"draw", "a", "b", "--limt"}) == "\"--limt\"" + meant);
  CHECK(mistake_in({"draw", "a", "--Format", "dot"})
        == "\"--Format\" is no option of prog draw; --format may be meant, or see prog draw "
           "--help");
  CHECK(mistake_in({"draw", "a", "--helpme"})
        == "\"--helpme\" is no option of prog draw; --help may be meant, or see prog draw --help");
  CHECK(mistake_in({"draw", "a", "--colour"})
        == "\"--colour\" is no option of prog draw; see prog draw --help");
  CLI::App root{"", "prog"};
  root.add_subcommand("draw");
  CHECK(unknown_command(root, "drwa")
        == "drwa is no command; draw may be meant, or see prog --help");
  CHECK(unknown_command(root, "minimise") == "minimise is no command; see prog --help");
}

TEST_CASE("an option without a value, or with two, is named", "[usage_error]") {
  CHECK(mistake_in({"draw", "a", "--format"}) == "--format needs a value; see prog draw --help");
  CHECK(mistake_in({"draw", "a", "--format", "dot", "--format", "svg"})
        == "--format can be given only once; see prog draw --help");
}

TEST_CASE("a value that an option cannot have is quoted", "[usage_error]") {
  for (const std::string value : {"pdf", "", "DOT"})
    CHECK(mistake_in({"draw", "a", "--format", value})
          == "--format \"" + value
                 + "\" is unknown; give dot, svg or mermaid, or see prog draw --help");
  for (const std::string value :
       {"-5", "", "0", "101", "many", "1.5", "+1", " 1", "0x10", "18446744073709551617"})
    CHECK(mistake_in({"draw", "a", "--limit", value})
          == "--limit \"" + value + "\" is no whole number from 1 to 100; see prog draw --help");
  CHECK(mistake_in({"draw", "a", "--count", "x"})
        == "--count cannot be \"x\"; see prog draw --help");
}
