#pragma once

#include "app/input/quoted.hpp"
#include "app/input/section_reader.hpp"
#include "app/input/term_option.hpp"
#include "app/script/script.hpp"
#include "model/term/term.hpp"
#include "model/time.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// Reads the options of one call; problems stay with the section.
class call_reader {
public:
  explicit call_reader(section_reader& section) : section_(section) {}

  std::string text(std::string_view name) { return section_.text(name).value_or(""); }

  std::string required_text(std::string_view name) {
    auto value = section_.text(name);
    if (!section_.has(name))
      section_.refuse(name, "it is missing");
    return value.value_or("");
  }

  std::uint64_t number(std::string_view name, std::uint64_t otherwise) {
    auto value = section_.integer(name);
    if (value && *value < 0)
      section_.refuse(name, std::to_string(*value) + " is negative");
    return value && *value >= 0 ? static_cast<std::uint64_t>(*value) : otherwise;
  }

  std::uint64_t percent(std::string_view name) {
    auto value = number(name, 0);
    if (value > 100)
      section_.refuse(name, "it is a percentage, from 0 to 100");
    return value;
  }

  /// See `read_term`.
  term identifier(std::string_view name) { return read_term(section_, name); }

  duration time(std::string_view name) {
    auto limit = parse_time_limit(section_.text(name).value_or(""));
    if (!limit)
      section_.refuse(name, lockstep::quoted(section_.text(name).value_or(""))
                                + " is no duration such as \"30s\"");
    else if (!*limit)
      section_.refuse(name, "a script cannot wait for ever");
    else if (**limit > std::chrono::hours{24 * 30})
      section_.refuse(name, "a script waits for 30 days at most");
    return limit && *limit ? **limit : duration::zero();
  }

  bool flag(std::string_view name) { return section_.boolean(name).value_or(false); }

  /// Text is a binary; without it, `nil`.
  term meta() { return section_.has("meta") ? term{text("meta")} : term{atom{"nil"}}; }

  /// The option `name` is the specification.
  instance_filter filter(std::string_view name) {
    instance_filter chosen{text(name), text("state"), std::nullopt};
    if (section_.has("idle")) {
      auto idle = parse_time_limit(text("idle"));
      if (!idle)
        section_.refuse("idle", idle.error().message);
      else
        chosen.idle_for = *idle ? *idle : time_limit{duration::max()};
    }
    return chosen;
  }

  section_reader& section() { return section_; }

private:
  section_reader& section_;
};

/// One kind of call: its key, the options that go with it, and how it is read.
struct call_kind {
  std::string_view key;
  std::vector<std::string_view> options;
  std::function<script_call(call_reader&)> read;
};

/// The calls about keyed shards.
[[nodiscard]] std::vector<call_kind> keyed_call_kinds();

} // namespace lockstep
