#include "fuzz/event_properties.hpp"
#include "fuzz/properties.hpp"

using namespace lockstep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = fuzz::text_of(data, size);
  input_options options;
  options.format = input_format::jsonl;
  options.fields = {"/id", "/a/0", "/s~1t", "/at", "/op"};
  options.actions = {{"none", ""}, {"payed", "pay"}};
  options.states = {{"pay", "paid"}};
  fuzz::vary(options, input);
  fuzz::demand_events(options, input);
  return 0;
}
