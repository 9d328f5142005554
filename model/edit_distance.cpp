#include "model/edit_distance.hpp"

#include "model/term/utf8.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

namespace lockstep {

namespace {

std::u32string characters(std::string_view text) {
  /// Beyond all characters, for bytes that are none.
  constexpr char32_t no_character = 0x110000;
  std::u32string out;
  while (!text.empty()) {
    const auto next = utf8::first(text);
    out += next ? next->code_point : no_character + static_cast<unsigned char>(text.front());
    text.remove_prefix(next ? next->length : 1);
  }
  return out;
}

/// Characters of a name; two such names take some 40,000 steps to compare.
constexpr std::size_t max_compared = 200;

char32_t lower(char32_t c) { return c >= U'A' && c <= U'Z' ? c + (U'a' - U'A') : c; }

bool is_digit(char32_t c) { return c >= U'0' && c <= U'9'; }

/// With a `0` for each number.
std::u32string without_numbers(const std::u32string& text) {
  std::u32string out;
  for (const auto c : text) {
    if (!is_digit(c))
      out += c;
    else if (out.empty() || out.back() != U'0')
      out += U'0';
  }
  return out;
}

/// @returns `most`, or more, if it is that much.
std::size_t distance(const std::u32string& lhs, const std::u32string& rhs, std::size_t most) {
  // Rows of the table of distances between beginnings: two back, one back, the present one.
  std::vector<std::size_t> earlier;
  std::vector<std::size_t> above(rhs.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= lhs.size(); ++i) {
    std::vector<std::size_t> row(rhs.size() + 1, i);
    for (std::size_t j = 1; j <= rhs.size(); ++j) {
      const bool same = lhs[i - 1] == rhs[j - 1];
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lhs[i - 1] == rhs[j - 2] && lhs[i - 2] == rhs[j - 1])
        row[j] = std::min(row[j], earlier[j - 2] + 1);
    }
    earlier = std::exchange(above, std::move(row));
    // Rows below are made of these two, and no less than the least in them.
    if (std::min(std::ranges::min(earlier), std::ranges::min(above)) >= most)
      return most;
  }
  return above.back();
}

} // namespace

std::size_t edit_distance(std::string_view lhs, std::string_view rhs) {
  return distance(characters(lhs), characters(rhs), std::numeric_limits<std::size_t>::max());
}

std::optional<std::string> nearest_name(std::string_view name,
                                        std::span<const std::string> candidates) {
  auto wanted = characters(name);
  std::ranges::transform(wanted, wanted.begin(), lower);
  const auto most = std::max<std::size_t>(1, wanted.size() / 3);
  const std::string* nearest = nullptr;
  std::size_t least = most + 1;
  for (const auto& candidate : candidates) {
    if (candidate == name)
      return std::nullopt;
    auto offered = characters(candidate);
    std::ranges::transform(offered, offered.begin(), lower);
    const auto [shorter, longer] = std::minmax({wanted.size(), offered.size()});
    if (longer > max_compared || longer - shorter >= least)
      continue;
    const auto found = distance(wanted, offered, least);
    if (found != 0 && without_numbers(wanted) == without_numbers(offered))
      continue;
    if (found < least && (found == 0 || found < shorter)) {
      nearest = &candidate;
      least = found;
    }
  }
  if (nearest == nullptr)
    return std::nullopt;
  return *nearest;
}

} // namespace lockstep
