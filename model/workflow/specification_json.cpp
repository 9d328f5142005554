#include "model/workflow/specification_json.hpp"

#include "model/in_quotes.hpp"
#include "model/workflow/json_positions.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lockstep {

namespace {

using json = nlohmann::ordered_json;
using pointer = json::json_pointer;

/// What is in deeper arrays and objects is not kept: these are wrong whatever they hold, and
/// nothing but brackets would take a lot of memory.
constexpr int deepest_level = 8;

constexpr std::array members{
    "specification", "transition_timeout", "prune_timeout", "prunable_states", "swallow",
    "log",           "transitions"};

struct named_kind {
  std::string_view name;
  prunable_states::kind kind;
};

constexpr std::array named_kinds{
    named_kind{"none", prunable_states::kind::none},
    named_kind{"all", prunable_states::kind::all},
    named_kind{"terminal", prunable_states::kind::terminal},
};

/// What the library says about a syntax error, without its own prefix and position and without the
/// text that it read last, which need not be UTF-8.
std::string_view reason_of(std::string_view what) {
  what = what.substr(0, what.find("; last read: "));
  const auto position = what.find("column ");
  const auto colon = position == std::string_view::npos ? position : what.find(": ", position);
  return colon == std::string_view::npos ? what : what.substr(colon + 2);
}

/// A pointer as messages show it: on one line and not too long.
std::string shown(const pointer& at) {
  auto quoted = in_quotes(at.to_string());
  quoted.erase(quoted.rfind('"'), 1);
  return quoted.substr(1);
}

/// Reads one text; each function returns the first error there is.
class reader {
public:
  reader(std::string_view text, std::string_view source) : text_(text), source_(source) {
    // nop
  }

  result<declared_specification> read() {
    return parse()
        .and_then([this](const json& root) { return read_root(root); })
        .map([this](specification&& spec) { return check(std::move(spec)); });
  }

private:
  enum class part { key, value };

  // -- errors -------------------------------------------------------------------------------------

  [[nodiscard]] tl::unexpected<failure> refuse_at_offset(std::size_t offset,
                                                         const std::string& reason) const {
    return refuse_at(source_, line_index(text_).of(offset), reason);
  }

  [[nodiscard]] tl::unexpected<failure> refuse(const pointer& at, const std::string& reason,
                                               part of = part::value) const {
    const auto place = json_positions(text_).find(at.to_string());
    const auto offset = !place ? 0 : of == part::key ? place->key : place->value;
    const auto position = line_index(text_).of(offset);
    const auto suffix = at.empty() ? std::string() : " (" + shown(at) + ")";
    auto refused = refuse_at(source_, position, reason);
    refused.value().message = describe(source_, position) + suffix + ": " + reason;
    refused.value().context.emplace("pointer", term(at.to_string()));
    return refused;
  }

  [[nodiscard]] tl::unexpected<failure> refuse_type(const pointer& at, const json& found,
                                                    const std::string& expected) const {
    return refuse(at, "expected " + expected + ", found " + std::string(found.type_name()));
  }

  // -- parts --------------------------------------------------------------------------------------

  result<json> parse() const {
    std::set<std::pair<std::string, std::string>> seen; // of members and of what "log" has
    std::string member;
    std::optional<pointer> repeated;
    const auto watch = [&](int depth, json::parse_event_t event, const json& value) {
      if (depth > deepest_level)
        return false;
      if (event != json::parse_event_t::key || repeated)
        return true;
      if (depth == 1) {
        member = value.get<std::string>();
        if (!seen.emplace(member, "").second)
          repeated = pointer() / member;
      } else if (depth == 2 && member == "log") {
        const auto code = value.get<std::string>();
        if (!seen.emplace(member, "/" + code).second)
          repeated = pointer() / member / code;
      }
      return true;
    };
    try {
      auto root = json::parse(text_, watch);
      if (repeated)
        return refuse(*repeated, "this member is there twice; remove one", part::key);
      return root;
    } catch (const json::parse_error& error) {
      return refuse_at_offset(error.byte > 0 ? error.byte - 1 : 0,
                              "this is no JSON: " + std::string(reason_of(error.what())));
    } catch (const json::exception& error) { // a number that no type can hold
      return refuse_at_offset(json_positions(text_).first_huge_number().value_or(0), error.what());
    }
  }

