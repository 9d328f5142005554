#include "model/term/phash2.hpp"

#include <bit>
#include <cassert>
#include <string_view>

namespace lockstep {

namespace {

/// The 32 bits of the golden ratio; what is mixed in is told apart by multiples of it.
constexpr std::uint32_t golden = 0x9e3779b9U;

constexpr std::uint32_t golden_multiple(std::uint32_t number) noexcept { return golden * number; }

constexpr auto salt_nil = golden_multiple(2);
constexpr auto salt_atom = golden_multiple(3);
constexpr auto salt_bytes = golden_multiple(4);
constexpr auto salt_arity = golden_multiple(9);
constexpr auto salt_negative = golden_multiple(10);
constexpr auto salt_positive = golden_multiple(11);
constexpr auto salt_float = golden_multiple(12);
constexpr auto salt_binary = golden_multiple(13);
constexpr auto salt_bits = golden_multiple(15);
constexpr auto salt_map_size = golden_multiple(16);
constexpr auto salt_map = golden_multiple(19);

/// Jenkins' lookup2 `mix`.
constexpr void mix(std::uint32_t& a, std::uint32_t& b, std::uint32_t& c) noexcept {
  a = (a - b - c) ^ (c >> 13);
  b = (b - c - a) ^ (a << 8);
  c = (c - a - b) ^ (b >> 13);
  a = (a - b - c) ^ (c >> 12);
  b = (b - c - a) ^ (a << 16);
  c = (c - a - b) ^ (b >> 5);
  a = (a - b - c) ^ (c >> 3);
  b = (b - c - a) ^ (a << 10);
  c = (c - a - b) ^ (b >> 15);
}

/// Mixes two words into a hash.
constexpr std::uint32_t mixed(std::uint32_t hash, std::uint32_t first, std::uint32_t second,
                              std::uint32_t salt) noexcept {
  auto a = salt + first;
  auto b = salt + second;
  mix(a, b, hash);
  return hash;
}

constexpr std::uint32_t mixed(std::uint32_t hash, std::uint32_t word, std::uint32_t salt) noexcept {
  return mixed(hash, word, 0, salt);
}

constexpr std::uint32_t byte_at(std::string_view bytes, std::size_t index) noexcept {
  return static_cast<unsigned char>(bytes[index]);
}

/// Four bytes, the first is the least significant.
constexpr std::uint32_t word_at(std::string_view bytes, std::size_t index) noexcept {
  return byte_at(bytes, index) | byte_at(bytes, index + 1) << 8 | byte_at(bytes, index + 2) << 16
         | byte_at(bytes, index + 3) << 24;
}

/// Up to four bytes of what is left, as `word_at`; what is not there counts as zero.
constexpr std::uint32_t rest_at(std::string_view bytes, std::size_t index) noexcept {
  std::uint32_t word = 0;
  for (unsigned i = 0; i < 4 && index + i < bytes.size(); ++i)
    word |= byte_at(bytes, index + i) << (8 * i);
  return word;
}

/// Jenkins' lookup2 over a block of bytes.
std::uint32_t hash_block(std::string_view bytes, std::uint32_t hash) noexcept {
  constexpr std::size_t step = 12;
  const auto length = static_cast<std::uint32_t>(bytes.size());
  auto a = golden;
  auto b = golden;
  for (; bytes.size() >= step; bytes.remove_prefix(step)) {
    a += word_at(bytes, 0);
    b += word_at(bytes, 4);
    hash += word_at(bytes, 8);
    mix(a, b, hash);
  }
  // The lowest byte of the last word is taken by the length.
  hash += length;
  if (!bytes.empty()) {
    a += rest_at(bytes, 0);
    b += rest_at(bytes, 4);
    hash += rest_at(bytes, 8) << 8;
  }
  mix(a, b, hash);
  return hash;
}

std::uint32_t hash_integer(std::int64_t value, std::uint32_t hash) noexcept {
  constexpr std::int64_t small_limit = std::int64_t{1} << 27; // 28 bits with the sign
  const auto word = static_cast<std::uint32_t>(value);
  if (value >= -small_limit && value < small_limit) {
    if (value < 0)
      hash = mixed(hash, 0 - word, golden);
    return mixed(hash, word, golden);
  }
  const auto bits = static_cast<std::uint64_t>(value);
  const auto size = value < 0 ? 0 - bits : bits;
  return mixed(hash, static_cast<std::uint32_t>(size), static_cast<std::uint32_t>(size >> 32),
               value < 0 ? salt_negative : salt_positive);
}

std::uint32_t hash_big_integer(const big_integer& value, std::uint32_t hash) noexcept {
  const auto salt = value.is_negative() ? salt_negative : salt_positive;
  for (std::size_t i = 0; i < value.digit_count(); ++i)
    hash = mixed(hash, static_cast<std::uint32_t>(value.digit(i)),
                 static_cast<std::uint32_t>(value.digit(i) >> 32), salt);
  return hash;
}

std::uint32_t hash_float(double value, std::uint32_t hash) noexcept {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  return mixed(hash, static_cast<std::uint32_t>(bits >> 32), static_cast<std::uint32_t>(bits),
               salt_float);
}

/// Weinberger's function. Characters from U+0080 to U+00FF count as one byte, as they did when
/// atoms were Latin-1; all other characters as their bytes of UTF-8.
std::uint32_t hash_atom_name(std::string_view name) noexcept {
  std::uint32_t hash = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    auto byte = byte_at(name, i);
    if ((byte & 0xFEU) == 0xC2U && i + 1 < name.size())
      byte = ((byte << 6) | (byte_at(name, ++i) & 0x3FU)) & 0xFFU;
    hash = (hash << 4) + byte;
    const auto high = hash & 0xF0000000U;
    hash ^= (high >> 24) ^ high;
  }
  return hash;
}

std::uint32_t hash_atom(const atom& value, std::uint32_t hash) noexcept {
  const auto name_hash = hash_atom_name(value.name);
  return hash == 0 ? name_hash : mixed(hash, name_hash, salt_atom);
}

std::uint32_t hash_nil(std::uint32_t hash) noexcept {
  constexpr std::uint32_t nil_alone = 3'468'870'702U;
  constexpr std::uint32_t nil_word = 2;
  return hash == 0 ? nil_alone : mixed(hash, nil_word, salt_nil);
}

std::uint32_t hash_bits(const bitstring& value, std::uint32_t hash) noexcept {
  hash += salt_binary;
  std::string_view whole = value.bytes;
  if (whole.empty())
    return hash;
  if (value.last_byte_bits == 8)
    return hash_block(whole, hash);
  const auto last = byte_at(whole, whole.size() - 1) >> (8U - value.last_byte_bits);
  whole.remove_suffix(1);
  return mixed(hash_block(whole, hash), value.last_byte_bits, last, salt_bits);
}

// -- containers: recursion is as deep as the term is ----------------------------------------------

std::uint32_t hash_term(const term& value, std::uint32_t hash) noexcept;

/// How a tuple of so many elements begins, if it is not within another term.
constexpr std::uint32_t hash_arity(std::uint32_t size) noexcept {
  return mixed(0, size, salt_arity);
}

std::uint32_t hash_tuple(std::span<const term> elements, std::uint32_t hash) noexcept {
  hash = mixed(hash, static_cast<std::uint32_t>(elements.size()), salt_arity);
  for (const auto& element : elements)
    hash = hash_term(element, hash);
  return hash;
}

/// Runs of integers from 0 to 255 are taken four at a time.
std::uint32_t hash_list(const term& list, std::uint32_t hash) noexcept {
  std::uint32_t word = 0;
  unsigned count = 0;
  for (const auto& element : list.elements()) {
    const auto* integer = element.as_integer();
    const bool is_byte = integer != nullptr && *integer >= 0 && *integer <= 255;
    if (is_byte) {
      word = (word << 8) + static_cast<std::uint32_t>(*integer);
      ++count;
    }
    if (count == 4 || (count > 0 && !is_byte)) {
      hash = mixed(hash, word, salt_bytes);
      word = 0;
      count = 0;
    }
    if (!is_byte)
      hash = hash_term(element, hash);
  }
  if (count > 0)
    hash = mixed(hash, word, salt_bytes);
  const auto* tail = list.improper_tail();
  return tail != nullptr ? hash_term(*tail, hash) : hash_nil(hash);
}

/// Does not depend on the order of the entries.
std::uint32_t hash_map(std::span<const term::entry> entries, std::uint32_t hash) noexcept {
  hash = mixed(hash, static_cast<std::uint32_t>(entries.size()), salt_map_size);
  if (entries.empty())
    return hash;
  std::uint32_t pairs = 0;
  for (const auto& [key, value] : entries)
    pairs ^= hash_term(value, hash_term(key, 0));
  return mixed(hash, pairs, salt_map);
}

/// A function of its own at run time too, which keeps the stack of the recursion small.
[[gnu::noinline]] std::uint32_t hash_leaf(const term& value, std::uint32_t hash) noexcept {
  switch (value.type()) {
  case term::kind::integer:
    return hash_integer(*value.as_integer(), hash);
  case term::kind::big_integer:
    return hash_big_integer(*value.as_big_integer(), hash);
  case term::kind::floating:
    return hash_float(*value.as_float(), hash);
  case term::kind::atom:
    return hash_atom(*value.as_atom(), hash);
  case term::kind::bitstring:
    return hash_bits(*value.as_bitstring(), hash);
  default:
    return hash_nil(hash);
  }
}

/// Continues `hash`, which is 0 at the start, with a term.
std::uint32_t hash_term(const term& value, std::uint32_t hash) noexcept {
  switch (value.type()) {
  case term::kind::tuple:
    return hash_tuple(value.elements(), hash);
  case term::kind::map:
    return hash_map(value.entries(), hash);
  case term::kind::list:
    return hash_list(value, hash);
  default:
    return hash_leaf(value, hash);
  }
}

/// The hash of a term that is in no other. Identifiers mostly are binaries: these take no detour.
std::uint32_t hash_alone(const term& value) noexcept {
  const auto* bits = value.as_bitstring();
  return bits != nullptr ? hash_bits(*bits, 0) : hash_term(value, 0);
}

constexpr std::uint32_t default_range = 1U << 27;

std::uint32_t in_range(std::uint32_t hash, std::uint64_t range) noexcept {
  constexpr auto max_range = std::uint64_t{1} << 32;
  assert(range >= 1 && range <= max_range);
  return range == max_range ? hash : hash % static_cast<std::uint32_t>(range);
}

} // namespace

std::uint32_t phash2(const term& value) noexcept { return hash_alone(value) % default_range; }

std::uint32_t phash2(const term& value, std::uint64_t range) noexcept {
  return in_range(hash_alone(value), range);
}

std::uint32_t phash2_of_single(const term& value, std::uint64_t range) noexcept {
  return in_range(hash_term(value, hash_arity(1)), range);
}

pair_hash::pair_hash(const term& first) noexcept : hash_(hash_term(first, hash_arity(2))) {}

std::uint32_t pair_hash::with(const term& second) const noexcept {
  return hash_term(second, hash_) % default_range;
}

std::uint32_t pair_hash::with(std::int64_t second) const noexcept {
  return hash_integer(second, hash_) % default_range;
}

std::uint32_t pair_hash::with(std::int64_t second, std::uint64_t range) const noexcept {
  return in_range(hash_integer(second, hash_), range);
}

} // namespace lockstep
