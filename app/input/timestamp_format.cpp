#include "app/input/timestamp_format.hpp"

#include "app/input/quoted.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace lockstep {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view public_directives = "YymbdeHMSzs%FT";

// The named formats use directives of their own: %q a T or a blank, %Z an optional zone, %E
// milliseconds.
constexpr std::string_view iso8601 = "%Y-%m-%d%q%H:%M:%S%Z";

constexpr std::array<std::string_view, 12> months = {"jan", "feb", "mar", "apr", "may", "jun",
                                                     "jul", "aug", "sep", "oct", "nov", "dec"};

constexpr std::int64_t first_second = -62'135'596'800; // 0001-01-01 00:00:00
constexpr std::int64_t last_second = 253'402'300'799;  // 9999-12-31 23:59:59

bool is_digit(char c) { return c >= '0' && c <= '9'; }

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Reads the parts of one timestamp from left to right; stops at the first problem.
class scanner {
public:
  explicit scanner(std::string_view text) : text_(text) {}

  /// @returns whether the directive's part is there and in range.
  bool read(char directive);
  bool expect(char literal);
  bool expect_end();
  std::optional<timestamp> finish();

  [[nodiscard]] const std::string& problem() const { return problem_; }

private:
  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[at_]; }
  bool refuse(std::string_view what);
  bool number(std::string_view name, std::size_t min_digits, std::size_t max_digits, int low,
              int high, int& value);
  std::int64_t fraction(std::int64_t unit);
  bool month_name();
  bool zone();
  bool epoch(std::int64_t units_per_second);

  std::string_view text_;
  std::size_t at_ = 0;
  std::string problem_;

  int year_ = 1970;
  int month_ = 1;
  int day_ = 1;
  int hour_ = 0;
  int minute_ = 0;
  int second_ = 0;
  int zone_minutes_ = 0;
  duration fraction_{0};
  std::optional<timestamp> since_epoch_;
};

bool scanner::refuse(std::string_view what) {
  problem_ = std::string{what} + " at column " + std::to_string(at_ + 1);
  return false;
}

bool scanner::expect(char literal) {
  if (at_end() || peek() != literal)
    return refuse("expected " + quoted({&literal, 1}));
  ++at_;
  return true;
}

bool scanner::expect_end() { return at_end() || refuse("unexpected text"); }

bool scanner::number(std::string_view name, std::size_t min_digits, std::size_t max_digits, int low,
                     int high, int& value) {
  const auto start = at_;
  auto read = 0;
  while (at_ - start < max_digits && is_digit(peek()))
    read = read * 10 + (text_[at_++] - '0');
  const auto digits = at_ - start;
  at_ = start;
  if (digits < min_digits)
    return refuse("expected the " + std::string{name});
  if (read < low || read > high)
    return refuse("the " + std::string{name} + " " + std::to_string(read) + " is not from "
                  + std::to_string(low) + " to " + std::to_string(high));
  at_ += digits;
  value = read;
  return true;
}

/// The microseconds of an optional fraction of a `unit`, which is in microseconds too.
std::int64_t scanner::fraction(std::int64_t unit) {
  if ((peek() != '.' && peek() != ',') || at_ + 1 >= text_.size() || !is_digit(text_[at_ + 1]))
    return 0;
  std::int64_t value = 0;
  for (++at_; is_digit(peek()); ++at_) {
    unit /= 10;
    value += (peek() - '0') * unit;
  }
  return value;
}

bool scanner::month_name() {
  auto name = std::string{text_.substr(at_, 3)};
  std::transform(name.begin(), name.end(), name.begin(), to_lower);
  const auto* found = std::find(months.begin(), months.end(), name);
  if (found == months.end())
    return refuse("expected a month such as Jan");
  month_ = static_cast<int>(found - months.begin()) + 1;
  at_ += 3;
  return true;
}

bool scanner::zone() {
  if (peek() == 'Z') {
    ++at_;
    return true;
  }
  if (peek() != '+' && peek() != '-')
    return refuse("expected a zone such as Z or +01:00");
  const auto sign = text_[at_++] == '-' ? -1 : 1;
  auto hours = 0;
  auto minutes = 0;
  if (!number("zone's hours", 2, 2, 0, 23, hours))
    return false;
  const auto has_colon = peek() == ':';
  at_ += has_colon ? 1 : 0;
  if ((has_colon || is_digit(peek())) && !number("zone's minutes", 2, 2, 0, 59, minutes))
    return false;
  zone_minutes_ = sign * (hours * 60 + minutes);
  return true;
}

