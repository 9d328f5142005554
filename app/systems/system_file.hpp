#pragma once

#include "model/bisimulation/label_table.hpp"
#include "model/bisimulation/named_system.hpp"
#include "model/failure.hpp"
#include "model/workflow/specification.hpp"

#include <cstdint>
#include <string>

namespace lockstep {

/// A form in which files hold systems.
enum class system_format : std::uint8_t {
  /// Aldebaran, `.aut`: states are numbers, `i` and `tau` are internal.
  aut,
  /// An implementation model, `.spex`.
  spex,
  /// A specification as JSON, `.json`.
  json,
  /// A specification as a Mermaid picture, `.mmd`, `.mermaid`, or in Markdown, `.md`, `.markdown`.
  mermaid,
};

/// A system as a file has it.
struct system_file {
  named_system system;
  system_format format{};
  /// Of the specification; of the file, without its ending, if that says nothing about one.
  std::string name;
  /// Of the specification, if it is one.
  specification_options options{};
};

/// Reads a system; which form the file has tells the ending of its name. While a large Aldebaran
/// file is read, a progress line says how far that is, if standard error is a terminal.
/// @param labels Gets the actions. Only `__internal__` and, in `.aut` files, `i` and `tau` are
///        internal.
/// @returns An error that names the file, with the line if it is about one: `invalid_input` (also
///          an unknown ending), `invalid_specification`, `invalid_spex_file` (also a model with
///          other than exactly one initialisation).
[[nodiscard]] result<system_file> read_system(const std::string& path, label_table& labels);

/// The same without what is beside the system.
[[nodiscard]] result<named_system> read_system_file(const std::string& path, label_table& labels);

} // namespace lockstep
