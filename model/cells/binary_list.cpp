#include "model/cells/binary_list.hpp"

#include "model/term/term_text.hpp"

#include <utility>

namespace lockstep {

term to_term(const binary_list& list) { return term::list({list.parts.begin(), list.parts.end()}); }

result<binary_list> to_binary_list(const term& value) {
  const auto refused = [&] {
    return fail(ec::invalid_argument, to_text(value) + " is no key; give a list of binaries",
                {{"key", value}});
  };
  if (!value.is_list() || value.improper_tail() != nullptr)
    return refused();
  binary_list list;
  for (const auto& element : value.elements()) {
    const auto bytes = element.as_binary();
    if (!bytes)
      return refused();
    list.parts.emplace_back(*bytes);
  }
  return list;
}

std::string to_text(const binary_list& list) { return to_text(to_term(list)); }

std::size_t hash_value(const binary_list& list) noexcept {
  // Mixed after each part, so that where one ends and the next begins counts.
  std::uint64_t hash = list.parts.size();
  for (const auto& part : list.parts) {
    hash = (hash ^ std::hash<std::string>{}(part)) * 0x9E3779B97F4A7C15U;
    hash ^= hash >> 32U;
  }
  return static_cast<std::size_t>(hash);
}

} // namespace lockstep
