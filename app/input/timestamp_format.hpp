#pragma once

#include "model/failure.hpp"
#include "model/time.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// How a source writes points in time. A value; depends on no locale, time zone or clock.
///
/// A format is one of the names
///  - `iso8601`: `2017-05-16T00:00:04.5+02:00`; a blank may stand for the T, fraction and zone may
///    be left out;
///  - `epoch-s`, `epoch-ms`: seconds or milliseconds since 1970-01-01 00:00 UTC, with or without a
///    fraction;
///
/// or text with directives, all else in it standing for itself:
///
///  - `%Y` four digits, `%y` two (69 to 99 are 1969 to 1999); `%m`, `%d`, `%H`, `%M` one or two
///    digits; `%e` a day padded with a blank; `%b` an English month's first three letters;
///  - `%S` seconds with or without a fraction behind '.' or ','; digits after the sixth are
///  dropped.
///    60, a leap second, is the next minute's first;
///  - `%z` `Z`, `+01:00`, `+0100` or `+01`; `%s` the same as `epoch-s`;
///  - `%F` is `%Y-%m-%d`, `%T` is `%H:%M:%S`, `%%` a per cent sign.
///
/// Times without a zone are UTC. Years are 1 to 9999.
class timestamp_format {
public:
  /// `iso8601`.
  timestamp_format();

  /// @returns `invalid_configuration` for an unknown directive and for a format that leaves the
  ///          date open.
  [[nodiscard]] static result<timestamp_format> make(std::string_view format);

  /// @returns `invalid_input` that quotes text and format and says where they part.
  [[nodiscard]] result<timestamp> parse(std::string_view text) const;

  /// As given to `make`.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
  /// A directive's letter, or 0 and the character to be found.
  struct step {
    char directive = 0;
    char literal = 0;
  };

  [[nodiscard]] static std::vector<step> compile(std::string_view format);

  std::string text_;
  std::vector<step> steps_;
};

} // namespace lockstep
