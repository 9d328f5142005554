#include "model/term/open_container.hpp"

namespace lockstep {

term open_container::close() {
  switch (type) {
  case shape::tuple:
    return term::tuple(std::move(items));
  case shape::list: {
    if (!has_tail)
      return term::list(std::move(items));
    auto tail = std::move(items.back());
    items.pop_back();
    return term::improper_list(std::move(items), std::move(tail));
  }
  case shape::map: {
    std::vector<term::entry> entries;
    entries.reserve(items.size() / 2);
    for (std::size_t i = 0; i + 1 < items.size(); i += 2)
      entries.emplace_back(std::move(items[i]), std::move(items[i + 1]));
    return term::map(std::move(entries));
  }
  }
  return {};
}

} // namespace lockstep
