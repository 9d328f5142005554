#pragma once

#include "app/input/quoted.hpp"
#include "model/failure.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/settings.hpp>

namespace lockstep {

/// Reads a section of the configuration option by option, checking types.
///
/// Keeps the first problem and goes on, so that a caller reads everything and then asks once.
/// Options are looked up by their whole names; CAF's own look-up would split names at dots.
class section_reader {
public:
  /// @param where How messages name the section.
  section_reader(const caf::settings& section, std::string_view where)
      : section_(section), where_(where) {}

  /// Refuses options that are not among these, and names the nearest that is.
  void allow_only(std::span<const std::string_view> names);

  /// Of the options that are there, in ascending order.
  [[nodiscard]] std::vector<std::string> names() const;

  /// Each returns nothing if the option is not there, or is of another type (a problem then).
  [[nodiscard]] std::optional<std::string> text(std::string_view name);
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name);
  [[nodiscard]] std::optional<bool> boolean(std::string_view name);
  [[nodiscard]] std::optional<std::vector<std::string>> text_list(std::string_view name);
  /// Is the option there, with a whole number?
  [[nodiscard]] bool is_integer(std::string_view name) const;
  /// Is the option there, with a list?
  [[nodiscard]] bool is_list(std::string_view name) const;
  /// Names to texts.
  [[nodiscard]] std::map<std::string, std::string, std::less<>> texts(std::string_view name);
  /// A list of sections.
  [[nodiscard]] std::vector<caf::settings> sections(std::string_view name);

  /// One of the words that `values` has, as the value next to it.
  template <class T>
  [[nodiscard]] std::optional<T> choice(std::string_view name,
                                        std::span<const std::pair<std::string_view, T>> values) {
    const auto word = text(name);
    if (!word)
      return std::nullopt;
    std::string words;
    for (const auto& [known, value] : values) {
      if (known == *word)
        return value;
      words.append(words.empty() ? "\"" : ", \"").append(known).append("\"");
    }
    refuse(name, lockstep::quoted(*word) + " is none of " + words);
    return std::nullopt;
  }

  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }

  /// Notes that the option's value cannot be used: `WHERE: option "NAME": PROBLEM`.
  void refuse(std::string_view name, std::string_view problem);
  /// Notes a problem that is no one option's.
  void refuse(std::string_view problem);

  /// Notes a problem that somebody else found.
  void adopt(failure problem);

  [[nodiscard]] const std::string& where() const noexcept { return where_; }
  /// The first problem, `invalid_configuration`.
  [[nodiscard]] const std::optional<failure>& problem() const noexcept { return problem_; }

private:
  [[nodiscard]] const caf::config_value* find(std::string_view name) const;
  void refuse_type(std::string_view name, const caf::config_value& value,
                   std::string_view expected);

  const caf::settings& section_;
  std::string where_;
  std::optional<failure> problem_;
};

} // namespace lockstep
