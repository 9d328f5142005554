#include "fuzz/properties.hpp"
#include "model/workflow/mermaid.hpp"
#include "model/workflow/spex_text.hpp"

using namespace lockstep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  if (const auto model = parse_spex_text(text, "m.spex")) {
    const auto written = to_spex_text(*model);
    const auto again = parse_spex_text(written, "m.spex");
    fuzz::demand(again.has_value(), "a written model can be read");
    fuzz::demand(*again == *model, "a written model is read as the same model");
    fuzz::demand(to_spex_text(*again) == written, "a model is written the same each time");
    fuzz::demand(!to_mermaid(*model).empty(), "a model can be drawn");
  } else {
    fuzz::demand_message(model.error(), ec::invalid_spex_file);
    // What is missing is missed in a line that need not be there.
    const auto* line = model.error().context.at("line").as_integer();
    fuzz::demand(line != nullptr && *line >= 1, "the error has a line");
    if (*line > 3)
      fuzz::demand_place_in(text, model.error());
  }
  return 0;
}
