#pragma once

#include "model/term/term.hpp"
#include "model/term/term_text.hpp"
#include "model/term/utf8.hpp"

#include <rapidcheck.h>

#include <bit>
#include <cmath>
#include <ostream>

namespace lockstep {

/// How RapidCheck and Catch2 show a term.
inline std::ostream& operator<<(std::ostream& out, const term& value) {
  return out << to_text(value);
}

inline void showValue(const term& value, std::ostream& out) { out << to_text(value); }

} // namespace lockstep

/// Random terms of every kind, with those at the edges of representations more often than chance
/// would have them.
namespace lockstep::generate {

inline rc::Gen<term> integer() {
  const auto near_power = rc::gen::apply(
      [](int exponent, int offset, bool negative) {
        const auto value = (std::int64_t{1} << exponent) + offset;
        return term{negative ? -value : value};
      },
      rc::gen::inRange(0, 63), rc::gen::inRange(-2, 2), rc::gen::arbitrary<bool>());
  const auto any = rc::gen::map(rc::gen::arbitrary<std::int64_t>(), [](auto n) { return term{n}; });
  const auto big = rc::gen::apply(
      [](const std::string& bytes, bool negative) {
        return term{*big_integer::from_magnitude(bytes + "\1\2\3\4\5\6\7\x7F", negative)};
      },
      rc::gen::arbitrary<std::string>(), rc::gen::arbitrary<bool>());
  return rc::gen::oneOf(near_power, any, big);
}

inline rc::Gen<term> floating() {
  const auto any = rc::gen::map(rc::gen::arbitrary<std::uint64_t>(), [](std::uint64_t bits) {
    const auto value = std::bit_cast<double>(bits);
    return term{std::isfinite(value) ? value : 0.0};
  });
  const auto whole =
      rc::gen::map(rc::gen::arbitrary<int>(), [](int n) { return term{static_cast<double>(n)}; });
  return rc::gen::oneOf(any, whole);
}

/// Well-formed UTF-8 of at most 50 characters.
inline rc::Gen<std::string> text() {
  const auto character =
      rc::gen::oneOf(rc::gen::inRange<int>(0, 0x80), rc::gen::inRange<int>(0x80, 0x250),
                     rc::gen::inRange<int>(0x250, 0x110000));
  return rc::gen::map(rc::gen::container<std::vector<int>>(character), [](const auto& characters) {
    std::string out;
    for (std::size_t i = 0; i < characters.size() && i < 50; ++i)
      if (const auto c = static_cast<char32_t>(characters[i]); utf8::is_character(c))
        utf8::append(out, c);
    return out;
  });
}

inline rc::Gen<term> atom_term() {
  return rc::gen::oneOf(
      rc::gen::map(text(), [](std::string name) { return term{atom{std::move(name)}}; }),
      rc::gen::map(rc::gen::element<std::string>("ok", "nil", "true", "false", "end", "Upper", "é"),
                   [](std::string name) { return term{atom{std::move(name)}}; }));
}

inline rc::Gen<term> bits() {
  const auto any = rc::gen::apply(
      [](std::string bytes, int last) {
        return term{bitstring{std::move(bytes), static_cast<std::uint8_t>(last)}};
      },
      rc::gen::arbitrary<std::string>(), rc::gen::inRange(1, 9));
  const auto of_text =
      rc::gen::map(text(), [](std::string bytes) { return term{std::move(bytes)}; });
  const auto reserved =
      rc::gen::map(rc::gen::element<std::string>("atom", "tuple", "integer", "float", "binary",
                                                 "bits", "size", "improper", "tail", "map", ""),
                   [](std::string bytes) { return term{std::move(bytes)}; });
  return rc::gen::oneOf(any, of_text, reserved);
}

/// Lists of small integers, which several formats treat as text.
inline rc::Gen<term> characters() {
  return rc::gen::map(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 300)),
                      [](const auto& numbers) {
                        return term::list({numbers.begin(), numbers.end()});
                      });
}

/// A term with at most `depth` containers around any other.
inline rc::Gen<term> any_term(int depth) {
  const auto leaf = rc::gen::oneOf(integer(), floating(), atom_term(), bits(), characters());
  if (depth == 0)
    return leaf;
  const auto inner = rc::gen::lazy([depth] { return any_term(depth - 1); });
  const auto several = rc::gen::resize(4, rc::gen::container<std::vector<term>>(inner));
  return rc::gen::oneOf(
      leaf, rc::gen::map(several, [](std::vector<term> e) { return term::tuple(std::move(e)); }),
      rc::gen::map(several, [](std::vector<term> e) { return term::list(std::move(e)); }),
      rc::gen::apply([](std::vector<term> e,
                        term tail) { return term::improper_list(std::move(e), std::move(tail)); },
                     several, inner),
      rc::gen::map(rc::gen::resize(4, rc::gen::container<std::vector<term::entry>>(
                                          rc::gen::pair(inner, inner))),
                   [](std::vector<term::entry> e) { return term::map(std::move(e)); }));
}

/// `leaf` with `depth` containers around it, of all kinds in turn.
inline term nested(std::size_t depth, term leaf = term{1}) {
  for (std::size_t i = 0; i < depth; ++i) {
    switch (i % 4) {
    case 0:
      leaf = term::tuple({std::move(leaf)});
      break;
    case 1:
      leaf = term::list({std::move(leaf)});
      break;
    case 2:
      leaf = term::map({{term{"key"}, std::move(leaf)}});
      break;
    default:
      leaf = term::improper_list({std::move(leaf)}, term{2});
    }
  }
  return leaf;
}

} // namespace lockstep::generate

template <>
struct rc::Arbitrary<lockstep::term> {
  static Gen<lockstep::term> arbitrary() { return lockstep::generate::any_term(3); }
};
