#include "fuzz/event_properties.hpp"
#include "fuzz/properties.hpp"

using namespace lockstep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = fuzz::text_of(data, size);
  input_options options;
  options.rules = {
      {R"((?P<timestamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+).*\[instance: (?P<identifier>[^]]+)\] VM (?P<action>\w+))",
       "", ""},
      {R"(id=(?P<identifier>\S*) action=(?P<action>.*?) state=(?P<state>\S*)( at=(?P<timestamp>.*?))?( op=(?P<operation>\S*))?$)",
       "", ""},
      {R"(delete (?P<identifier>.+))", "delete", "deleted"},
  };
  options.actions = {{"none", ""}, {"payed", "pay"}};
  options.states = {{"pay", "paid"}};
  fuzz::vary(options, input);
  fuzz::demand_events(options, input);
  return 0;
}
