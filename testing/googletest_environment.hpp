#pragma once

/// Records a GoogleTest suite. In one source file of the test program:
///
///     #include "testing/googletest_environment.hpp"
///     LOCKSTEP_GOOGLETEST_RECORDER(.specification_files = {"order.json"})
///
/// or, in a `main` of its own,
/// `::testing::AddGlobalTestEnvironment(new lockstep::testing::googletest_environment{options})`.
/// The recorder runs from before the first test suite to after the last one.

#include "testing/recorder.hpp"

#include <memory>
#include <utility>

#include <gtest/gtest.h>

namespace lockstep::testing {

class googletest_environment : public ::testing::Environment {
public:
  explicit googletest_environment(recorder_options options) : options_(std::move(options)) {}

  void SetUp() override {
    auto started = recorder::start(options_);
    if (!started)
      FAIL() << "lockstep: " << started.error().message;
    recorder_ = std::move(*started);
  }

  void TearDown() override {
    if (!recorder_)
      return;
    if (!recorder_->finish(end_of(*::testing::UnitTest::GetInstance())))
      ADD_FAILURE() << "lockstep: the implementation models were not written, see above";
    recorder_.reset();
  }

private:
  static suite_end end_of(const ::testing::UnitTest& suite) {
    const int left_out = GTEST_FLAG_GET(also_run_disabled_tests) ? 0 : suite.disabled_test_count();
    return {.passed = suite.Passed(),
            .complete = suite.skipped_test_count() == 0
                        && suite.test_to_run_count() + left_out >= suite.total_test_count()};
  }

  recorder_options options_;
  std::unique_ptr<recorder> recorder_;
};

} // namespace lockstep::testing

/// Takes the members of `lockstep::testing::recorder_options`, or one such object. The expression
/// is evaluated before `main`, so it must not need other global objects.
#define LOCKSTEP_GOOGLETEST_RECORDER(...)                                                          \
  [[maybe_unused]] static const auto* const lockstep_googletest_recorder =                         \
      ::testing::AddGlobalTestEnvironment(new ::lockstep::testing::googletest_environment{         \
          ::lockstep::testing::recorder_options{__VA_ARGS__}});
