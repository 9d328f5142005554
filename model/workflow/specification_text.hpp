#pragma once

#include "model/workflow/specification_check.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace lockstep {

/// A form in which a specification can be declared.
enum class specification_format : std::uint8_t {
  /// As of `read_specification_json`.
  json,
  /// As of `read_specification_mermaid`.
  mermaid,
  /// Markdown with a picture: its first fenced block `mermaid` that is a state diagram.
  markdown,
};

/// The form of a file by the extension of its name, which begins with a dot and may be in any case:
/// `.json`; `.mmd`, `.mermaid`; `.md`, `.markdown`.
[[nodiscard]] std::optional<specification_format> format_of(std::string_view extension);

/// Reads a specification with what is odd about it.
/// @param source How messages name the text, e.g. its path.
/// @returns `invalid_specification`; the message begins with source, line and column, also as
///          context `file`, `line`, `column`. Lines are those of `text` in every format.
[[nodiscard]] result<declared_specification>
read_specification(std::string_view text, std::string_view source, specification_format format);

} // namespace lockstep
