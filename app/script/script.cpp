#include "app/script/script.hpp"

#include "app/input/quoted.hpp"
#include "app/input/section_reader.hpp"
#include "model/term/term_text.hpp"
#include "model/workflow/specification.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

namespace lockstep {

namespace {

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

  /// Text is a binary, or with `as = "term"` Erlang text; a whole number is an integer.
  term identifier(std::string_view name) {
    if (auto number = section_.is_integer(name) ? section_.integer(name) : std::nullopt)
      return *number;
    auto written = section_.text(name).value_or("");
    auto as = section_.text("as").value_or("binary");
    if (as == "binary")
      return term{written};
    if (as != "term") {
      section_.refuse("as", lockstep::quoted(as) + " is none of \"binary\", \"term\"");
      return {};
    }
    auto parsed = parse_term(written);
    if (!parsed)
      section_.refuse(name, parsed.error().message);
    return parsed.value_or(term{});
  }

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

const std::vector<call_kind>& call_kinds() {
  static const std::vector<call_kind> kinds{
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
  return kinds;
}

std::string all_keys() {
  std::string keys;
  for (const auto& kind : call_kinds())
    keys.append(keys.empty() ? "" : ", ").append(kind.key);
  return keys;
}

script_step read_step(section_reader& section, std::size_t number) {
  auto kind = std::find_if(call_kinds().begin(), call_kinds().end(),
                           [&](const call_kind& one) { return section.has(one.key); });
  if (kind == call_kinds().end()) {
    section.refuse("it names no call; calls are " + all_keys());
    return {};
  }
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
