#pragma once

#include "model/workflow/specification.hpp"
#include "model/workflow/transition.hpp"

#include <rapidcheck.h>

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

} // namespace lockstep::test
