#pragma once

#include <cstdint>

/// The bytes that begin a term in Erlang's external term format. Internal to `model/term/`.
namespace lockstep::etf {

inline constexpr std::uint8_t version = 131;

enum tag : std::uint8_t {
  new_float = 70,
  bit_binary = 77,
  compressed = 80,
  small_integer = 97,
  integer = 98,
  float_text = 99,
  atom_latin1 = 100,
  reference = 101,
  port = 102,
  process = 103,
  small_tuple = 104,
  large_tuple = 105,
  nil = 106,
  string = 107,
  list = 108,
  binary = 109,
  small_big = 110,
  large_big = 111,
  small_atom_latin1 = 115,
  map = 116,
  atom_utf8 = 118,
  small_atom_utf8 = 119,
};

} // namespace lockstep::etf
