#pragma once

/// Records a Catch2 v3 suite. In one source file of the test program:
///
///     #include "testing/catch2_listener.hpp"
///     LOCKSTEP_CATCH2_RECORDER(.specification_files = {"order.json"})
///
/// The recorder runs from before the first test case to after the last one.

#include "testing/recorder.hpp"

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <utility>

#include <catch2/catch_test_case_info.hpp>
#include <catch2/catch_totals.hpp>
#include <catch2/interfaces/catch_interfaces_config.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>

namespace lockstep::testing {

class catch2_listener : public Catch::EventListenerBase {
public:
  catch2_listener(const Catch::IConfig* config, recorder_options options)
      : EventListenerBase(config), options_(std::move(options)) {}

  /// Catch2 ends the run with an error if this throws.
  void testRunStarting(const Catch::TestRunInfo&) override {
    auto started = recorder::start(options_);
    if (!started)
      throw std::runtime_error{"lockstep: " + started.error().message};
    recorder_ = std::move(*started);
  }

  // Also called for a run that a signal ends: so the recorder is stopped elsewhere.
  void testRunEnded(const Catch::TestRunStats& run) override {
    const auto& totals = run.totals;
    const suite_end end{
        .passed = totals.assertions.allOk() && totals.testCases.allOk() && !run.aborting,
        .complete = !m_config->hasTestFilters() && m_config->shardCount() <= 1
                    && m_config->getSectionsToRun().empty() && totals.testCases.skipped == 0
                    && totals.assertions.skipped == 0};
    if (!recorder_->finish(end))
      fail_at_exit();
  }

private:
  /// Catch2 gives a listener no way to fail a run that has passed, and its reporters have yet to
  /// write their results.
  static void fail_at_exit() {
    std::atexit([] {
      std::cout.flush();
      std::fflush(nullptr);
      std::_Exit(EXIT_FAILURE);
    });
  }

  recorder_options options_;
  std::unique_ptr<recorder> recorder_;
};

} // namespace lockstep::testing

/// Takes the members of `lockstep::testing::recorder_options`, or one such object. The expression
/// is evaluated when Catch2 makes its listeners.
#define LOCKSTEP_CATCH2_RECORDER(...)                                                              \
  namespace {                                                                                      \
  struct lockstep_catch2_recorder final : ::lockstep::testing::catch2_listener {                   \
    explicit lockstep_catch2_recorder(const Catch::IConfig* config)                                \
        : catch2_listener(config, ::lockstep::testing::recorder_options{__VA_ARGS__}) {}           \
  };                                                                                               \
  CATCH_REGISTER_LISTENER(lockstep_catch2_recorder)                                                \
  }
