#include "model/term/packed_key.hpp"

#include <cstring>
#include <string_view>

namespace lockstep {

namespace {

/// What begins each term; no term's bytes are the beginning of another one's.
enum class tag : unsigned char {
  integer = 1,
  floating,
  atom,
  bits,
  nil,
  tuple,
  list,
  list_with_tail
};

class packer {
public:
  explicit packer(packed_key::words& out) noexcept
      : next_(reinterpret_cast<unsigned char*>(out.data())), end_(next_ + sizeof out) {}

  /// @returns false if there is no room for it, or no way to write it. Not deep: each level takes
  /// room.
  bool put(const term& value) noexcept {
    switch (value.type()) {
    case term::kind::integer:
      return put(tag::integer) && put(value.as_integer(), sizeof(std::int64_t));
    case term::kind::floating:
      return put(tag::floating) && put(value.as_float(), sizeof(double));
    case term::kind::atom:
      return put(tag::atom) && put_text(value.as_atom()->name);
    case term::kind::bitstring:
      return put(tag::bits) && put_size(value.as_bitstring()->last_byte_bits)
             && put_text(value.as_bitstring()->bytes);
    case term::kind::nil:
      return put(tag::nil);
    case term::kind::tuple:
      return put(tag::tuple) && put_elements(value);
    case term::kind::list:
      if (const auto* tail = value.improper_tail())
        return put(tag::list_with_tail) && put_elements(value) && put(*tail);
      return put(tag::list) && put_elements(value);
    case term::kind::big_integer:
    case term::kind::map:
      return false;
    }
    return false;
  }

private:
  bool put(const void* bytes, std::size_t count) noexcept {
    if (count > static_cast<std::size_t>(end_ - next_))
      return false;
    std::memcpy(next_, bytes, count);
    next_ += count;
    return true;
  }

  bool put(tag what) noexcept { return put(&what, 1); }

  /// A size that takes more than a byte is none of something that fits.
  bool put_size(std::size_t size) noexcept {
    const auto byte = static_cast<unsigned char>(size);
    return byte == size && put(&byte, 1);
  }

  bool put_text(std::string_view bytes) noexcept {
    return put_size(bytes.size()) && put(bytes.data(), bytes.size());
  }

  bool put_elements(const term& value) noexcept {
    const auto elements = value.elements();
    if (!put_size(elements.size()))
      return false;
    for (const auto& one : elements)
      if (!put(one))
        return false;
    return true;
  }

  unsigned char* next_;
  unsigned char* end_;
};

/// Odd, so that multiplication loses nothing: 2^64 over the golden ratio.
constexpr std::uint64_t golden = 0x9E37'79B9'7F4A'7C15;

constexpr std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) noexcept {
  hash = (hash ^ word) * golden;
  return hash ^ (hash >> 32U);
}

/// Two chains, which the processor follows at once.
constexpr std::uint64_t hash_of(const packed_key::words& all) noexcept {
  std::uint64_t even = golden;
  std::uint64_t odd = ~golden;
  for (std::size_t i = 0; i < all.size(); i += 2) {
    even = mixed(even, all[i]);
    odd = mixed(odd, all[i + 1]);
  }
  return mixed(even, odd);
}

} // namespace

packed_key pack(const term& key) noexcept {
  packed_key packed;
  if (!packer{packed.content}.put(key))
    packed.content = {};
  packed.hash =
      static_cast<std::uint32_t>(packed.fits() ? hash_of(packed.content) : hash_value(key));
  return packed;
}

} // namespace lockstep
