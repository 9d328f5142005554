#include "actors/postponed_requests.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;

namespace {

/// Requests with names that tell what becomes of them.
struct requests {
  postponed_requests postponed;
  std::vector<std::string> events;
  /// What each request is to have answered.
  std::map<std::string, std::vector<question>> questions;

  std::shared_ptr<const implementation_model> model = std::make_shared<implementation_model>();

  question about(const std::string& action) const {
    return {nullptr, model, nullptr, nullptr, {"a", action, "b"}};
  }

  void add(const std::string& name, std::vector<term> instances,
           const std::vector<question>& open = {}) {
    questions[name] = open;
    postponed.add(
        {std::move(instances), [this, name] { return questions[name]; },
         [this, name] { events.push_back(name); },
         [this, name](const failure& why) { events.push_back(name + ": " + why.message); }},
        open);
  }

  /// As if the answer were known from now on.
  void answer(const question& asked) {
    for (auto& [name, open] : questions)
      std::erase(open, asked);
    postponed.answered(asked);
    (void)postponed.resume(100);
  }
};

using transcript = std::vector<std::string>;

} // namespace

TEST_CASE("a request waits for its questions, and later ones behind it", "[postponed]") {
  requests r;
  r.add("step", {1}, {r.about("x"), r.about("y")});
  r.add("get", {1});
  CHECK(r.postponed.concerns(1));
  CHECK_FALSE(r.postponed.concerns(2));
  CHECK(r.postponed.first_question() == r.about("x"));
  r.answer(r.about("x"));
  CHECK(r.events.empty());
  CHECK(r.postponed.first_question() == r.about("y"));
  r.answer(r.about("y"));
  CHECK(r.events == transcript{"step", "get"});
  CHECK_FALSE(r.postponed.concerns(1));
  CHECK_FALSE(r.postponed.first_question());
}

TEST_CASE("a question is there once for all who wait for it", "[postponed]") {
  requests r;
  r.add("first", {1}, {r.about("x")});
  r.add("second", {2}, {r.about("x")});
  r.postponed.answered(r.about("x"));
  CHECK_FALSE(r.postponed.first_question());
  r.questions.clear();
  (void)r.postponed.resume(100);
  CHECK(r.events == transcript{"first", "second"});
}

TEST_CASE("a request about several instances waits until it is the first of all", "[postponed]") {
  requests r;
  r.add("a", {1}, {r.about("x")});
  r.add("b", {2}, {r.about("y")});
  r.add("both", {1, 2, 3});
  r.add("c", {3});
  r.answer(r.about("y"));
  CHECK(r.events == transcript{"b"});
  r.answer(r.about("x"));
  CHECK(r.events == transcript{"b", "a", "both", "c"});
}

TEST_CASE("a request whose turn comes may have questions of its own", "[postponed]") {
  requests r;
  r.add("first", {1}, {r.about("x")});
  r.add("second", {1}, {r.about("y")});
  CHECK(r.postponed.first_question() == r.about("x"));
  r.answer(r.about("x"));
  CHECK(r.events == transcript{"first"});
  CHECK(r.postponed.first_question() == r.about("y"));
  r.answer(r.about("y"));
  CHECK(r.events == transcript{"first", "second"});
}

TEST_CASE("requests are handled some at a time", "[postponed]") {
  requests r;
  for (int i = 0; i < 5; ++i)
    r.add(std::to_string(i), {i}, {r.about("x")});
  r.questions.clear();
  r.postponed.answered(r.about("x"));
  CHECK(r.postponed.resume(2));
  CHECK(r.events == transcript{"0", "1"});
  CHECK(r.postponed.concerns(2));
  CHECK(r.postponed.resume(2));
  CHECK_FALSE(r.postponed.resume(2));
  CHECK(r.events.size() == 5);
}

TEST_CASE("a question that nobody answers refuses who waits for it, and only them", "[postponed]") {
  requests r;
  r.add("first", {1}, {r.about("x"), r.about("y")});
  r.add("behind", {1});
  r.add("other", {2}, {r.about("y")});
  r.postponed.failed(r.about("x"), {ec::unavailable, "no", {}});
  (void)r.postponed.resume(100);
  CHECK(r.events == transcript{"first: no", "behind"});
  r.answer(r.about("y"));
  CHECK(r.events == transcript{"first: no", "behind", "other"});
}

TEST_CASE("a request whose questions nobody answers is refused once", "[postponed]") {
  requests r;
  r.add("step", {1}, {r.about("x"), r.about("y")});
  r.postponed.failed(r.about("x"), {ec::unavailable, "no", {}});
  r.postponed.failed(r.about("y"), {ec::unavailable, "no", {}});
  CHECK_FALSE(r.postponed.resume(100));
  CHECK(r.events == transcript{"step: no"});
}

TEST_CASE("a request that has questions again and again is refused in the end", "[postponed]") {
  requests r;
  r.add("restless", {1}, {r.about("x")});
  for (int i = 0; i < postponed_requests::max_rounds; ++i) {
    REQUIRE(r.events.empty());
    REQUIRE(r.postponed.first_question());
    r.postponed.answered(r.about("x"));
    (void)r.postponed.resume(1);
  }
  REQUIRE(r.events.size() == 1);
  CHECK(r.events[0].starts_with("restless: the checks before this request"));
  CHECK_FALSE(r.postponed.concerns(1));
}

TEST_CASE("all are refused in their order", "[postponed]") {
  requests r;
  r.add("first", {1}, {r.about("x")});
  r.add("second", {1});
  r.add("third", {2}, {r.about("x")});
  r.postponed.refuse_all({ec::unavailable, "bye", {}});
  CHECK(r.events == transcript{"first: bye", "second: bye", "third: bye"});
  CHECK_FALSE(r.postponed.concerns(1));
  r.postponed.answered(r.about("x"));
  CHECK_FALSE(r.postponed.resume(100));
}
