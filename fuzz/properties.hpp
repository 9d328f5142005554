#pragma once

#include "model/failure.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

/// What the fuzz targets demand of the code under test. A property that does not hold ends the
/// program, which libFuzzer then reports with the input.
namespace lockstep::fuzz {

/// What libFuzzer hands over, as text.
[[nodiscard]] std::string_view text_of(const std::uint8_t* data, std::size_t size) noexcept;

/// @param what The property, as a sentence for the report.
void demand(bool holds, std::string_view what);

/// The code is the expected one; the message is one line of UTF-8 that says something and has no
/// full stop at its end.
void demand_message(const failure& error, ec expected);
void demand_message(std::string_view message);

/// How a text's columns are counted.
enum class columns : std::uint8_t { bytes, characters };

/// The line, and the column if there is one, in the error's context are in the text, or right
/// behind the line's or the text's end.
void demand_place_in(std::string_view text, const failure& error, columns counted = columns::bytes);

/// A place from 1 is in the text, or right behind the line's or the text's end. Column 0 is none.
void demand_place_in(std::string_view text, std::uint64_t line, std::uint64_t column,
                     columns counted = columns::bytes);

} // namespace lockstep::fuzz
