#include "app/commands/hash_command.hpp"

#include <CLI/CLI.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <iostream>
#include <sstream>

using namespace lockstep;

namespace {

struct outcome {
  int status;
  std::string out;
  std::string err;
  friend bool operator==(const outcome&, const outcome&) = default;
};

std::ostream& operator<<(std::ostream& stream, const outcome& value) {
  return stream << value.status << " out: " << value.out << " err: " << value.err;
}

outcome run(const hash_options& options, const std::string& input = {}) {
  std::istringstream in{input};
  std::ostringstream out;
  std::ostringstream err;
  const auto status = run_hash(options, in, out, err);
  return {status, out.str(), err.str()};
}

/// Lets the standard output go to a string for its lifetime.
class captured_output {
public:
  captured_output() : before_(std::cout.rdbuf(text_.rdbuf())) {}
  ~captured_output() { std::cout.rdbuf(before_); }
  captured_output(const captured_output&) = delete;
  captured_output& operator=(const captured_output&) = delete;
  [[nodiscard]] std::string text() const { return text_.str(); }

private:
  std::ostringstream text_;
  std::streambuf* before_;
};

std::string parse_and_run(std::vector<std::string> arguments) {
  CLI::App root;
  int status = -1;
  add_hash_command(root, status);
  const captured_output output;
  arguments.insert(arguments.begin(), "hash");
  std::reverse(arguments.begin(), arguments.end());
  root.parse(std::move(arguments));
  CHECK(status == 0);
  return output.text();
}

} // namespace

TEST_CASE("hash prints one number for each argument", "[hash]") {
  CHECK(run({{"0", "-2", "8"}}) == outcome{0, "88723725\n45155178\n8175224\n", ""});
}

TEST_CASE("hash prints one number for each line if there are no arguments", "[hash]") {
  CHECK(run({}, "0\n-2\r\n8") == outcome{0, "88723725\n45155178\n8175224\n", ""});
  CHECK(run({}, "") == outcome{0, "", ""});
}

TEST_CASE("hash reads each format", "[hash]") {
  CHECK(run({{"0"}, "json"}).out == "88723725\n");
  CHECK(run({{"g2EA"}, "etf-base64"}).out == "88723725\n");
}

TEST_CASE("hash takes any range up to 2^32", "[hash]") {
  CHECK(run({{"0"}, "term", std::uint64_t{1} << 32}).out == "3175731469\n");
  CHECK(run({{"0"}, "term", 1}).out == "0\n");
  CHECK(run({{"0"}, "term", 0}).status == 2);
  CHECK(run({{"0"}, "term", (std::uint64_t{1} << 32) + 1})
        == outcome{2, "", "lockstep: --range 4294967297: expected 1 to 4294967296\n"});
}

TEST_CASE("hash says which argument or line is wrong, after the numbers before it", "[hash]") {
  CHECK(run({{"0", "{a"}})
        == outcome{
            2, "88723725\n",
            "lockstep: term 2: invalid term at column 3: expected ',' or '}', found the end\n"});
  CHECK(run({}, "0\n0\nX\n0\n")
            .err.starts_with("lockstep: standard input:3: invalid term at column 1"));
}

TEST_CASE("hash takes a blank line for a mistake", "[hash]") {
  CHECK(
      run({}, "0\n\n")
      == outcome{2, "88723725\n",
                 "lockstep: standard input:2: invalid term at column 1: expected a term, found the "
                 "end\n"});
  CHECK(run({{}, "json"}, "\n").status == 2);
  CHECK(run({{}, "etf-base64"}, "\n").status == 2);
}

TEST_CASE("hash refuses an unknown format", "[hash]") {
  CHECK(run({{"0"}, "yaml"})
        == outcome{2, "", "lockstep: --format yaml: expected term, json or etf-base64\n"});
}

TEST_CASE("the command line passes terms on as they are", "[hash]") {
  CHECK(parse_and_run({"-2"}) == "45155178\n");
  CHECK(parse_and_run({"0", "-2"}) == "88723725\n45155178\n");
  CHECK(parse_and_run({"0", "--range", "134217728", "8"}) == "88723725\n8175224\n");
  const auto list = parse_and_run({"[1,2,3]"});
  CHECK(list == run({{"[1,2,3]"}}).out);
  CHECK(parse_and_run({"[1,2,3]", "{a,b}", "\"a b\""})
        == run({{"[1,2,3]", "{a,b}", "\"a b\""}}).out);
  CHECK(parse_and_run({"--range", "16", "--format", "json", "{\"tuple\":[1]}"})
        == run({{"{1}"}, "term", 16}).out);
}

TEST_CASE("the command line refuses what hash cannot do", "[hash]") {
  CHECK_THROWS_AS(parse_and_run({"--range", "0", "1"}), CLI::ValidationError);
  CHECK_THROWS_AS(parse_and_run({"--format", "yaml", "1"}), CLI::ValidationError);
  CHECK_THROWS_AS(parse_and_run({"1", "--fromat", "json"}), CLI::ExtrasError);
}

TEST_CASE("with a number of shards the shard is printed", "[hash]") {
  hash_options options{.terms = {"<<\"order-1\">>", "{tenant,7}"}};
  options.shards = 4;
  CHECK(run(options) == outcome{0, "3\n3\n", ""});
  options.routing = "rendezvous";
  CHECK(run(options) == outcome{0, "2\n2\n", ""});
  options.routing = "ring";
  CHECK(run(options) == outcome{0, "4\n3\n", ""});
  for (const auto* unfit : {"one_per_key", "chance"}) {
    options.routing = unfit;
    CHECK(run(options).status == 2);
  }
  options.routing = "modulo";
  options.shards = 0;
  CHECK(run(options).status == 2);
  CHECK(parse_and_run({"<<\"order-1\">>", "--shards", "8", "--routing", "rendezvous"}) == "2\n");
}
