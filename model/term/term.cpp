#include "model/term/term.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>

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

// -- equality and hash: recursion is as deep as the terms are ------------------------------------

bool term::has_same_content(const term& other) const noexcept {
  switch (type_) {
  case kind::big_integer:
    return *as_big_integer() == *other.as_big_integer();
  case kind::atom:
    return as_atom()->name == other.as_atom()->name;
  case kind::bitstring:
    return *as_bitstring() == *other.as_bitstring();
  case kind::map:
    return node<map_node>()->entries == other.node<map_node>()->entries;
  default: {
    const auto& mine = *node<sequence>();
    const auto& theirs = *other.node<sequence>();
    return mine.elements == theirs.elements && mine.tail == theirs.tail;
  }
  }
}

namespace {

/// Odd, so that multiplication loses nothing: 2^64 over the golden ratio.
constexpr std::uint64_t golden = 0x9E37'79B9'7F4A'7C15;

constexpr std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) noexcept {
  hash = (hash ^ word) * golden;
  return hash ^ (hash >> 32U);
}

std::uint64_t mixed_bytes(std::uint64_t hash, std::string_view bytes) noexcept {
  hash = mixed(hash, bytes.size());
  for (; bytes.size() > sizeof(std::uint64_t); bytes.remove_prefix(sizeof(std::uint64_t))) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    hash = mixed(hash, word);
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, bytes.data(), bytes.size());
  return mixed(hash, rest);
}

std::uint64_t mixed_term(std::uint64_t hash, const term& value) noexcept {
  // Kinds apart, which share numbers.
  hash += static_cast<std::uint64_t>(value.type()) * golden;
  switch (value.type()) {
  case term::kind::integer:
    return mixed(hash, static_cast<std::uint64_t>(*value.as_integer()));
  case term::kind::floating:
    return mixed(hash, std::bit_cast<std::uint64_t>(*value.as_float()));
  case term::kind::atom:
    return mixed_bytes(hash, value.as_atom()->name);
  case term::kind::bitstring:
    return mixed_bytes(mixed(hash, value.as_bitstring()->last_byte_bits),
                       value.as_bitstring()->bytes);
  case term::kind::big_integer: {
    const auto& number = *value.as_big_integer();
    hash = mixed(hash, number.is_negative() ? 1 : 0);
    for (std::size_t i = 0; i < number.digit_count(); ++i)
      hash = mixed(hash, number.digit(i));
    return hash;
  }
  case term::kind::map:
    hash = mixed(hash, value.entries().size());
    for (const auto& [key, content] : value.entries())
      hash = mixed_term(mixed_term(hash, key), content);
    return hash;
  default:
    hash = mixed(hash, value.elements().size());
    for (const auto& element : value.elements())
      hash = mixed_term(hash, element);
    if (const auto* tail = value.improper_tail())
      hash = mixed_term(hash, *tail);
    return hash;
  }
}

} // namespace

std::size_t hash_value(const term& value) noexcept {
  return mixed(mixed_term(golden, value), golden);
}

} // namespace lockstep
