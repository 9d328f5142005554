#include "app/script/script.hpp"

#include "app/script/call_reader.hpp"
#include "model/edit_distance.hpp"
#include "model/workflow/specification.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <utility>

namespace lockstep {

namespace {

std::optional<std::uint64_t> optional_number(call_reader& call, std::string_view name) {
  if (!call.section().has(name))
    return std::nullopt;
  return call.number(name, 0);
}

script_call read_expect_count(call_reader& call) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kinds{
      {{"instances", "instances"},
       {"steps", "steps"},
       {"deviations", "deviations"},
       {"late", "late"}}};
  auto what = call.section().choice<std::string_view>("expect-count", kinds);
  if (what == "deviations")
    for (const auto* option : {"specification", "state"})
      if (call.section().has(option))
        call.section().refuse(option, "deviations are counted for the whole store; remove it");
  if (!call.section().has("is"))
    call.section().refuse("is", "it is missing");
  return script::expect_count{std::string(what.value_or("")), call.number("is", 0),
                              call.text("specification"), call.text("state")};
}

std::vector<call_kind> own_call_kinds() {
  return {
      {"init",
       {"specification", "state", "meta", "as", "async", "operation"},
       [](call_reader& call) -> script_call {
         return script::init{call.identifier("init"), call.required_text("specification"),
                             call.text("state"),      call.meta(),
                             call.flag("async"),      call.text("operation")};
       }},
      {"transition",
       {"action", "to", "as", "async", "operation"},
       [](call_reader& call) -> script_call {
         return script::transition{call.identifier("transition"), call.required_text("action"),
                                   call.required_text("to"), call.flag("async"),
                                   call.text("operation")};
       }},
      {"mock",
       {"specification", "state", "meta", "as", "operation"},
       [](call_reader& call) -> script_call {
         return script::mock{call.identifier("mock"), call.required_text("specification"),
                             call.required_text("state"), call.meta(), call.text("operation")};
       }},
      {"get",
       {"as"},
       [](call_reader& call) -> script_call { return script::get{call.identifier("get")}; }},
      {"list",
       {"state", "idle", "limit"},
       [](call_reader& call) -> script_call {
         return script::list{call.filter("list"), call.number("limit", 20)};
       }},
      {"delete-all",
       {"state", "idle", "operation"},
       [](call_reader& call) -> script_call {
         return script::remove_all{call.filter("delete-all"), call.text("operation")};
       }},
      {"declare",
       {"operation"},
       [](call_reader& call) -> script_call {
         return script::declare{call.required_text("declare"), call.text("operation")};
       }},
      {"specifications",
       {},
       [](call_reader& call) -> script_call {
         (void)call.flag("specifications");
         return script::specifications{};
       }},
      {"models",
       {},
       [](call_reader& call) -> script_call {
         (void)call.flag("models");
         return script::models{};
       }},
      {"delete",
       {"as", "operation"},
       [](call_reader& call) -> script_call {
         return script::remove{call.identifier("delete"), call.text("operation")};
       }},
      {"export",
       {},
       [](call_reader& call) -> script_call { return script::export_models{call.text("export")}; }},
      {"wait",
       {},
       [](call_reader& call) -> script_call { return script::wait{call.time("wait")}; }},
      {"summary",
       {},
       [](call_reader& call) -> script_call {
         (void)call.flag("summary");
         return script::summary{};
       }},
      {"generate",
       {"specification", "prefix", "deviating", "late", "seed"},
       [](call_reader& call) -> script_call {
         return script::generate{call.number("generate", 0), call.required_text("specification"),
                                 call.text("prefix"),        call.percent("deviating"),
                                 call.percent("late"),       call.number("seed", 1)};
       }},
      {"expect",
       {"state", "steps", "absent", "as"},
       [](call_reader& call) -> script_call {
         return script::expect_instance{call.identifier("expect"), call.section().text("state"),
                                        optional_number(call, "steps"),
                                        call.section().boolean("absent").value_or(false)};
       }},
      {"expect-count", {"is", "specification", "state"}, read_expect_count},
  };
}

const std::vector<call_kind>& call_kinds() {
  static const std::vector<call_kind> kinds = [] {
    auto all = own_call_kinds();
    std::ranges::move(keyed_call_kinds(), std::back_inserter(all));
    return all;
  }();
  return kinds;
}

std::string all_keys() {
  std::string keys;
  for (const auto& kind : call_kinds())
    keys.append(keys.empty() ? "" : ", ").append(kind.key);
  return keys;
}

/// Says that no call is named, and which one may be meant.
void refuse_nameless(section_reader& section) {
  std::vector<std::string> keys;
  for (const auto& kind : call_kinds())
    keys.emplace_back(kind.key);
  for (const auto& name : section.names())
    if (const auto near = nearest_name(name, keys))
      return section.refuse("it names no call; " + lockstep::quoted(name) + " may be meant as "
                            + lockstep::quoted(*near));
  section.refuse("it names no call; calls are " + all_keys());
}

/// The call that a step names; null, and a problem, if it does not name one.
const call_kind* find_kind(section_reader& section) {
  const call_kind* found = nullptr;
  for (const auto& kind : call_kinds()) {
    if (!section.has(kind.key))
      continue;
    if (found != nullptr) {
      section.refuse("it names two calls, " + lockstep::quoted(found->key) + " and "
                     + lockstep::quoted(kind.key) + "; make each a step of its own");
      return nullptr;
    }
    found = &kind;
  }
  if (found == nullptr)
    refuse_nameless(section);
  return found;
}

script_step read_step(section_reader& section, std::size_t number) {
  const auto* kind = find_kind(section);
  if (kind == nullptr)
    return {};
  auto names = kind->options;
  names.push_back(kind->key);
  names.push_back("fails");
  names.push_back("or-stop");
  section.allow_only(names);
  call_reader call{section};
  script_step step{number, kind->read(call), std::nullopt, call.flag("or-stop")};
  if (auto name = section.text("fails")) {
    step.fails = parse_ec(*name);
    if (!step.fails)
      section.refuse("fails", lockstep::quoted(*name) + " is no error code");
  }
  return step;
}

} // namespace

result<std::vector<script_step>> parse_script(const caf::settings& section,
                                              std::string_view where) {
  section_reader own{section, where};
  std::vector<script_step> steps;
  for (const auto& one : own.sections("script")) {
    auto number = steps.size() + 1;
    section_reader step{one, std::string(where) + ": script step " + std::to_string(number)};
    steps.push_back(read_step(step, number));
    if (step.problem())
      return tl::unexpected(*step.problem());
  }
  if (own.problem())
    return tl::unexpected(*own.problem());
  return steps;
}

} // namespace lockstep
