#include "fuzz/properties.hpp"
#include "model/bisimulation/aut_reader.hpp"
#include "model/bisimulation/aut_writer.hpp"

#include <sstream>

using namespace lockstep;

namespace {

result<lts> read(const std::string& text, label_table& labels, std::uint64_t size) {
  std::istringstream in{text};
  return read_aut(in, labels, {.source = "s.aut", .size = size});
}

void demand_same(const lts& lhs, const lts& rhs) {
  fuzz::demand(lhs.state_count == rhs.state_count && lhs.initial == rhs.initial
                   && lhs.edges == rhs.edges,
               "a system is read back as it was written");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{fuzz::text_of(data, size)};
  label_table labels;
  const auto system = read(text, labels, 0);
  label_table other_labels;
  const auto with_size = read(text, other_labels, size);
  fuzz::demand(system.has_value() == with_size.has_value(), "the size is only a hint");
  if (!system) {
    fuzz::demand_message(system.error(), ec::invalid_input);
    fuzz::demand_place_in(text, system.error());
    fuzz::demand(system.error() == with_size.error(), "the size does not change the error");
    return 0;
  }
  demand_same(*system, *with_size);
  fuzz::demand(system->initial < system->state_count, "the initial state is one of the states");
  for (const auto& [from, action, to] : system->edges)
    fuzz::demand(from < system->state_count && to < system->state_count && action < labels.size(),
                 "the numbers of a transition are in range");
  std::ostringstream out;
  const auto written = write_aut(out, *system, labels);
  fuzz::demand(written.has_value(), "what was read can be written");
  label_table labels_again;
  const auto again = read(out.str(), labels_again, 0);
  fuzz::demand(again.has_value(), "what was written can be read");
  demand_same(*again, *system);
  for (lts::label label = 0; label < labels.size(); ++label)
    fuzz::demand(labels.name(label) == labels_again.name(label), "labels are written as they are");
  return 0;
}
