#include "fuzz/event_properties.hpp"

#include "app/input/event_reader.hpp"
#include "fuzz/properties.hpp"
#include "fuzz/term_properties.hpp"
#include "model/workflow/specification.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

namespace lockstep::fuzz {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// A file in memory, the same for all inputs.
class memory_file {
public:
  memory_file() : number_(::memfd_create("input", MFD_CLOEXEC)) {
    demand(number_ >= 0, "there are files in memory");
    path_ = "/proc/self/fd/" + std::to_string(number_);
  }
  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;
  ~memory_file() { ::close(number_); }

  void assign(std::string_view content) {
    const auto written = ::ftruncate(number_, 0) == 0
                         && ::pwrite(number_, content.data(), content.size(), 0)
                                == static_cast<::ssize_t>(content.size());
    demand(written, "a file in memory can be written");
  }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
  int number_;
  std::string path_;
};

void demand_event(const event& read, std::string_view input) {
  demand(!read.operation_id.empty(), "an event has an operation id");
  demand(check_name("action", read.action).has_value(), "an action is a name");
  demand(check_name("state", read.to_state).has_value(), "a state is a name");
  demand_forms_agree(read.identifier);
  demand(read.offset < input.size(), "the offset is in the input");
  const auto before = input.substr(0, static_cast<std::size_t>(read.offset));
  demand(before.empty() || before == byte_order_mark || before.ends_with('\n'),
         "the offset is where a line begins");
  demand(read.line == static_cast<std::uint64_t>(std::ranges::count(before, '\n')) + 1,
         "line and offset are of the same line");
}

void demand_counters(const input_counters& counters, std::uint64_t failures,
                     std::string_view input) {
  const auto lines = static_cast<std::uint64_t>(std::ranges::count(input, '\n'))
                     + (input.empty() || input.ends_with('\n') || input == byte_order_mark ? 0 : 1);
  demand(counters.lines == lines, "all lines are counted");
  demand(counters.bytes == input.size(), "all bytes are counted");
  demand(counters.malformed == failures, "each failure is counted as malformed");
  demand(counters.events + counters.unmatched + counters.ignored + counters.malformed
                 + counters.too_long
             <= lines,
         "a record takes a line at least");
  demand(counters.malformed_examples.size()
             == std::min<std::uint64_t>(counters.malformed, input_counters::max_examples),
         "the first malformed records are kept");
}

struct reading {
  std::vector<event> events;
  std::uint64_t failures = 0;
};

reading read_all(const input_options& options, const std::string& path, std::string_view input) {
  reading made;
  auto reader = open_reader(options, path);
  if (!reader) {
    demand_message(reader.error(), ec::invalid_input);
    return made;
  }
  for (;;) {
    auto next = (*reader)->next();
    if (!next) {
      demand_message(next.error(), ec::invalid_input);
      demand(next.error().message.starts_with(path + ':'), "a message begins with the place");
      demand_place_in(input, next.error());
      ++made.failures;
      continue;
    }
    if (!*next)
      break;
    demand_event(**next, input);
    demand(made.events.empty() || made.events.back().line < (*next)->line,
           "events come in the input's order");
    made.events.push_back(std::move(**next));
  }
  demand((*reader)->ended(), "a file is read to its end");
  const auto& counters = (*reader)->counters();
  demand(counters.events == made.events.size(), "each event is counted");
  if (options.on_malformed == malformed_policy::skip)
    demand(made.failures == 0, "malformed records are skipped silently");
  demand_counters(
      counters, options.on_malformed == malformed_policy::skip ? counters.malformed : made.failures,
      input);
  return made;
}

} // namespace

void vary(input_options& options, std::string_view input) {
  if (input.empty() || input.back() == '\n')
    return;
  const auto choice = static_cast<unsigned char>(input.back());
  options.identifier_as = static_cast<identifier_type>(choice % 4);
  if (choice % 8 >= 4)
    options.max_record_bytes = 32;
  constexpr const char* formats[] = {"iso8601", "epoch-s", "epoch-ms", "%d/%b/%Y:%H:%M:%S %z"};
  options.timestamp_format = *timestamp_format::make(formats[choice / 8 % 4]);
}

void demand_events(input_options options, std::string_view input) {
  static memory_file file;
  file.assign(input);
  options.on_malformed = malformed_policy::stop;
  const auto loud = read_all(options, file.path(), input);
  options.on_malformed = malformed_policy::skip;
  const auto silent = read_all(options, file.path(), input);
  demand(loud.events == silent.events, "the policy does not change the events");
}

} // namespace lockstep::fuzz
