#pragma once

#include "app/systems/system_file.hpp"
#include "model/bisimulation/label_table.hpp"
#include "model/failure.hpp"

#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

namespace lockstep {

/// As on the command line: `aut`, `spex`, `json`, `mermaid`.
[[nodiscard]] std::optional<system_format> parse_system_format(std::string_view name) noexcept;

/// The form in which a file of that name is written: `.aut`, `.spex`, `.json`, `.mmd`, `.mermaid`.
/// @returns `invalid_input` for other endings, which names these.
[[nodiscard]] result<system_format> output_format_of(const std::filesystem::path& path);

/// Writes a system in a form. States without names are called by their numbers; a model begins with
/// an initialisation and is not learning.
/// @param file Its `format` does not matter. Its `options` are only in specifications.
/// @returns `invalid_input`, and nothing is written, if the form cannot hold the system: Aldebaran
///          no visible `i` and `tau`; the others no names but those of `check_name` and no action
///          `__initialisation__`; specifications not what has no transitions or begins with a state
///          without any.
[[nodiscard]] result<void> write_system(std::ostream& out, const system_file& file,
                                        const label_table& labels, system_format format);

} // namespace lockstep
