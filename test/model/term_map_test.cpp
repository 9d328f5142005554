#include "model/term/term_map.hpp"

#include "test/support/term_generator.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

using namespace lockstep;

using numbers_by_term = term_map<std::size_t, const std::size_t*>;

TEST_CASE("an empty term map has nothing", "[term_map]") {
  numbers_by_term numbers;
  CHECK(numbers.size() == 0);
  CHECK(numbers.find(term{"a"}) == nullptr);
  numbers.erase(term{"a"});
  CHECK(numbers.size() == 0);
}

TEST_CASE("a term map tells 1 from 1.0", "[term_map]") {
  numbers_by_term numbers;
  numbers[1] = 1;
  numbers[1.0] = 2;
  CHECK(*numbers.find(1) == 1);
  CHECK(*numbers.find(1.0) == 2);
}

TEST_CASE("a term map does what a std::map does, for short and for long keys", "[term_map]") {
  // Few keys, so that they are often taken out again.
  constexpr std::int64_t keys = 40;
  const auto key_of = [](std::int64_t number) {
    return number % 2 == 0 ? term::tuple({atom{"key"}, number})
                           : term::tuple({std::string(50, 'x'), number});
  };
  CHECK(rc::check([&](const std::vector<std::pair<bool, std::uint8_t>>& commands) {
    numbers_by_term map;
    std::map<term, std::size_t> model;
    static constexpr std::array<std::size_t, keys> words{};
    for (std::size_t i = 0; i < commands.size(); ++i) {
      const auto [insert, number] = commands[i];
      const auto key = key_of(number % keys);
      if (insert) {
        map[key] = model[key] = i;
        map.set_word(key, &words[number % keys]);
      } else {
        map.erase(key);
        model.erase(key);
      }
      RC_ASSERT(map.size() == model.size());
      for (std::int64_t k = 0; k < keys; ++k) {
        const auto probe = key_of(k);
        const auto expected = model.find(probe);
        const auto* found = std::as_const(map).find(probe);
        const auto* word = map.find_word(probe, pack(probe));
        RC_ASSERT((found != nullptr) == (expected != model.end()));
        RC_ASSERT((word != nullptr) == (expected != model.end()));
        if (found == nullptr)
          continue;
        RC_ASSERT(*found == expected->second);
        RC_ASSERT(*word == &words[static_cast<std::size_t>(k)]);
      }
    }
  }));
}

TEST_CASE("packed keys are equal if and only if their terms are", "[term_map]") {
  CHECK(rc::check([](const term& one, const term& other) {
    if (pack(one).fits() && pack(other).fits())
      RC_ASSERT(same_words(pack(one).content, pack(other).content) == (one == other));
  }));
  // Few different ones, so that some are equal.
  CHECK(rc::check([] {
    const auto any = rc::gen::map(
        rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 2)), [](const auto& numbers) {
          std::vector<term> elements;
          for (const auto one : numbers)
            elements.push_back(one == 0 ? term{"a"} : term{atom{"a"}});
          return numbers.size() % 2 == 0 ? term::list(elements) : term::tuple(elements);
        });
    const auto one = *any;
    const auto other = *any;
    if (pack(one).fits() && pack(other).fits())
      RC_ASSERT(same_words(pack(one).content, pack(other).content) == (one == other));
    if (one == other)
      RC_ASSERT(pack(one).hash == pack(other).hash);
  }));
}

TEST_CASE("short terms fit into packed keys, and others do not", "[term_map]") {
  CHECK(pack(term::tuple({atom{"user"}, std::string(36, 'x')})).fits());
  CHECK(pack(term{}).fits());
  CHECK_FALSE(pack(term::tuple({atom{"user"}, std::string(38, 'x')})).fits());
  CHECK_FALSE(pack(term{std::string(300, 'x')}).fits());
  CHECK_FALSE(pack(term::map({})).fits());
}
