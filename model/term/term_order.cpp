// Erlang's term order, see "Term Comparisons" in the Erlang reference manual. Recursion is as deep
// as the terms are, so the functions that take part in it keep little on the stack.

#include "model/term/term.hpp"

#include <algorithm>
#include <cmath>

namespace lockstep {

namespace {

/// The class a term belongs to; the classes follow each other in the order of terms.
int order_class(term::kind type) noexcept {
  switch (type) {
  case term::kind::integer:
  case term::kind::big_integer:
  case term::kind::floating:
    return 0;
  default:
    return static_cast<int>(type);
  }
}

std::strong_ordering reversed(std::strong_ordering order) noexcept { return 0 <=> order; }

/// By exact value.
std::strong_ordering compare_values(std::int64_t integer, double value) noexcept {
  constexpr double two_to_63 = 9'223'372'036'854'775'808.0;
  if (value >= two_to_63)
    return std::strong_ordering::less;
  if (value < -two_to_63)
    return std::strong_ordering::greater;
  const auto whole = std::trunc(value);
  if (const auto order = integer <=> static_cast<std::int64_t>(whole); order != 0)
    return order;
  if (value == whole)
    return std::strong_ordering::equal;
  return value > whole ? std::strong_ordering::less : std::strong_ordering::greater;
}

/// An integer against a float: of equal values, the integer comes first.
std::strong_ordering compare_to_float(const term& integer, double value) noexcept {
  const auto* small = integer.as_integer();
  const auto order =
      small != nullptr ? compare_values(*small, value) : integer.as_big_integer()->compare(value);
  return order != 0 ? order : std::strong_ordering::less;
}

std::strong_ordering compare_numbers(const term& lhs, const term& rhs) noexcept {
  const auto* lhs_float = lhs.as_float();
  const auto* rhs_float = rhs.as_float();
  if (lhs_float != nullptr && rhs_float != nullptr) {
    if (*lhs_float == *rhs_float)
      return std::strong_ordering::equal;
    return *lhs_float < *rhs_float ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  if (rhs_float != nullptr)
    return compare_to_float(lhs, *rhs_float);
  if (lhs_float != nullptr)
    return reversed(compare_to_float(rhs, *lhs_float));
  const auto* lhs_small = lhs.as_integer();
  const auto* rhs_small = rhs.as_integer();
  if (lhs_small != nullptr && rhs_small != nullptr)
    return *lhs_small <=> *rhs_small;
  if (lhs_small == nullptr && rhs_small == nullptr)
    return *lhs.as_big_integer() <=> *rhs.as_big_integer();
  // A big integer lies beyond every small one, on the side of its sign.
  if (lhs_small != nullptr)
    return rhs.as_big_integer()->is_negative() ? std::strong_ordering::greater
                                               : std::strong_ordering::less;
  return lhs.as_big_integer()->is_negative() ? std::strong_ordering::less
                                             : std::strong_ordering::greater;
}

/// Bit by bit; a prefix comes first. Unused bits are zero, so bytes can be compared.
std::strong_ordering compare_bits(const bitstring& lhs, const bitstring& rhs) noexcept {
  if (const auto order = lhs.bytes <=> rhs.bytes; order != 0)
    return order;
  return lhs.last_byte_bits <=> rhs.last_byte_bits;
}

std::strong_ordering compare_elements(std::span<const term> lhs, std::span<const term> rhs,
                                      std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i)
    if (const auto order = lhs[i] <=> rhs[i]; order != 0)
      return order;
  return std::strong_ordering::equal;
}

/// Where a list ends: `[]` or the tail of an improper one.
const term& end_of(const term& list) noexcept {
  static const term nil{};
  const auto* tail = list.improper_tail();
  return tail != nullptr ? *tail : nil;
}

std::strong_ordering compare_lists(const term& lhs, const term& rhs) noexcept {
  const auto lhs_size = lhs.elements().size();
  const auto rhs_size = rhs.elements().size();
  const auto common = std::min(lhs_size, rhs_size);
  if (const auto order = compare_elements(lhs.elements(), rhs.elements(), common); order != 0)
    return order;
  if (lhs_size == rhs_size)
    return end_of(lhs) <=> end_of(rhs);
  // One goes on as a list, the other ends; its end is no list with elements.
  const auto list_class = order_class(term::kind::list);
  return lhs_size < rhs_size ? order_class(end_of(lhs).type()) <=> list_class
                             : list_class <=> order_class(end_of(rhs).type());
}

std::strong_ordering compare_maps(std::span<const term::entry> lhs,
                                  std::span<const term::entry> rhs) noexcept {
  if (lhs.size() != rhs.size())
    return lhs.size() <=> rhs.size();
  for (std::size_t i = 0; i < lhs.size(); ++i)
    if (const auto order = lhs[i].first <=> rhs[i].first; order != 0)
      return order;
  for (std::size_t i = 0; i < lhs.size(); ++i)
    if (const auto order = lhs[i].second <=> rhs[i].second; order != 0)
      return order;
  return std::strong_ordering::equal;
}

} // namespace

std::strong_ordering operator<=>(const term& lhs, const term& rhs) noexcept {
  // Most terms that are compared are binaries: identifiers in tables.
  if (lhs.type() == term::kind::bitstring && rhs.type() == term::kind::bitstring)
    return compare_bits(*lhs.as_bitstring(), *rhs.as_bitstring());
  const auto lhs_class = order_class(lhs.type());
  const auto rhs_class = order_class(rhs.type());
  if (lhs_class != rhs_class)
    return lhs_class <=> rhs_class;
  switch (lhs.type()) {
  case term::kind::integer:
  case term::kind::big_integer:
  case term::kind::floating:
    return compare_numbers(lhs, rhs);
  case term::kind::atom:
    return lhs.as_atom()->name <=> rhs.as_atom()->name;
  case term::kind::tuple: {
    const auto size = lhs.elements().size();
    if (size != rhs.elements().size())
      return size <=> rhs.elements().size();
    return compare_elements(lhs.elements(), rhs.elements(), size);
  }
  case term::kind::map:
    return compare_maps(lhs.entries(), rhs.entries());
  case term::kind::nil:
    return std::strong_ordering::equal;
  case term::kind::list:
    return compare_lists(lhs, rhs);
  case term::kind::bitstring:
    return compare_bits(*lhs.as_bitstring(), *rhs.as_bitstring());
  }
  return std::strong_ordering::equal;
}

} // namespace lockstep
