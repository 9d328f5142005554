#pragma once

#include "model/term/big_integer.hpp"

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep {

/// An Erlang atom: a name, UTF-8, at most 255 code points.
struct atom {
  std::string name;
  friend auto operator<=>(const atom&, const atom&) = default;
};

/// A sequence of bits. A *binary* is a bit string of whole bytes.
struct bitstring {
  /// The bits from the most significant bit of the first byte on; unused low bits of the last byte
  /// are zero.
  std::string bytes;
  /// How many bits of the last byte count: 8, or 1 to 7. 8 if there are no bytes.
  std::uint8_t last_byte_bits = 8;
  friend bool operator==(const bitstring&, const bitstring&) = default;
};

/// An immutable Erlang term: the value of every key and identifier.
///
/// Copies are cheap (one reference count at most) and may be shared by threads. Terms nest at most
/// `term::max_depth` deep: the readers refuse more, so no walk over a term can exhaust the stack.
/// Code that builds terms by itself keeps to that limit. A term that was moved from may only be
/// assigned to or destroyed.
class term {
public:
  /// In Erlang's term order, except that integers and floats are one class there ("number").
  enum class kind : std::uint8_t {
    integer,
    big_integer,
    floating,
    atom,
    tuple,
    map,
    nil,
    list,
    bitstring
  };

  using entry = std::pair<term, term>;

  /// How many non-empty tuples, lists and maps may stand around a term; `[{1}]` is 2 deep.
  static constexpr std::size_t max_depth = 4'000;

  // -- construction -------------------------------------------------------------------------------

  /// The empty list `[]`.
  term() = default;
  template <std::signed_integral T>
  term(T value) noexcept : type_(kind::integer), integer_(value) {} // NOLINT: a value is a term
  /// An integer of any size; stored as a small one where it fits into 64 bits.
  term(const big_integer& value); // NOLINT
  /// A finite float; there are no others in Erlang. `-0.0` becomes `0.0`.
  term(double value);         // NOLINT
  term(lockstep::atom value); // NOLINT
  /// A binary.
  term(std::string bytes);      // NOLINT
  term(std::string_view bytes); // NOLINT
  term(const char* bytes);      // NOLINT
  /// The unused low bits of the last byte are cleared.
  term(lockstep::bitstring bits); // NOLINT

  [[nodiscard]] static term tuple(std::vector<term> elements);
  /// A proper list; `[]` if there are no elements.
  [[nodiscard]] static term list(std::vector<term> elements);
  /// `[elements | tail]`. A `tail` that is itself a list is spliced, as in Erlang. With no
  /// elements: the tail.
  [[nodiscard]] static term improper_list(std::vector<term> elements, term tail);
  /// Of equal keys the last one counts, as in Erlang.
  [[nodiscard]] static term map(std::vector<entry> entries);

  // -- inspection ---------------------------------------------------------------------------------

  [[nodiscard]] kind type() const noexcept { return type_; }

  /// Each returns null (or nothing) if the term is of another kind. What they point to lives as
  /// long as any copy of this term.
  [[nodiscard]] const std::int64_t* as_integer() const noexcept {
    return type_ == kind::integer ? &integer_ : nullptr;
  }
  [[nodiscard]] const lockstep::big_integer* as_big_integer() const noexcept {
    return type_ == kind::big_integer ? node<lockstep::big_integer>() : nullptr;
  }
  [[nodiscard]] const double* as_float() const noexcept {
    return type_ == kind::floating ? &float_ : nullptr;
  }
  [[nodiscard]] const lockstep::atom* as_atom() const noexcept {
    return type_ == kind::atom ? node<lockstep::atom>() : nullptr;
  }
  [[nodiscard]] const lockstep::bitstring* as_bitstring() const noexcept {
    return type_ == kind::bitstring ? node<lockstep::bitstring>() : nullptr;
  }
  /// The bytes of a binary; nothing for a bit string that ends within a byte.
  [[nodiscard]] std::optional<std::string_view> as_binary() const noexcept;

  [[nodiscard]] bool is_nil() const noexcept { return type() == kind::nil; }
  [[nodiscard]] bool is_tuple() const noexcept { return type() == kind::tuple; }
  [[nodiscard]] bool is_list() const noexcept { return type() == kind::list || is_nil(); }
  [[nodiscard]] bool is_map() const noexcept { return type() == kind::map; }

  /// The elements of a tuple or list (without an improper list's tail); empty for all else.
  [[nodiscard]] std::span<const term> elements() const noexcept;
  /// The tail of an improper list, null for all else.
  [[nodiscard]] const term* improper_tail() const noexcept;
  /// The entries of a map in ascending order of their keys; empty for all else.
  [[nodiscard]] std::span<const entry> entries() const noexcept;

  // -- order --------------------------------------------------------------------------------------

  /// Erlang's `=:=`: `1` and `1.0` differ, `0.0` and `-0.0` are the same.
  friend bool operator==(const term& lhs, const term& rhs) noexcept {
    if (lhs.type_ != rhs.type_)
      return false;
    switch (lhs.type_) {
    case kind::integer:
      return lhs.integer_ == rhs.integer_;
    case kind::floating:
      return lhs.float_ == rhs.float_;
    case kind::nil:
      return true;
    default:
      return lhs.node_ == rhs.node_ || lhs.has_same_content(rhs);
    }
  }
  /// Erlang's term order made total as for map keys: an integer comes before the float of the same
  /// value. number < atom < tuple < map < nil < list < bit string.
  friend std::strong_ordering operator<=>(const term& lhs, const term& rhs) noexcept;

private:
  struct sequence;
  struct map_node;

  term(kind type, std::shared_ptr<const void> node) noexcept
      : type_(type), node_(std::move(node)) {}

  /// Equality of terms of the same kind, one that is stored as a node.
  [[nodiscard]] bool has_same_content(const term& other) const noexcept;

  /// What `node_` points to. Only for terms of a kind that is stored as a `T`.
  template <class T>
  [[nodiscard]] const T* node() const noexcept {
    return static_cast<const T*>(node_.get());
  }

  kind type_ = kind::nil;
  union {
    std::int64_t integer_ = 0;
    double float_;
  };
  /// Of all kinds but integers, floats and `[]`.
  std::shared_ptr<const void> node_;
};

/// A hash for containers of this process: equal terms have equal ones, all bits are of use. Not for
/// routing and not for storage, see `phash2` for those.
[[nodiscard]] std::size_t hash_value(const term& value) noexcept;

} // namespace lockstep

template <>
struct std::hash<lockstep::term> {
  std::size_t operator()(const lockstep::term& value) const noexcept {
    return lockstep::hash_value(value);
  }
};