  result<specification> read_root(const json& root) {
    if (!root.is_object())
      return refuse_type(pointer(), root, "an object with \"specification\" and \"transitions\"");
    for (const auto& [name, value] : root.items()) {
      if (std::ranges::find(members, name) == members.end())
        return refuse(pointer() / name, "no such member; there are " + list_of_members(),
                      part::key);
    }
    for (const auto* needed : {"specification", "transitions"}) {
      if (!root.contains(needed))
        return refuse(pointer(), "the member " + in_quotes(needed) + " is missing; add it");
    }
    auto name = read_name(root["specification"], pointer() / "specification", "specification");
    if (!name)
      return tl::unexpected(std::move(name).error());
    auto transitions = read_transitions(root["transitions"], pointer() / "transitions");
    if (!transitions)
      return tl::unexpected(std::move(transitions).error());
    auto options = read_options(root);
    if (!options)
      return tl::unexpected(std::move(options).error());
    return specification::make(*std::move(name), *std::move(transitions), *std::move(options))
        .or_else([this](const failure& error) -> result<specification> {
          return refuse(pointer(), error.message);
        });
  }

  static std::string list_of_members() {
    std::string list;
    for (const auto* member : members)
      list.append(list.empty() ? "" : ", ").append(member);
    return list;
  }

  result<std::string> read_name(const json& value, const pointer& at, std::string_view what) const {
    if (!value.is_string())
      return refuse_type(at, value, "a string, the " + std::string(what) + "'s name");
    auto name = value.get<std::string>();
    if (const auto checked = check_name(what, name); !checked)
      return refuse(at, checked.error().message);
    return name;
  }

  result<std::vector<transition>> read_transitions(const json& value, const pointer& at) {
    if (!value.is_array())
      return refuse_type(at, value, "an array of [FROM, ACTION, TO]");
    if (value.empty())
      return refuse(at, "there is no transition and so no initial state; add at least one");
    std::vector<transition> transitions;
    transitions.reserve(value.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
      auto step = read_transition(value[i], at / i);
      if (!step)
        return tl::unexpected(std::move(step).error());
      mentions_.try_emplace(step->from, i, std::size_t{0});
      mentions_.try_emplace(step->to, i, std::size_t{2});
      transitions.push_back(*std::move(step));
    }
    return transitions;
  }

  result<transition> read_transition(const json& value, const pointer& at) const {
    if (!value.is_array() || value.size() != 3)
      return value.is_array() ? refuse(at, "expected [FROM, ACTION, TO], found "
                                               + std::to_string(value.size()) + " elements")
                              : refuse_type(at, value, "[FROM, ACTION, TO]");
    transition step;
    const std::array<std::pair<std::string*, std::string_view>, 3> parts{
        {{&step.from, "state"}, {&step.action, "action"}, {&step.to, "state"}}};
    for (std::size_t i = 0; i < parts.size(); ++i) {
      auto name = read_name(value[i], at / i, parts[i].second);
      if (!name)
        return tl::unexpected(std::move(name).error());
      *parts[i].first = *std::move(name);
    }
    if (is_initialisation(step))
      return refuse(at / std::size_t{1},
                    in_quotes(step.action)
                        + " is what Lockstep calls the first step of an instance; name the action "
                          "differently or remove the transition");
    return step;
  }

  result<specification_options> read_options(const json& root) const {
    specification_options options;
    return read_limit(root, "transition_timeout", options.transition_timeout)
        .and_then([&] { return read_limit(root, "prune_timeout", options.prune_timeout); })
        .and_then([&] { return read_prunable_states(root, options.prunable_states); })
        .and_then([&] { return read_swallowed(root, options.policy); })
        .and_then([&] { return read_logged(root, options.policy); })
        .map([&] { return std::move(options); });
  }

  result<void> read_limit(const json& root, const char* member, time_limit& limit) const {
    const auto found = root.find(member);
    if (found == root.end())
      return {};
    if (!found->is_string())
      return refuse_type(pointer() / member, *found, "a string such as \"30s\" or \"infinity\"");
    const auto parsed = parse_time_limit(found->get_ref<const std::string&>());
    if (!parsed)
      return refuse(pointer() / member, parsed.error().message);
    limit = *parsed;
    return {};
  }

  result<void> read_prunable_states(const json& root, prunable_states& states) const {
    const auto found = root.find("prunable_states");
    if (found == root.end())
      return {};
    const auto at = pointer() / "prunable_states";
    if (found->is_string()) {
      const auto& name = found->get_ref<const std::string&>();
      const auto named = std::ranges::find(named_kinds, name, &named_kind::name);
      if (named == named_kinds.end())
        return refuse(at, in_quotes(name)
                              + " is not \"all\", \"terminal\" or \"none\"; write [\"STATE\"] for "
                                "the name of a state");
      states.which = named->kind;
      return {};
    }
    if (!found->is_array())
      return refuse_type(at, *found, "\"all\", \"terminal\", \"none\" or an array of states");
    states.which = prunable_states::kind::listed;
    for (std::size_t i = 0; i < found->size(); ++i) {
      auto name = read_name((*found)[i], at / i, "state");
      if (!name)
        return tl::unexpected(std::move(name).error());
      states.states.push_back(*std::move(name));
    }
    return {};
  }

