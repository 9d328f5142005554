#include "app/input/event_builder.hpp"

#include "app/input/identifier.hpp"
#include "app/input/quoted.hpp"
#include "model/term/term_text.hpp"
#include "model/workflow/specification.hpp"

#include <algorithm>
#include <utility>

namespace lockstep {

namespace {

/// An entry's value, or nothing if there is none.
const std::string* find(const name_map& names, std::string_view name) {
  const auto found = names.find(name);
  return found == names.end() ? nullptr : &found->second;
}

} // namespace

event_builder::event_builder(const input_options& options, std::string source)
    : source_(std::move(source)),
      identifier_as_(options.identifier_as),
      timestamp_format_(options.timestamp_format),
      actions_(options.actions),
      states_(options.states) {}

result<term> event_builder::identifier_of(const record& from) const {
  const auto* text = std::get_if<std::string_view>(&from.identifier);
  if (!text)
    return std::get<term>(from.identifier);
  return parse_identifier(*text, identifier_as_);
}

result<std::optional<event>> event_builder::build(const record& from) const {
  event made;
  const auto* action = find(actions_, from.action);
  made.action = action ? *action : std::string{from.action};
  if (action && action->empty())
    return std::nullopt;
  if (auto checked = check_name("action", made.action); !checked)
    return tl::unexpected(std::move(checked.error()));

  const auto* state = find(states_, made.action);
  made.to_state = from.state ? std::string{*from.state} : state ? *state : made.action;
  if (auto checked = check_name("state", made.to_state); !checked)
    return tl::unexpected(std::move(checked.error()));

  auto identifier = identifier_of(from);
  if (!identifier)
    return tl::unexpected(std::move(identifier.error()));
  made.identifier = *std::move(identifier);

  if (from.timestamp && !from.timestamp->empty()) {
    const auto at = timestamp_format_.parse(*from.timestamp);
    if (!at)
      return tl::unexpected(at.error());
    made.at = *at;
  }

  made.operation_id = from.operation && !from.operation->empty()
                          ? std::string{*from.operation}
                          : source_ + ':' + std::to_string(from.offset);
  made.line = from.line;
  made.offset = from.offset;
  return made;
}

} // namespace lockstep
