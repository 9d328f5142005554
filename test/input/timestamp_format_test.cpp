#include "app/input/timestamp_format.hpp"

#include <cstdlib>
#include <string>
#include <string_view>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <rapidcheck.h>

using namespace lockstep;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using std::chrono::sys_days;

namespace {

constexpr auto may_16 = timestamp{sys_days{std::chrono::year{2017} / 5 / 16}};

timestamp_format format_of(std::string_view text) {
  auto format = timestamp_format::make(text);
  if (!format)
    FAIL(format.error().message);
  return *std::move(format);
}

timestamp parse(std::string_view format, std::string_view text) {
  const auto at = format_of(format).parse(text);
  if (!at)
    FAIL(at.error().message);
  return *at;
}

std::string problem(std::string_view format, std::string_view text) {
  const auto at = format_of(format).parse(text);
  REQUIRE_FALSE(at);
  CHECK(at.error().code == ec::invalid_input);
  return at.error().message;
}

} // namespace

TEST_CASE("ISO 8601 is the default and takes T or a blank, fraction and zone", "[timestamp]") {
  const timestamp_format format;
  CHECK(format.text() == "iso8601");
  CHECK(format.parse("2017-05-16T00:00:04") == may_16 + 4s);
  CHECK(format.parse("2017-05-16 00:00:04.5") == may_16 + 4500ms);
  CHECK(format.parse("2017-05-16T00:00:04,123456789Z") == may_16 + 4123456us);
  CHECK(format.parse("2017-05-16T02:00:04+02:00") == may_16 + 4s);
  CHECK(format.parse("2017-05-15T22:30:04-0130") == may_16 + 4s);
  CHECK(format.parse("2017-05-16T02:00:04+02") == may_16 + 4s);
}

TEST_CASE("directives read what strptime reads", "[timestamp]") {
  CHECK(parse("%Y-%m-%d %H:%M:%S", "2017-05-16 00:00:04.500") == may_16 + 4500ms);
  CHECK(parse("%F %T", "2017-05-16 00:00:04,5") == may_16 + 4500ms);
  CHECK(parse("%d/%b/%Y:%H:%M:%S %z", "16/May/2017:01:00:00 +0100") == may_16);
  CHECK(parse("%d %b %y", "16 MAY 17") == may_16);
  CHECK(parse("%y%m%d", "690101") == sys_days{std::chrono::year{1969} / 1 / 1});
  CHECK(parse("%y%m%d", "680101") == sys_days{std::chrono::year{2068} / 1 / 1});
  CHECK(parse("%b %e %Y", "May  6 2017") == may_16 - 240h);
  CHECK(parse("%m/%d/%Y %H:%M", "5/6/2017 1:02") == may_16 - 240h + 1h + 2min);
  CHECK(parse("%Y%m%d%H%M%S", "20170516000004") == may_16 + 4s);
  CHECK(parse("100%% %F", "100% 2017-05-16") == may_16);
  CHECK(parse("[%s]", "[1494892800]") == may_16);
}

TEST_CASE("seconds and milliseconds of the epoch may have a sign and a fraction", "[timestamp]") {
  CHECK(parse("epoch-s", "1494892800") == may_16);
  CHECK(parse("epoch-s", "1494892800.25") == may_16 + 250ms);
  CHECK(parse("epoch-ms", "1494892800123") == may_16 + 123ms);
  CHECK(parse("epoch-ms", "1494892800123.4567") == may_16 + 123456us);
  CHECK(parse("epoch-s", "-1.5") == timestamp{-1500ms});
  CHECK(parse("epoch-s", "0") == timestamp{0us});
}

TEST_CASE("a leap second is the first second of the next minute", "[timestamp]") {
  CHECK(parse("iso8601", "2017-05-15T23:59:60.5Z") == may_16 + 500ms);
}

TEST_CASE("29 February exists in leap years only", "[timestamp]") {
  CHECK(parse("%F", "2016-02-29") == sys_days{std::chrono::year{2016} / 2 / 29});
  CHECK_THAT(problem("%F", "2017-02-29"), ContainsSubstring("no such day"));
  CHECK_THAT(problem("%F", "1900-02-29"), ContainsSubstring("no such day"));
}