  result<void> read_swallowed(const json& root, error_policy& policy) const {
    const auto found = root.find("swallow");
    if (found == root.end())
      return {};
    const auto at = pointer() / "swallow";
    if (!found->is_array())
      return refuse_type(at, *found, "an array of error codes");
    policy.swallowed.clear();
    for (std::size_t i = 0; i < found->size(); ++i) {
      const auto& value = (*found)[i];
      if (!value.is_string())
        return refuse_type(at / i, value, "an error code such as \"deviation_still_equivalent\"");
      const auto& name = value.get_ref<const std::string&>();
      const auto code = parse_ec(name);
      if (!code)
        return refuse(at / i, in_quotes(name)
                                  + " is no error code; write one such as "
                                    "\"deviation_still_equivalent\"");
      policy.swallowed.insert(*code);
    }
    return {};
  }

  result<void> read_logged(const json& root, error_policy& policy) const {
    const auto found = root.find("log");
    if (found == root.end())
      return {};
    const auto at = pointer() / "log";
    if (!found->is_object())
      return refuse_type(at, *found, "an object such as {\"deviation_not_equivalent\": \"error\"}");
    for (const auto& [name, value] : found->items()) {
      const auto code = parse_ec(name);
      if (!code)
        return refuse(at / name,
                      in_quotes(name)
                          + " is no error code; write one such as \"deviation_not_equivalent\"",
                      part::key);
      if (!value.is_string())
        return refuse_type(at / name, value, "a severity such as \"error\"");
      const auto& level = value.get_ref<const std::string&>();
      const auto parsed = parse_severity(level);
      if (!parsed)
        return refuse(at / name, in_quotes(level)
                                     + " is no severity; write \"off\", \"debug\", \"info\", "
                                       "\"warning\" or \"error\"");
      policy.logged.emplace(*code, *parsed);
    }
    return {};
  }

  // -- findings -----------------------------------------------------------------------------------

  [[nodiscard]] declared_specification check(specification spec) const {
    auto findings = check_specification(spec);
    if (findings.empty())
      return {std::move(spec), {}};
    const auto& prunable = spec.options().prunable_states.states;
    std::unordered_map<std::string_view, std::size_t> index_of;
    for (std::size_t i = 0; i < prunable.size(); ++i)
      index_of.try_emplace(prunable[i], i);
    const json_positions positions(text_);
    const line_index lines(text_);
    for (auto& finding : findings) {
      const auto at = finding.what == specification_finding::kind::unknown_prunable_state
                          ? pointer() / "prunable_states" / index_of.at(finding.state)
                          : first_mention_of(finding.state);
      const auto place = positions.find(at.to_string());
      locate(finding, source_, lines.of(place ? place->value : 0));
    }
    return {std::move(spec), std::move(findings)};
  }

  [[nodiscard]] pointer first_mention_of(const std::string& state) const {
    const auto& [index, end] = mentions_.at(state);
    return pointer() / "transitions" / index / end;
  }

  std::string_view text_;
  std::string_view source_;
  /// Where a state is first mentioned: the transition, and 0 for its source, 2 for its target.
  std::unordered_map<std::string, std::pair<std::size_t, std::size_t>> mentions_;
};

json to_json(const prunable_states& states) {
  if (states.which == prunable_states::kind::listed)
    return states.states;
  return std::ranges::find(named_kinds, states.which, &named_kind::kind)->name;
}

} // namespace

result<declared_specification> read_specification_json(std::string_view text,
                                                       std::string_view source) {
  return reader(text, source).read();
}

result<specification> parse_specification_json(std::string_view text, std::string_view source) {
  return read_specification_json(text, source).map([](declared_specification&& declared) {
    return std::move(declared.value);
  });
}

std::string to_json_text(const specification& spec) {
  const auto& options = spec.options();
  auto swallowed = json::array();
  for (const auto code : options.policy.swallowed)
    swallowed.push_back(to_string(code));
  auto transitions = json::array();
  for (const auto& step : spec.transitions())
    transitions.push_back(json::array({step.from, step.action, step.to}));
  json root{{"specification", spec.name()},
            {"transition_timeout", to_string(options.transition_timeout)},
            {"prune_timeout", to_string(options.prune_timeout)},
            {"prunable_states", to_json(options.prunable_states)},
            {"swallow", std::move(swallowed)}};
  for (const auto& [code, level] : options.policy.logged)
    root["log"][to_string(code)] = to_string(level);
  root["transitions"] = std::move(transitions);
  return root.dump(2) + "\n";
}

} // namespace lockstep