bool scanner::epoch(std::int64_t units_per_second) {
  constexpr std::size_t max_digits = 15; // more is out of range, and less than 64 bits
  const auto start = at_;
  const auto negative = peek() == '-';
  at_ += negative ? 1 : 0;
  const auto first_digit = at_;
  std::int64_t units = 0;
  for (; is_digit(peek()) && at_ - first_digit <= max_digits; ++at_)
    units = units * 10 + (peek() - '0');
  const auto digits = at_ - first_digit;
  const auto unit = 1'000'000 / units_per_second;
  const auto seconds = (negative ? -units : units) / units_per_second;
  if (digits == 0 || digits > max_digits || seconds < first_second || seconds > last_second) {
    at_ = start;
    return refuse(digits == 0 ? "expected a number" : "a number out of the years 1 to 9999");
  }
  const auto magnitude = duration{units * unit + fraction(unit)};
  since_epoch_ = timestamp{negative ? -magnitude : magnitude};
  return true;
}

bool scanner::read(char directive) {
  switch (directive) {
  case 'Y':
    return number("year", 4, 4, 1, 9999, year_);
  case 'y':
    if (!number("year", 2, 2, 0, 99, year_))
      return false;
    year_ += year_ < 69 ? 2000 : 1900;
    return true;
  case 'm':
    return number("month", 1, 2, 1, 12, month_);
  case 'b':
    return month_name();
  case 'e':
    at_ += peek() == ' ' ? 1 : 0;
    [[fallthrough]];
  case 'd':
    return number("day", 1, 2, 1, 31, day_);
  case 'H':
    return number("hour", 1, 2, 0, 23, hour_);
  case 'M':
    return number("minute", 1, 2, 0, 59, minute_);
  case 'S':
    if (!number("second", 1, 2, 0, 60, second_))
      return false;
    fraction_ = duration{fraction(1'000'000)};
    return true;
  case 'z':
    return zone();
  case 'Z':
    return at_end() || zone();
  case 'q':
    return peek() == 'T' ? expect('T') : expect(' ');
  case 's':
    return epoch(1);
  default:
    return epoch(1'000);
  }
}

std::optional<timestamp> scanner::finish() {
  using namespace std::chrono;
  if (since_epoch_)
    return since_epoch_;
  const auto date = year{year_} / month_ / day_;
  if (!date.ok()) {
    problem_ = "there is no such day in that month";
    return std::nullopt;
  }
  return timestamp{sys_days{date}} + hours{hour_} + minutes{minute_ - zone_minutes_}
         + seconds{second_} + fraction_;
}

} // namespace

timestamp_format::timestamp_format() : text_("iso8601"), steps_(compile(iso8601)) {}

std::vector<timestamp_format::step> timestamp_format::compile(std::string_view format) {
  std::vector<step> steps;
  const auto append = [&steps](std::string_view more) {
    const auto added = compile(more);
    steps.insert(steps.end(), added.begin(), added.end());
  };
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      steps.push_back({0, format[i]});
      continue;
    }
    switch (const auto directive = format[++i]; directive) {
    case 'F':
      append("%Y-%m-%d");
      break;
    case 'T':
      append("%H:%M:%S");
      break;
    case '%':
      steps.push_back({0, '%'});
      break;
    default:
      steps.push_back({directive, 0});
    }
  }
  return steps;
}

result<timestamp_format> timestamp_format::make(std::string_view format) {
  timestamp_format made;
  if (format == made.text_)
    return made;
  made.text_ = format;
  if (format == "epoch-s" || format == "epoch-ms") {
    made.steps_ = compile(format == "epoch-s" ? "%s" : "%E");
    return made;
  }
  for (auto at = format.find('%'); at != std::string_view::npos; at = format.find('%', at + 2))
    if (at + 1 == format.size() || public_directives.find(format[at + 1]) == std::string_view::npos)
      return fail(ec::invalid_configuration,
                  "the timestamp format " + quoted(format) + " has the unknown directive "
                      + quoted(format.substr(at, 2))
                      + "; use %Y %y %m %b %d %e %H %M %S (with its fraction) %z %s %F %T %%");
  made.steps_ = compile(format);
  const auto has = [&made](std::string_view any_of) {
    return std::any_of(made.steps_.begin(), made.steps_.end(), [any_of](const step& each) {
      return each.directive != 0 && any_of.find(each.directive) != std::string_view::npos;
    });
  };
  if (!has("s") && !(has("Yy") && has("mb") && has("de")))
    return fail(ec::invalid_configuration,
                "the timestamp format " + quoted(format)
                    + " leaves the date open; it needs a year (%Y, %y), a month (%m, %b) and a day "
                      "(%d, %e), or %s, or be one of iso8601, epoch-s, epoch-ms");
  return made;
}

result<timestamp> timestamp_format::parse(std::string_view text) const {
  scanner scan{text};
  const auto fits = std::all_of(steps_.begin(), steps_.end(), [&scan](const step& each) {
    return each.directive == 0 ? scan.expect(each.literal) : scan.read(each.directive);
  });
  if (fits && scan.expect_end())
    if (const auto at = scan.finish())
      return *at;
  return fail(ec::invalid_input, "the timestamp " + quoted(text) + " does not fit the format "
                                     + quoted(text_) + ": " + scan.problem());
}

} // namespace lockstep
