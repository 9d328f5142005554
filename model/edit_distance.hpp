#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lockstep {

/// How many characters must be inserted, deleted, replaced, or swapped with their neighbour to make
/// one text of the other: Damerau and Levenshtein's distance, where no character is edited twice
/// ("optimal string alignment"). Counts characters of UTF-8; bytes that are none count one each.
///
/// Takes time in proportion to the product of the lengths.
[[nodiscard]] std::size_t edit_distance(std::string_view lhs, std::string_view rhs);

/// What somebody may have meant who wrote `name`: the candidate with the least distance, which is
/// at most a third of the name's length (but may be 1) and less than the length of either; the
/// first one of several. Letters of ASCII in the wrong case count as right ones. Names that differ
/// in numbers only, such as `step1` and `step2`, are meant to differ. Nothing is near to a name of
/// more than 200 characters, which nobody types.
/// @returns nothing if there is no such candidate, or if the name is one of them.
[[nodiscard]] std::optional<std::string> nearest_name(std::string_view name,
                                                      std::span<const std::string> candidates);

} // namespace lockstep
