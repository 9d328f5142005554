#pragma once

#include "model/failure.hpp"
#include "model/workflow/implementation_model.hpp"

#include <filesystem>

namespace lockstep {

/// Where a model and its picture were written.
struct exported_model {
  std::filesystem::path spex_file;
  std::filesystem::path mermaid_file;
};

/// Writes the model's `.spex` file (see `model_path`) and, beside it, its Mermaid diagram `.mmd`.
/// Files that say the same already are left alone.
[[nodiscard]] result<exported_model> export_model(const std::filesystem::path& folder,
                                                  const implementation_model& model);

} // namespace lockstep
