#include "model/with_commas.hpp"

#include <cstddef>

namespace lockstep {

std::string with_commas(std::uint64_t number) {
  auto text = std::to_string(number);
  for (auto i = static_cast<std::ptrdiff_t>(text.size()) - 3; i > 0; i -= 3)
    text.insert(static_cast<std::size_t>(i), ",");
  return text;
}

} // namespace lockstep
