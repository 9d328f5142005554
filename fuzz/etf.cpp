#include "fuzz/properties.hpp"
#include "fuzz/term_properties.hpp"
#include "model/term/external_term_format.hpp"

using namespace lockstep;

// The bytes need not come back as they were: the same term may be written in several ways, and
// `encode_etf` writes one of them. `demand_forms_agree` has it that this one is stable.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (const auto value = decode_etf(fuzz::text_of(data, size))) {
    fuzz::demand_forms_agree(*value);
  } else {
    fuzz::demand_message(value.error(), ec::invalid_term);
    const auto* offset = value.error().context.at("offset").as_integer();
    fuzz::demand(offset != nullptr && *offset >= 0 && static_cast<std::uint64_t>(*offset) <= size,
                 "the offset of the error is in the bytes");
  }
  return 0;
}
