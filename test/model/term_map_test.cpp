#include "model/term/term_map.hpp"

#include "test/support/term_generator.hpp"

#include <map>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

using namespace lockstep;

TEST_CASE("an empty term map has nothing", "[term_map]") {
  term_map<int> numbers;
  CHECK(numbers.size() == 0);
  CHECK(numbers.find(term{"a"}) == nullptr);
  numbers.erase(term{"a"});
  CHECK(numbers.begin() == numbers.end());
}

TEST_CASE("a term map tells 1 from 1.0", "[term_map]") {
  term_map<int> numbers;
  numbers[1] = 1;
  numbers[1.0] = 2;
  CHECK(*numbers.find(1) == 1);
  CHECK(*numbers.find(1.0) == 2);
}

TEST_CASE("a term map does what a std::map does", "[term_map]") {
  // Few keys, so that they are often taken out again.
  CHECK(rc::check([](const std::vector<std::pair<bool, std::uint8_t>>& commands) {
    term_map<std::size_t> map;
    std::map<term, std::size_t> model;
    for (std::size_t i = 0; i < commands.size(); ++i) {
      const auto [insert, number] = commands[i];
      const auto key = term::tuple({atom{"key"}, std::int64_t{number % 40}});
      if (insert)
        map[key] = model[key] = i;
      else {
        map.erase(key);
        model.erase(key);
      }
      RC_ASSERT(map.size() == model.size());
      for (std::int64_t k = 0; k < 40; ++k) {
        const auto probe = term::tuple({atom{"key"}, k});
        const auto expected = model.find(probe);
        const auto* found = std::as_const(map).find(probe);
        RC_ASSERT((found != nullptr) == (expected != model.end()));
        if (found != nullptr)
          RC_ASSERT(*found == expected->second);
      }
    }
  }));
}
