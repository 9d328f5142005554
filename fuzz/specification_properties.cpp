#include "fuzz/specification_properties.hpp"

#include "fuzz/properties.hpp"
#include "model/workflow/mermaid.hpp"
#include "model/workflow/mermaid_reader.hpp"
#include "model/workflow/specification_json.hpp"

#include <iostream>

namespace lockstep::fuzz {

namespace {

void demand_same(const result<specification>& again, const specification& written,
                 std::string_view form) {
  if (!again)
    std::cerr << again.error().message << '\n';
  demand(again.has_value(), std::string("a specification is read back from ").append(form));
  demand(*again == written,
         std::string("a specification is read back from ").append(form).append(" as it was"));
}

} // namespace

void demand_declared(std::string_view text, const result<declared_specification>& read) {
  if (!read) {
    demand_message(read.error(), ec::invalid_specification);
    demand(read.error().context.contains("column"), "the error has a place");
    demand_place_in(text, read.error());
    return;
  }
  for (const auto& finding : read->findings) {
    demand_message(finding.message);
    if (finding.at)
      demand_place_in(text, finding.at->line, finding.at->column);
  }
  const auto& spec = read->value;
  demand(!spec.transitions().empty(), "a specification that was read has a transition");
  demand(spec.initial_state() == spec.transitions().front().from,
         "the first transition's source is the initial state");
  demand_same(parse_specification_json(to_json_text(spec), "s.json"), spec, "JSON");
  demand_same(parse_specification_mermaid(to_mermaid(spec), "s.mmd"), spec, "its picture");
}

} // namespace lockstep::fuzz