TEST_CASE("a timestamp that does not fit is refused with the place", "[timestamp]") {
  CHECK(problem("%F %T", "2017-13-01 00:00:00")
        == "the timestamp \"2017-13-01 00:00:00\" does not fit the format \"%F %T\": the month 13 "
           "is not from 1 to 12 at column 6");
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"2017-05-00 00:00:00", "the day 0 is not from 1 to 31 at column 9"},
      {"2017-05-16 24:00:00", "the hour 24 is not from 0 to 23 at column 12"},
      {"2017-05-16 00:60:00", "the minute 60 is not from 0 to 59 at column 15"},
      {"2017-05-16 00:00:61", "the second 61 is not from 0 to 60 at column 18"},
      {"217-05-16 00:00:00", "expected the year at column 1"},
      {"2017/05-16 00:00:00", "expected \"-\" at column 5"},
      {"2017-05-16 00:00:00 ", "unexpected text at column 20"},
      {"2017-05-16 00:00:00.", "unexpected text at column 20"},
      {"2017-05-16", "expected \" \" at column 11"},
      {"", "expected the year at column 1"},
  }));
  CHECK_THAT(problem("%F %T", text), ContainsSubstring(expected));
}

TEST_CASE("zones and numbers out of range are refused", "[timestamp]") {
  CHECK_THAT(problem("iso8601", "2017-05-16T00:00:00+24:00"), ContainsSubstring("zone's hours 24"));
  CHECK_THAT(problem("iso8601", "2017-05-16T00:00:00 CET"), ContainsSubstring("expected a zone"));
  CHECK_THAT(problem("%F%z", "2017-05-16+01:"), ContainsSubstring("zone's minutes"));
  CHECK_THAT(problem("epoch-s", "253402300800"), ContainsSubstring("years 1 to 9999"));
  CHECK_THAT(problem("epoch-ms", "999999999999999999999"), ContainsSubstring("years 1 to 9999"));
  CHECK_THAT(problem("epoch-s", "-"), ContainsSubstring("expected a number at column 1"));
  CHECK_THAT(problem("%d %b %Y", "16 Mai 2017"), ContainsSubstring("expected a month"));
  CHECK_THAT(problem("%d %b %Y", "16 Ma"), ContainsSubstring("expected a month"));
}

TEST_CASE("a format that cannot be used is refused", "[timestamp]") {
  const auto [format, expected] = GENERATE(table<std::string, std::string>({
      {"%Y-%m-%d %Q", "unknown directive \"%Q\""},
      {"%Y-%m-%d %", "unknown directive \"%\""},
      {"%S,%f", "unknown directive \"%f\""},
      {"%b %d %T", "leaves the date open"},
      {"%H:%M", "leaves the date open"},
      {"", "leaves the date open"},
      {"iso", "leaves the date open"},
  }));
  const auto made = timestamp_format::make(format);
  REQUIRE_FALSE(made);
  CHECK(made.error().code == ec::invalid_configuration);
  CHECK_THAT(made.error().message, ContainsSubstring(expected));
}

TEST_CASE("the process's time zone does not matter", "[timestamp]") {
  const char* zone = std::getenv("TZ");
  const auto saved = std::string{zone ? zone : ""};
  REQUIRE(::setenv("TZ", "Asia/Tokyo", 1) == 0);
  CHECK(parse("iso8601", "2017-05-16T00:00:00") == may_16);
  if (zone)
    ::setenv("TZ", saved.c_str(), 1);
  else
    ::unsetenv("TZ");
}

TEST_CASE("ISO 8601 reads what Lockstep writes", "[timestamp]") {
  CHECK(rc::check([](std::int64_t seed) {
    const auto at = timestamp{duration{seed % 253'402'300'800'000'000}};
    if (at >= timestamp{sys_days{std::chrono::year{1} / 1 / 1}})
      RC_ASSERT(timestamp_format{}.parse(to_string(at)) == at);
  }));
}

TEST_CASE("any text either is a timestamp or is refused", "[timestamp]") {
  const auto format = format_of("%s %d/%b/%y %T %z");
  CHECK(rc::check([&format](const std::string& text) {
    (void)format.parse(text);
    (void)timestamp_format{}.parse(text);
    (void)timestamp_format::make(text);
  }));
}
