#include "app/comparison/recorded_pair.hpp"

#include "app/input/json_slice.hpp"
#include "model/workflow/transition.hpp"

#include <string>
#include <unordered_map>
#include <utility>

#include <nlohmann/json.hpp>

namespace lockstep {

namespace {

using json = nlohmann::json;

/// The pair, a system, its transitions, one of them, and what a name should be instead.
constexpr int deepest_level = 4;

constexpr const char* form = R"(; a pair is {"a": SYSTEM, "b": SYSTEM, "tau": ACTION, )"
                             R"("branching_bisimilar": true or false})";
constexpr const char* system_form =
    R"(; a system is {"initial": STATE, "transitions": [[STATE, ACTION, STATE], …]})";

tl::unexpected<failure> refuse(const std::string& reason, const char* expected) {
  return fail(ec::invalid_input, reason + expected);
}

/// A member of an object; null if there is none.
const json* member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

/// Numbers the actions of one pair.
class pair_labels {
public:
  pair_labels(std::string tau, label_table& labels) : tau_(std::move(tau)), labels_(labels) {}

  [[nodiscard]] lts::label of(const std::string& action) const {
    if (action == tau_)
      return lts::tau;
    return labels_.of(action == internal_action ? action + " (visible)" : action);
  }

private:
  std::string tau_;
  label_table& labels_;
};

/// Numbers the states of one system in order of appearance, the initial one first.
class state_numbers {
public:
  lts::state of(const std::string& name) {
    const auto next = static_cast<lts::state>(names_.size());
    const auto [known, is_new] = numbers_.try_emplace(name, next);
    if (is_new)
      names_.push_back(name);
    return known->second;
  }

  [[nodiscard]] std::vector<std::string> take() && { return std::move(names_); }

private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, lts::state> numbers_;
};

result<named_system> read_system(const json& pair, const char* name, const pair_labels& labels) {
  const std::string place = name;
  const auto* object = member(pair, name);
  if (object == nullptr)
    return refuse("\"" + place + "\" is missing", form);
  if (!object->is_object())
    return refuse("\"" + place + "\" is no object", system_form);
  const auto* initial = member(*object, "initial");
  if (initial == nullptr || !initial->is_string())
    return refuse(place + ".initial " + (initial ? "is no string" : "is missing"), system_form);
  const auto* transitions = member(*object, "transitions");
  if (transitions == nullptr || !transitions->is_array())
    return refuse(place + ".transitions " + (transitions ? "is no list" : "is missing"),
                  system_form);

  named_system read;
  state_numbers states;
  read.system.initial = states.of(initial->get_ref<const std::string&>());
  read.system.edges.reserve(transitions->size());
  for (std::size_t i = 0; i < transitions->size(); ++i) {
    const auto& step = (*transitions)[i];
    if (!step.is_array() || step.size() != 3 || !step[0].is_string() || !step[1].is_string()
        || !step[2].is_string())
      return refuse(place + ".transitions[" + std::to_string(i) + "] is no list of three strings",
                    system_form);
    const auto from = states.of(step[0].get_ref<const std::string&>());
    const auto action = labels.of(step[1].get_ref<const std::string&>());
    read.system.edges.push_back({from, action, states.of(step[2].get_ref<const std::string&>())});
  }
  read.state_names = std::move(states).take();
  read.system.state_count = static_cast<lts::state>(read.state_names.size());
  return read;
}

} // namespace

result<recorded_pair> parse_recorded_pair(std::string_view text, label_table& labels) {
  if (const auto problem = check_json(text))
    return refuse("no JSON at column " + std::to_string(problem->column) + ": " + problem->reason,
                  form);
  const auto not_too_deep = [](int depth, json::parse_event_t, const json&) {
    return depth <= deepest_level;
  };
  const auto object = json::parse(text, not_too_deep, false);
  if (!object.is_object())
    return refuse("this is no object", form);
  std::string tau{internal_action};
  if (const auto* given = member(object, "tau")) {
    if (!given->is_string())
      return refuse("\"tau\" is no string", form);
    tau = given->get_ref<const std::string&>();
  }
  const auto* verdict = member(object, "branching_bisimilar");
  if (verdict == nullptr || !verdict->is_boolean())
    return refuse(std::string{"\"branching_bisimilar\" is "}
                      + (verdict ? "neither true nor false" : "missing"),
                  form);
  const pair_labels known(std::move(tau), labels);
  auto a = read_system(object, "a", known);
  if (!a)
    return tl::unexpected(std::move(a.error()));
  auto b = read_system(object, "b", known);
  if (!b)
    return tl::unexpected(std::move(b.error()));
  return recorded_pair{*std::move(a), *std::move(b), verdict->get<bool>()};
}

} // namespace lockstep
