#pragma once

#include "model/failure.hpp"
#include "model/workflow/specification.hpp"
#include "persistence/reports.hpp"

#include <filesystem>
#include <memory>
#include <vector>

namespace lockstep {

/// Reads a specification file. @returns `invalid_specification`, `invalid_input`.
[[nodiscard]] result<specification> read_specification_file(const std::filesystem::path& file);

/// Reads specification files. One specification in several files is fine if they say the same.
/// @returns as `read_specification_file`; two different ones of a name: both files.
[[nodiscard]] result<std::shared_ptr<const specification_catalog>>
read_specifications(const std::vector<std::filesystem::path>& files);

} // namespace lockstep
