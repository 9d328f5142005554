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
    case term::kind::integer:
      return put_integer(*value.as_integer());
    case term::kind::big_integer:
      return put_big(*value.as_big_integer());
    case term::kind::floating:
      put_number<1>(etf::new_float);
      return put_number<8>(std::bit_cast<std::uint64_t>(*value.as_float()));
    case term::kind::atom:
      return put_atom(value.as_atom()->name);
    case term::kind::tuple:
      return put_tuple(value.elements());
    case term::kind::map:
      return put_map(value.entries());
    case term::kind::nil:
      return put_number<1>(etf::nil);
    case term::kind::list:
      return put_list(value);
    case term::kind::bitstring:
      return put_bits(*value.as_bitstring());
    }
  }

private:
  /// The lowest bytes of a number, the most significant first.
  template <unsigned Bytes>
  void put_number(std::uint64_t number) {
    for (unsigned i = Bytes; i > 0; --i)
      out_.push_back(static_cast<char>(static_cast<unsigned char>(number >> (8 * (i - 1)))));
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
    if (magnitude.size() <= std::numeric_limits<std::uint8_t>::max()) {
      put_number<1>(etf::small_big);
      put_number<1>(magnitude.size());
    } else {
      put_number<1>(etf::large_big);
      put_number<4>(magnitude.size());
    }
    put_number<1>(value.is_negative() ? 1 : 0);
    out_ += magnitude;
  }

  void put_atom(const std::string& name) {
    if (name.size() <= std::numeric_limits<std::uint8_t>::max()) {
      put_number<1>(etf::small_atom_utf8);
      put_number<1>(name.size());
    } else {
      put_number<1>(etf::atom_utf8);
      put_number<2>(name.size());
    }
    out_ += name;
  }

  void put_tuple(std::span<const term> elements) {
    if (elements.size() <= std::numeric_limits<std::uint8_t>::max()) {
      put_number<1>(etf::small_tuple);
      put_number<1>(elements.size());
    } else {
      put_number<1>(etf::large_tuple);
      put_number<4>(elements.size());
    }
    for (const auto& element : elements)
      put(element);
  }

  void put_map(std::span<const term::entry> entries) {
    put_number<1>(etf::map);
    put_number<4>(entries.size());
    for (const auto& [key, value] : entries) {
      put(key);
      put(value);
    }
  }

  /// A string if the elements are bytes, there are not too many and the list is proper.
  void put_list(const term& list) {
    const auto is_byte = [](const term& element) {
      const auto* integer = element.as_integer();
      return integer != nullptr && *integer >= 0
             && *integer <= std::numeric_limits<std::uint8_t>::max();
    };
    const auto elements = list.elements();
    const auto* tail = list.improper_tail();
    if (tail == nullptr && elements.size() <= std::numeric_limits<std::uint16_t>::max()
        && std::all_of(elements.begin(), elements.end(), is_byte)) {
      put_number<1>(etf::string);
      put_number<2>(elements.size());
      for (const auto& element : elements)
        put_number<1>(static_cast<std::uint64_t>(*element.as_integer()));
      return;
    }
    put_number<1>(etf::list);
    put_number<4>(elements.size());
    for (const auto& element : elements)
      put(element);
    if (tail != nullptr)
      put(*tail);
    else
      put_number<1>(etf::nil);
  }

  void put_bits(const bitstring& bits) {
    put_number<1>(bits.last_byte_bits == 8 ? etf::binary : etf::bit_binary);
    put_number<4>(bits.bytes.size());
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
