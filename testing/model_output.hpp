#pragma once

#include "model/failure.hpp"
#include "model/workflow/implementation_model.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace lockstep::testing {

/// How a suite ended, as its framework tells.
struct suite_end {
  /// No test failed.
  bool passed = false;
  /// Every test ran: none was left out by a filter, by sharding, or skipped itself.
  bool complete = false;
};

struct model_output_options {
  std::filesystem::path impl_models_dir = "./spex_impl_models";
  bool write_when_failed = false;
  bool add_to_existing = false;
};

struct model_output {
  /// The files that now hold the models, in order of their specifications' names.
  std::vector<std::filesystem::path> files;
  /// Why nothing was written, one sentence; empty if there are files.
  std::string remark;
};

/// Writes what a suite's instances were seen to do, each model to its `.spex` file, with learning
/// switched off.
///
/// A model without transitions leaves its file alone. A complete suite replaces the file; with
/// `add_to_existing`, and after a part of a suite, the transitions are added to the file's. A
/// failed suite writes nothing unless `write_when_failed` is set. Processes that write to one
/// folder at the same time wait for each other.
/// @returns `store_failure`; `invalid_spex_file` for a file that cannot be added to.
[[nodiscard]] result<model_output> write_models(std::vector<implementation_model> models,
                                                const suite_end& end,
                                                const model_output_options& options);

} // namespace lockstep::testing
