#include "model/term/term_pattern.hpp"

#include <algorithm>

namespace lockstep {

namespace {

bool matches_anything(const term& pattern) {
  const auto* name = pattern.as_atom();
  return name != nullptr && name->name == "_";
}

bool elements_match(const term& pattern, const term& value) {
  return std::ranges::equal(pattern.elements(), value.elements(), matches);
}

bool tails_match(const term& pattern, const term& value) {
  const auto* expected = pattern.improper_tail();
  const auto* found = value.improper_tail();
  if (expected == nullptr || found == nullptr)
    return expected == found || (expected != nullptr && matches(*expected, term{}));
  return matches(*expected, *found);
}

bool lists_match(const term& pattern, const term& value) {
  if (pattern.elements().size() == value.elements().size())
    return elements_match(pattern, value) && tails_match(pattern, value);
  // `[a | _]` matches a longer list, whose rest is the tail's.
  const auto* tail = pattern.improper_tail();
  const auto count = pattern.elements().size();
  if (tail == nullptr || !matches_anything(*tail) || count > value.elements().size())
    return false;
  return std::ranges::equal(pattern.elements(), value.elements().first(count), matches);
}

bool maps_match(const term& pattern, const term& value) {
  return std::ranges::all_of(pattern.entries(), [&](const term::entry& expected) {
    const auto found =
        std::ranges::lower_bound(value.entries(), expected.first, {}, &term::entry::first);
    return found != value.entries().end() && found->first == expected.first
           && matches(expected.second, found->second);
  });
}

} // namespace

bool matches(const term& pattern, const term& value) {
  if (matches_anything(pattern))
    return true;
  if (pattern.is_tuple() && value.is_tuple())
    return elements_match(pattern, value);
  if (pattern.is_list() && value.is_list())
    return lists_match(pattern, value);
  if (pattern.is_map() && value.is_map())
    return maps_match(pattern, value);
  return pattern == value;
}

} // namespace lockstep
