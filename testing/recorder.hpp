#pragma once

#include "actors/instance_manager.hpp"
#include "model/failure.hpp"
#include "model/term/term.hpp"
#include "model/time.hpp"
#include "persistence/reports.hpp"
#include "testing/model_output.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lockstep::testing {

/// Options of a recorder; written with designators, they are also those of the macros that register
/// one with a test framework.
struct recorder_options {
  /// Files, as `read_specifications` reads them. Relative paths are relative to the working
  /// directory.
  std::vector<std::filesystem::path> specification_files{};
  /// Specifications by name, beside those of the files; may be null.
  std::shared_ptr<const specification_catalog> specifications{};
  /// Where the models are written when the suite ends.
  std::filesystem::path impl_models_dir = "./spex_impl_models";
  /// Write models even if a test failed. They may then hold transitions that nobody wants, or miss
  /// some that a later run reports as deviations.
  bool write_when_failed = false;
  /// Add to the files that are there instead of replacing them: for a suite of several programs. A
  /// transition that the implementation no longer has stays until its file is deleted.
  bool add_to_existing = false;
  /// Number of shards; at least 1.
  std::uint32_t distribution_factor = 1;
  /// The current time, called from other threads; empty: the system's clock.
  std::function<timestamp()> now{};
  /// Hears of errors beside those that calls return, from other threads; may be empty.
  std::function<void(const failure&)> report{};
};

/// A node in memory, in learning mode, that lives as long as a test suite: code under test reports
/// to it as it does in production, and the models that it learns are written in the end.
///
/// Deadlines follow the times of the reported steps, so a slow test is never late. There is at most
/// one recorder in a process at a time. Starting and ending it is for one thread; `current`,
/// `manager` and `mock_instance` are thread-safe.
class recorder {
public:
  /// Starts an actor system and a node in it. A program that has message types of its own makes
  /// them known to CAF before.
  /// @returns what is wrong with the specifications; `invalid_argument` while there is another
  ///          recorder.
  [[nodiscard]] static result<std::unique_ptr<recorder>> start(recorder_options options);

  /// The recorder that was started last.
  /// @throws std::logic_error if there is none (any more).
  [[nodiscard]] static recorder& current();

  recorder(const recorder&) = delete;
  recorder& operator=(const recorder&) = delete;
  /// Stops the node. Writes nothing.
  ~recorder();

  /// What code under test reports to. Copies must not outlive the recorder.
  [[nodiscard]] const instance_manager& manager() const noexcept;

  /// Puts an instance at a state, without history, whatever was there: the next step starts there.
  /// Errors: `unknown_specification`, `invalid_argument`.
  [[nodiscard]] result<void> mock_instance(const std::string& specification, const term& identifier,
                                           const std::string& state,
                                           const term& meta = atom{"nil"}) const;

  /// Writes the models as `write_models` says.
  [[nodiscard]] result<model_output> write(const suite_end& end) const;

  /// Writes the models and tells on standard error if there is anything to tell.
  /// @returns false if the models should have been written and could not be.
  [[nodiscard]] bool finish(const suite_end& end) const;

private:
  struct parts;
  explicit recorder(std::unique_ptr<parts> running);

  std::unique_ptr<parts> parts_;
};

} // namespace lockstep::testing
