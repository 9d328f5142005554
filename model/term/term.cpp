#include "model/term/term.hpp"

#include "model/term/phash2.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace lockstep {

// -- representation -------------------------------------------------------------------------------

struct term::sequence {
  std::vector<term> elements;
  /// Of an improper list only; never a list itself.
  std::optional<term> tail;
};

struct term::map_node {
  std::vector<entry> entries;
};

// -- construction ---------------------------------------------------------------------------------

term::term(const lockstep::big_integer& value) {
  if (const auto small = value.to_int64())
    *this = term{*small};
  else
    *this = term{kind::big_integer, std::make_shared<const lockstep::big_integer>(value)};
}

term::term(double value) : type_(kind::floating), float_(value == 0 ? 0.0 : value) {
  assert(std::isfinite(value));
}

term::term(lockstep::atom value)
    : term(kind::atom, std::make_shared<const lockstep::atom>(std::move(value))) {}

term::term(std::string bytes) : term(lockstep::bitstring{std::move(bytes)}) {}

term::term(std::string_view bytes) : term(std::string{bytes}) {}

term::term(const char* bytes) : term(std::string{bytes}) {}

term::term(lockstep::bitstring bits) {
  assert(bits.last_byte_bits >= 1 && bits.last_byte_bits <= 8);
  if (bits.bytes.empty())
    bits.last_byte_bits = 8;
  else if (bits.last_byte_bits < 8)
    bits.bytes.back() = static_cast<char>(static_cast<unsigned char>(bits.bytes.back())
                                          & (0xFFU << (8U - bits.last_byte_bits)));
  type_ = kind::bitstring;
  node_ = std::make_shared<const lockstep::bitstring>(std::move(bits));
}

term term::tuple(std::vector<term> elements) {
  return {kind::tuple, std::make_shared<const sequence>(sequence{std::move(elements), {}})};
}

term term::list(std::vector<term> elements) {
  if (elements.empty())
    return {};
  return {kind::list, std::make_shared<const sequence>(sequence{std::move(elements), {}})};
}

term term::improper_list(std::vector<term> elements, term tail) {
  if (elements.empty())
    return tail;
  if (!tail.is_list())
    return {kind::list,
            std::make_shared<const sequence>(sequence{std::move(elements), std::move(tail)})};
  const auto rest = tail.elements();
  elements.insert(elements.end(), rest.begin(), rest.end());
  if (const auto* last = tail.improper_tail())
    return improper_list(std::move(elements), *last);
  return list(std::move(elements));
}

term term::map(std::vector<entry> entries) {
  const auto before = [](const entry& lhs, const entry& rhs) { return lhs.first < rhs.first; };
  std::stable_sort(entries.begin(), entries.end(), before);
  // From the back, so that of equal keys the last one stays.
  const auto same = [](const entry& lhs, const entry& rhs) { return lhs.first == rhs.first; };
  const auto kept = std::unique(entries.rbegin(), entries.rend(), same);
  entries.erase(entries.begin(), kept.base());
  return {kind::map, std::make_shared<const map_node>(map_node{std::move(entries)})};
}

// -- inspection -----------------------------------------------------------------------------------

std::optional<std::string_view> term::as_binary() const noexcept {
  const auto* bits = as_bitstring();
  if (bits == nullptr || bits->last_byte_bits != 8)
    return std::nullopt;
  return bits->bytes;
}

std::span<const term> term::elements() const noexcept {
  if (type_ != kind::tuple && type_ != kind::list)
    return {};
  return node<sequence>()->elements;
}

const term* term::improper_tail() const noexcept {
  if (type_ != kind::list)
    return nullptr;
  const auto& tail = node<sequence>()->tail;
  return tail ? &*tail : nullptr;
}

std::span<const term::entry> term::entries() const noexcept {
  if (type_ != kind::map)
    return {};
  return node<map_node>()->entries;
}

// -- hash -----------------------------------------------------------------------------------------

std::size_t hash_value(const term& value) noexcept {
  if (const auto* bits = value.as_bitstring())
    return std::hash<std::string>{}(bits->bytes); // quicker, and most keys are binaries
  return phash2(value, std::uint64_t{1} << 32);
}

} // namespace lockstep
