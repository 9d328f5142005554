#pragma once

#include "model/workflow/specification.hpp"
#include "model/workflow/transition.hpp"

#include <rapidcheck.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace lockstep::test {

/// A name of a state or an action: from letters only to what is hardest on the text forms.
inline rc::Gen<std::string> any_name() {
  const auto piece = rc::gen::element<std::string>(
      "a", "b", "new", "paid", "nil", "state", "end", " ", "_", "__", "\"", "\\", ":", ";", "#",
      "--", "-->", "[", "]", "[*]", "->", "{", "}", "%%", "<b>", "ü", "状態", "\xC2\xA0", "1", ".",
      "direction", "LR", "#35;", "s1", "s2", "note", "'", "`", "*");
  const auto joined = rc::gen::map(rc::gen::container<std::vector<std::string>>(piece),
                                   [](const std::vector<std::string>& pieces) {
                                     std::string name;
                                     for (const auto& text : pieces)
                                       name += text;
                                     return name;
                                   });
  return rc::gen::suchThat(joined,
                           [](const std::string& name) { return bool(check_name("state", name)); });
}

/// A transition that is no initialisation, half of the time between few and simple names.
inline rc::Gen<transition> any_transition() {
  const auto simple = rc::gen::element<std::string>("new", "paid", "shipped", "a b");
  const auto name = rc::gen::oneOf(simple, any_name());
  return rc::gen::construct<transition>(name, name, name);
}

inline rc::Gen<specification_options> any_specification_options() {
  return rc::gen::exec([] {
    const auto limit = [] {
      return *rc::gen::arbitrary<bool>() ? time_limit{duration(*rc::gen::positive<std::int64_t>())}
                                         : time_limit{};
    };
    specification_options options;
    options.transition_timeout = limit();
    options.prune_timeout = limit();
    using kind = prunable_states::kind;
    options.prunable_states.which =
        *rc::gen::element(kind::none, kind::all, kind::terminal, kind::listed);
    if (options.prunable_states.which == kind::listed)
      options.prunable_states.states = *rc::gen::container<std::vector<std::string>>(any_name());
    const auto code = rc::gen::map(rc::gen::inRange(1, static_cast<int>(last_ec) + 1),
                                   [](int number) { return static_cast<ec>(number); });
    const auto level = rc::gen::element(severity::off, severity::debug, severity::info,
                                        severity::warning, severity::error);
    // Not containers of unique values: there are too few codes for large ones.
    for (const auto one : *rc::gen::container<std::vector<ec>>(code))
      options.policy.swallowed.insert(one);
    for (const auto one : *rc::gen::container<std::vector<ec>>(code))
      options.policy.logged.emplace(one, *level);
    return options;
  });
}

/// With at least one transition.
inline rc::Gen<specification> any_specification() {
  return rc::gen::exec([] {
    const auto transitions =
        *rc::gen::nonEmpty(rc::gen::container<std::vector<transition>>(any_transition()));
    return specification::make(*any_name(), transitions, *any_specification_options()).value();
  });
}

} // namespace lockstep::test
