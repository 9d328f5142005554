#include "model/time.hpp"

#include "model/in_quotes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <limits>

namespace lockstep {

namespace {

struct unit {
  std::string_view name;
  std::int64_t microseconds;
};

/// From the largest to the smallest; of two names the one that is written comes first.
constexpr std::array units{
    unit{"d", 86'400'000'000},
    unit{"h", 3'600'000'000},
    unit{"min", 60'000'000},
    unit{"m", 60'000'000},
    unit{"s", 1'000'000},
    unit{"ms", 1'000},
    unit{"us", 1},
};

constexpr std::int64_t microseconds_per_day = units.front().microseconds;

tl::unexpected<failure> not_a_duration(std::string_view text, std::string_view reason) {
  return fail(ec::invalid_configuration,
              in_quotes(text) + " is no duration: " + std::string(reason)
                  + "; write a whole number and a unit (us, ms, s, min, h, d) such as \"30s\", or "
                    "\"infinity\"",
              {{"duration", term(text)}});
}

struct civil_date {
  std::int64_t year;
  unsigned month;
  unsigned day;
};

/// The proleptic Gregorian date of a day counted from 1970-01-01. `std::chrono::year` ends at
/// 32767, timestamps do not. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
/// `civil_from_days`.
civil_date civil_from_days(std::int64_t days) {
  days += 719'468; // count from 0000-03-01: a leap day is then the last of its year
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const auto day_of_era = static_cast<unsigned>(days - era * 146'097);
  const unsigned year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const unsigned day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned month_from_march = (5 * day_of_year + 2) / 153;
  const unsigned day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const unsigned month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

} // namespace

result<time_limit> parse_time_limit(std::string_view text) {
  if (text == "infinity")
    return time_limit{};
  const char* const end = text.data() + text.size();
  if (text.empty() || text.front() < '0' || text.front() > '9')
    return not_a_duration(text, "it does not start with a digit");
  std::int64_t count = 0;
  const auto [rest, error] = std::from_chars(text.data(), end, count);
  const std::string_view name(rest, static_cast<std::size_t>(end - rest));
  const auto used = std::ranges::find(units, name, &unit::name);
  if (used == units.end())
    return not_a_duration(text, name.empty() ? "it has no unit" : "its unit is unknown");
  if (error == std::errc::result_out_of_range
      || count > std::numeric_limits<std::int64_t>::max() / used->microseconds)
    return not_a_duration(text, "it is too long");
  return duration(count * used->microseconds);
}

std::string to_string(time_limit limit) {
  if (!limit)
    return "infinity";
  const auto count = limit->count();
  if (count == 0)
    return "0s";
  const auto largest = std::ranges::find_if(
      units, [count](const unit& candidate) { return count % candidate.microseconds == 0; });
  return std::to_string(count / largest->microseconds).append(largest->name);
}

std::string to_string(timestamp at) {
  const std::int64_t count = at.time_since_epoch().count();
  std::int64_t days = count / microseconds_per_day;
  std::int64_t rest = count % microseconds_per_day;
  if (rest < 0) { // rounds towards minus infinity; flooring first could overflow
    rest += microseconds_per_day;
    --days;
  }
  const auto date = civil_from_days(days);
  const bool signed_year = date.year < 0 || date.year > 9'999;
  const auto seconds = static_cast<int>(rest / 1'000'000);
  std::array<char, 64> buffer{};
  const int size = std::snprintf(buffer.data(), buffer.size(), signed_year ? "%+05lld" : "%04lld",
                                 static_cast<long long>(date.year));
  std::string out(buffer.data(), static_cast<std::size_t>(size));
  const int tail = std::snprintf(buffer.data(), buffer.size(), "-%02u-%02uT%02d:%02d:%02d.%06dZ",
                                 date.month, date.day, seconds / 3'600, seconds / 60 % 60,
                                 seconds % 60, static_cast<int>(rest % 1'000'000));
  return out.append(buffer.data(), static_cast<std::size_t>(tail));
}

} // namespace lockstep
