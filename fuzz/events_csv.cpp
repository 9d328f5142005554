#include "fuzz/event_properties.hpp"
#include "fuzz/properties.hpp"

using namespace lockstep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = fuzz::text_of(data, size);
  input_options options;
  options.format = input_format::csv;
  options.fields = {"id", "action", "state", "at", "op"};
  options.actions = {{"none", ""}, {"payed", "pay"}};
  options.states = {{"pay", "paid"}};
  fuzz::vary(options, input);
  // Without all columns most headers would do for nothing.
  for (auto* column : {&options.fields.state, &options.fields.timestamp, &options.fields.operation})
    if (input.substr(0, input.find('\n')).find(**column) == std::string_view::npos)
      column->reset();
  fuzz::demand_events(options, input);
  return 0;
}
