#include "app/input/timestamp_format.hpp"
#include "fuzz/properties.hpp"
#include "model/time.hpp"

#include <string>

using namespace lockstep;

namespace {

void demand_limit(std::string_view text) {
  const auto limit = parse_time_limit(text);
  if (!limit)
    return fuzz::demand_message(limit.error(), ec::invalid_configuration);
  const auto again = parse_time_limit(to_string(*limit));
  fuzz::demand(again.has_value() && *again == *limit, "a time limit is read back as written");
}

void demand_timestamp(const timestamp_format& format, std::string_view text) {
  const auto at = format.parse(text);
  if (!at)
    return fuzz::demand_message(at.error(), ec::invalid_input);
  const auto again = timestamp_format{}.parse(to_string(*at));
  fuzz::demand(again.has_value() && *again == *at, "a time is read back as ISO 8601");
}

} // namespace

// The first line is a format, the second a time. Either may be a time limit.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto first = text.substr(0, text.find('\n'));
  const auto second = first.size() == text.size() ? first : text.substr(first.size() + 1);
  demand_limit(first);
  demand_limit(second);
  for (const auto* named : {"iso8601", "epoch-s", "epoch-ms"})
    demand_timestamp(*timestamp_format::make(named), second);
  if (const auto format = timestamp_format::make(first)) {
    fuzz::demand(format->text() == first, "a format keeps its text");
    demand_timestamp(*format, second);
  } else {
    fuzz::demand_message(format.error(), ec::invalid_configuration);
  }
  return 0;
}
