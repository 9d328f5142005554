#pragma once

#include "model/failure.hpp"
#include "model/workflow/specification_check.hpp"
#include "persistence/reports.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <vector>

namespace lockstep {

/// Largest file of a specification. Reading one takes many times its size.
inline constexpr std::size_t max_specification_bytes = std::size_t{64} << 20U;

/// Specifications as files declare them.
struct declared_catalog {
  std::shared_ptr<const specification_catalog> specifications;
  /// What is odd about them, with file, line and column.
  std::vector<specification_finding> findings;
};

/// Reads a specification from JSON (`.json`), from a Mermaid picture (`.mmd`, `.mermaid`) or from
/// the picture in a Markdown file (`.md`). @returns `invalid_specification`, `invalid_input`, the
/// latter also for a file of more than `max_specification_bytes`.
[[nodiscard]] result<declared_specification>
read_specification_file(const std::filesystem::path& file);

/// Reads specification files. One specification in several files is fine if they say the same.
/// @returns as `read_specification_file`; two different ones of a name: both files.
[[nodiscard]] result<declared_catalog>
read_specifications(const std::vector<std::filesystem::path>& files);

} // namespace lockstep
