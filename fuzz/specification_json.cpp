#include "model/workflow/specification_json.hpp"
#include "fuzz/properties.hpp"
#include "fuzz/specification_properties.hpp"

using namespace lockstep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  fuzz::demand_declared(text, read_specification_json(text, "s.json"));
  return 0;
}
