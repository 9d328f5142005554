#pragma once

#include <cstdint>
#include <string_view>

namespace lockstep {

/// The forms of JSON objects that stand for other terms than maps. Internal to `model/term/`.
enum class json_tag : std::uint8_t {
  none,
  atom,
  tuple,
  integer,
  floating,
  binary,
  bits,
  improper,
  map,
};

/// Which form an object with these members has; with one member, `second` is empty. Of a form with
/// two members, the names come in alphabetical order.
[[nodiscard]] constexpr json_tag find_json_tag(std::string_view first,
                                               std::string_view second) noexcept {
  if (first == "bits" && second == "size")
    return json_tag::bits;
  if (first == "improper" && second == "tail")
    return json_tag::improper;
  if (!second.empty())
    return json_tag::none;
  if (first == "atom")
    return json_tag::atom;
  if (first == "tuple")
    return json_tag::tuple;
  if (first == "integer")
    return json_tag::integer;
  if (first == "float")
    return json_tag::floating;
  if (first == "binary")
    return json_tag::binary;
  if (first == "map")
    return json_tag::map;
  return json_tag::none;
}

} // namespace lockstep
