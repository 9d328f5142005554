#include "model/time.hpp"

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

#include <cstdint>
#include <limits>

using namespace lockstep;
using namespace std::chrono_literals;

TEST_CASE("a duration is a whole number and a unit", "[time]") {
  CHECK(parse_time_limit("7us").value() == time_limit{7us});
  CHECK(parse_time_limit("250ms").value() == time_limit{250ms});
  CHECK(parse_time_limit("30s").value() == time_limit{30s});
  CHECK(parse_time_limit("5min").value() == time_limit{5min});
  CHECK(parse_time_limit("5m").value() == time_limit{5min});
  CHECK(parse_time_limit("6h").value() == time_limit{6h});
  CHECK(parse_time_limit("2d").value() == time_limit{48h});
  CHECK(parse_time_limit("0s").value() == time_limit{0s});
  CHECK(parse_time_limit("007s").value() == time_limit{7s});
}

TEST_CASE("infinity is no limit", "[time]") {
  REQUIRE(parse_time_limit("infinity"));
  CHECK_FALSE(parse_time_limit("infinity")->has_value());
  CHECK(to_string(time_limit{}) == "infinity");
}

TEST_CASE("what is no duration is refused with the text and a hint", "[time]") {
  for (const auto* text : {"", " ", "s", "30", "30 s", "-1s", "+1s", "1.5s", "30S", "1e3s", "30sec",
                           "Infinity", "1s ", " 1s", "0x1s", "99999999999999999999s"}) {
    INFO(text);
    const auto parsed = parse_time_limit(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == ec::invalid_configuration);
    CHECK(parsed.error().message.find(text) != std::string::npos);
    CHECK(parsed.error().message.find("\"30s\"") != std::string::npos);
  }
}

TEST_CASE("durations up to the largest are read and larger ones refused", "[time]") {
  CHECK(parse_time_limit("9223372036854775807us").value() == time_limit{duration::max()});
  CHECK_FALSE(parse_time_limit("9223372036854775808us"));
  CHECK(parse_time_limit("106751991d"));
  CHECK_FALSE(parse_time_limit("106751992d"));
  CHECK_FALSE(parse_time_limit("9223372036854775807s"));
}

TEST_CASE("a duration is written in the largest unit that divides it", "[time]") {
  CHECK(to_string(time_limit{48h}) == "2d");
  CHECK(to_string(time_limit{25h}) == "25h");
  CHECK(to_string(time_limit{90s}) == "90s");
  CHECK(to_string(time_limit{120s}) == "2min");
  CHECK(to_string(time_limit{1500ms}) == "1500ms");
  CHECK(to_string(time_limit{1us}) == "1us");
  CHECK(to_string(time_limit{0us}) == "0s");
}

TEST_CASE("each duration is read back as it was written", "[time]") {
  CHECK(rc::check([] {
    const auto factor = *rc::gen::element<std::int64_t>(1, 1'000, 1'000'000, 60'000'000,
                                                        3'600'000'000, 86'400'000'000);
    const auto count = *rc::gen::inRange<std::int64_t>(0, 1'000'000);
    const time_limit limit{duration(count * factor)};
    RC_ASSERT((parse_time_limit(to_string(limit)).value() == limit));
  }));
}

TEST_CASE("a timestamp is written in ISO 8601 with microseconds", "[time]") {
  CHECK(to_string(timestamp{}) == "1970-01-01T00:00:00.000000Z");
  CHECK(to_string(timestamp{duration(-1)}) == "1969-12-31T23:59:59.999999Z");
  using namespace std::chrono;
  CHECK(to_string(timestamp{sys_days{2017y / May / 16} + 4s + 500ms})
        == "2017-05-16T00:00:04.500000Z");
  CHECK(to_string(timestamp{sys_days{2000y / February / 29} + 23h + 59min + 59s})
        == "2000-02-29T23:59:59.000000Z");
  CHECK(to_string(timestamp{sys_days{2100y / March / 1}}) == "2100-03-01T00:00:00.000000Z");
  CHECK(to_string(timestamp{sys_days{year{-1} / December / 31}}) == "-0001-12-31T00:00:00.000000Z");
}

TEST_CASE("the first and the last timestamp can be written", "[time]") {
  CHECK(to_string(timestamp::max()) == "+294247-01-10T04:00:54.775807Z");
  CHECK(to_string(timestamp::min()) == "-290308-12-21T19:59:05.224192Z");
}

TEST_CASE("dates agree with the standard library's calendar", "[time]") {
  CHECK(rc::check([] {
    using namespace std::chrono;
    const auto day = sys_days{days{*rc::gen::inRange(-700'000, 2'900'000)}};
    const year_month_day date{day};
    char expected[32] = {};
    std::snprintf(expected, sizeof expected, "%04d-%02u-%02u", int{date.year()},
                  unsigned{date.month()}, unsigned{date.day()});
    RC_ASSERT(to_string(timestamp{day}).substr(0, 10) == expected);
  }));
}
