#include "app/input/section_reader.hpp"

#include "app/input/quoted.hpp"
#include "model/edit_distance.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include <caf/config_value.hpp>

namespace lockstep {

namespace {

std::string_view nearest(std::string_view name, std::span<const std::string_view> known) {
  return *std::min_element(known.begin(), known.end(), [name](auto lhs, auto rhs) {
    return edit_distance(name, lhs) < edit_distance(name, rhs);
  });
}

/// Is it the text of a number beyond 64 bits?
bool is_too_large(const std::string& text) {
  std::int64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, number);
  return read == end && error == std::errc::result_out_of_range;
}

} // namespace

const caf::config_value* section_reader::find(std::string_view name) const {
  const auto& options = section_.container();
  const auto found = options.find(std::string{name});
  return found == options.end() ? nullptr : &found->second;
}

void section_reader::allow_only(std::span<const std::string_view> names) {
  for (const auto& [name, value] : section_)
    if (std::find(names.begin(), names.end(), name) == names.end())
      refuse("unknown option " + quoted(name) + "; the nearest known one is "
             + quoted(nearest(name, names)));
}

std::vector<std::string> section_reader::names() const {
  std::vector<std::string> all;
  for (const auto& [name, value] : section_)
    all.push_back(name);
  return all;
}

std::optional<std::string> section_reader::text(std::string_view name) {
  const auto* value = find(name);
  if (!value)
    return std::nullopt;
  if (const auto* read = caf::get_if<std::string>(value))
    return *read;
  refuse_type(name, *value, "text in double quotes");
  return std::nullopt;
}

std::optional<std::int64_t> section_reader::integer(std::string_view name) {
  const auto* value = find(name);
  if (!value)
    return std::nullopt;
  if (const auto* read = caf::get_if<std::int64_t>(value))
    return *read;
  if (const auto* text = caf::get_if<std::string>(value); text && is_too_large(*text))
    refuse(name, "the number " + quoted(*text) + " is too large");
  else
    refuse_type(name, *value, "a whole number");
  return std::nullopt;
}

std::optional<bool> section_reader::boolean(std::string_view name) {
  const auto* value = find(name);
  if (!value)
    return std::nullopt;
  if (const auto* read = caf::get_if<bool>(value))
    return *read;
  refuse_type(name, *value, "true or false");
  return std::nullopt;
}

std::optional<std::vector<std::string>> section_reader::text_list(std::string_view name) {
  const auto* value = find(name);
  if (!value)
    return std::nullopt;
  constexpr auto expected = "a list of texts such as [ \"a\", \"b\" ]";
  const auto* elements = caf::get_if<caf::config_value::list>(value);
  if (!elements) {
    refuse_type(name, *value, expected);
    return std::nullopt;
  }
  std::vector<std::string> read;
  for (const auto& element : *elements) {
    if (const auto* text = caf::get_if<std::string>(&element))
      read.push_back(*text);
    else
      refuse_type(name, element, expected);
  }
  return read;
}

bool section_reader::is_integer(std::string_view name) const {
  const auto* value = find(name);
  return value && caf::get_if<std::int64_t>(value);
}

bool section_reader::is_list(std::string_view name) const {
  const auto* value = find(name);
  return value && caf::get_if<caf::config_value::list>(value);
}

std::map<std::string, std::string, std::less<>> section_reader::texts(std::string_view name) {
  std::map<std::string, std::string, std::less<>> read;
  const auto* value = find(name);
  if (!value)
    return read;
  const auto* entries = caf::get_if<caf::config_value::dictionary>(value);
  if (!entries) {
    refuse_type(name, *value, "a section such as { \"a\" = \"b\" }");
    return read;
  }
  for (const auto& [key, entry] : *entries) {
    if (const auto* text = caf::get_if<std::string>(&entry))
      read.emplace(key, *text);
    else
      refuse_type(std::string{name} + "." + key, entry, "text in double quotes");
  }
  return read;
}

std::vector<caf::settings> section_reader::sections(std::string_view name) {
  constexpr auto expected = "a list of sections: [ { ... }, ... ]";
  std::vector<caf::settings> read;
  const auto* value = find(name);
  if (!value)
    return read;
  const auto* elements = caf::get_if<caf::config_value::list>(value);
  if (!elements) {
    refuse_type(name, *value, expected);
    return read;
  }
  for (const auto& element : *elements) {
    if (const auto* section = caf::get_if<caf::config_value::dictionary>(&element))
      read.push_back(*section);
    else
      refuse_type(name, element, expected);
  }
  return read;
}

void section_reader::refuse_type(std::string_view name, const caf::config_value& value,
                                 std::string_view expected) {
  // Lists and sections may be long.
  const auto is_scalar = !caf::get_if<caf::config_value::list>(&value)
                         && !caf::get_if<caf::config_value::dictionary>(&value);
  const auto* text = caf::get_if<std::string>(&value);
  refuse(name, (text        ? quoted(*text)
                : is_scalar ? to_string(value)
                            : "the type " + std::string{value.type_name()})
                   + " does not fit; expected " + std::string{expected});
}

void section_reader::refuse(std::string_view name, std::string_view problem) {
  refuse("option " + quoted(name) + ": " + std::string{problem});
}

void section_reader::refuse(std::string_view problem) {
  adopt({ec::invalid_configuration, where_ + ": " + std::string{problem}, {}});
}

void section_reader::adopt(failure problem) {
  if (!problem_)
    problem_ = std::move(problem);
}

} // namespace lockstep
