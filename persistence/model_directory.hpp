#pragma once

#include "model/failure.hpp"
#include "model/workflow/implementation_model.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace lockstep {

/// Longest line of a `.spex` file.
inline constexpr std::size_t max_model_line_bytes = std::size_t{1} << 20U;

/// A `.spex` file as it is to be written.
struct model_file {
  std::string name;
  std::string text;

  friend bool operator==(const model_file&, const model_file&) = default;
};

/// The file that a model is exported as.
[[nodiscard]] model_file to_file(const implementation_model& model);

/// The file that a model is kept in: `<specification>.spex`. Characters that a file name cannot
/// have (`/`) are written `%2F`, a `%` itself `%25`.
[[nodiscard]] std::string model_file_name(const std::string& specification);

/// Where a model is or will be in a folder: the file that has it already, whatever its name, or
/// `model_file_name`. So a folder never gets two files of one specification.
[[nodiscard]] std::filesystem::path model_path(const std::filesystem::path& directory,
                                               const std::string& specification);

/// Reads one file. @returns `invalid_spex_file` with file, line and reason.
[[nodiscard]] result<implementation_model> read_model(const std::filesystem::path& file);

/// Reads the `.spex` files of a folder in ascending order of their names; other files and a
/// missing folder are ignored.
/// @returns `invalid_spex_file` with file, line and reason; two files for one specification are an
///          error that names both.
[[nodiscard]] result<std::vector<implementation_model>>
read_models(const std::filesystem::path& directory);

/// Writes a model to its `model_path`, unless the file says the same already.
/// @returns whether the file was written; `invalid_spex_file` if it could not be read back or holds
///          the model of another specification: then it stays as it is.
[[nodiscard]] result<bool> write_model(const std::filesystem::path& directory,
                                       const implementation_model& model);

} // namespace lockstep
