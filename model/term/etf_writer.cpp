#include "model/term/etf_tags.hpp"
#include "model/term/external_term_format.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace lockstep {

namespace {

/// Appends terms; recursion is as deep as the term is.
class etf_writer {
public:
  explicit etf_writer(std::string& out) : out_(out) {}

  void put(const term& value) {
    switch (value.type()) {
    case term::kind::tuple:
      return put_tuple(value.elements());
    case term::kind::map:
      return put_map(value.entries());
    case term::kind::list:
      return put_list(value);
    default:
      return put_leaf(value);
    }
  }

private:
  // What does not recurse is kept out of the functions that do, so that they take little stack.

  [[gnu::noinline]] void put_leaf(const term& value) {
    if (const auto* integer = value.as_integer())
      put_integer(*integer);
    else if (const auto* big = value.as_big_integer())
      put_big(*big);
    else if (const auto* floating = value.as_float())
      put_float(*floating);
    else if (const auto* name = value.as_atom())
      put_atom(name->name);
    else if (const auto* bits = value.as_bitstring())
      put_bits(*bits);
    else
      put_number<1>(etf::nil);
  }

  /// The lowest bytes of a number, the most significant first.
  template <unsigned Bytes>
  void put_number(std::uint64_t number) {
    for (unsigned i = Bytes; i > 0; --i)
      out_.push_back(static_cast<char>(static_cast<unsigned char>(number >> (8 * (i - 1)))));
  }

  /// A tag and the size behind it.
  template <unsigned Bytes>
  [[gnu::noinline]] void put_head(etf::tag tag, std::size_t size) {
    put_number<1>(tag);
    put_number<Bytes>(size);
  }

  void put_integer(std::int64_t value) {
    if (value >= 0 && value <= std::numeric_limits<std::uint8_t>::max()) {
      put_number<1>(etf::small_integer);
      put_number<1>(static_cast<std::uint64_t>(value));
    } else if (value >= std::numeric_limits<std::int32_t>::min()
               && value <= std::numeric_limits<std::int32_t>::max()) {
      put_number<1>(etf::integer);
      put_number<4>(static_cast<std::uint64_t>(value));
    } else {
      put_big(big_integer{value});
    }
  }

  void put_big(const big_integer& value) {
    const auto magnitude = value.magnitude();
    if (magnitude.size() <= std::numeric_limits<std::uint8_t>::max())
      put_head<1>(etf::small_big, magnitude.size());
    else
      put_head<4>(etf::large_big, magnitude.size());
    put_number<1>(value.is_negative() ? 1 : 0);
    out_ += magnitude;
  }

  void put_float(double value) {
    put_number<1>(etf::new_float);
    put_number<8>(std::bit_cast<std::uint64_t>(value));
  }

  void put_atom(const std::string& name) {
    if (name.size() <= std::numeric_limits<std::uint8_t>::max())
      put_head<1>(etf::small_atom_utf8, name.size());
    else
      put_head<2>(etf::atom_utf8, name.size());
    out_ += name;
  }

  void put_tuple(std::span<const term> elements) {
    if (elements.size() <= std::numeric_limits<std::uint8_t>::max())
      put_head<1>(etf::small_tuple, elements.size());
    else
      put_head<4>(etf::large_tuple, elements.size());
    for (const auto& element : elements)
      put(element);
  }

  void put_map(std::span<const term::entry> entries) {
    put_head<4>(etf::map, entries.size());
    for (const auto& [key, value] : entries) {
      put(key);
      put(value);
    }
  }

  void put_list(const term& list) {
    return is_string(list) ? put_string(list.elements()) : put_elements(list);
  }

  void put_elements(const term& list) {
    put_head<4>(etf::list, list.elements().size());
    for (const auto& element : list.elements())
      put(element);
    if (const auto* tail = list.improper_tail())
      put(*tail);
    else
      put_number<1>(etf::nil);
  }

  /// Whether the list is proper and of bytes, and not too long.
  [[gnu::noinline]] static bool is_string(const term& list) {
    const auto is_byte = [](const term& element) {
      const auto* integer = element.as_integer();
      return integer != nullptr && *integer >= 0
             && *integer <= std::numeric_limits<std::uint8_t>::max();
    };
    const auto elements = list.elements();
    return list.improper_tail() == nullptr
           && elements.size() <= std::numeric_limits<std::uint16_t>::max()
           && std::all_of(elements.begin(), elements.end(), is_byte);
  }

  [[gnu::noinline]] void put_string(std::span<const term> bytes) {
    put_head<2>(etf::string, bytes.size());
    for (const auto& byte : bytes)
      put_number<1>(static_cast<std::uint64_t>(*byte.as_integer()));
  }

  void put_bits(const bitstring& bits) {
    put_head<4>(bits.last_byte_bits == 8 ? etf::binary : etf::bit_binary, bits.bytes.size());
    if (bits.last_byte_bits != 8)
      put_number<1>(bits.last_byte_bits);
    out_ += bits.bytes;
  }

  std::string& out_;
};

} // namespace

std::string encode_etf(const term& value) {
  std::string bytes{static_cast<char>(etf::version)};
  etf_writer{bytes}.put(value);
  return bytes;
}

} // namespace lockstep
