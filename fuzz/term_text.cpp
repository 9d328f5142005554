#include "model/term/term_text.hpp"
#include "fuzz/properties.hpp"
#include "fuzz/term_properties.hpp"

using namespace lockstep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  if (const auto value = parse_term(text)) {
    fuzz::demand_forms_agree(*value);
  } else {
    fuzz::demand_message(value.error(), ec::invalid_term);
    fuzz::demand_place_in(text, value.error(), fuzz::columns::characters);
  }
  return 0;
}
