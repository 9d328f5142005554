#include "model/term/term_json.hpp"
#include "fuzz/properties.hpp"
#include "fuzz/term_properties.hpp"

using namespace lockstep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (const auto value = parse_term_json(fuzz::text_of(data, size)))
    fuzz::demand_forms_agree(*value);
  else
    fuzz::demand_message(value.error(), ec::invalid_term);
  return 0;
}
