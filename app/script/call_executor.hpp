#pragma once

#include "app/script/keyed_calls.hpp"
#include "app/script/runner.hpp"
#include "app/script/script.hpp"
#include "model/failure.hpp"
#include "model/workflow/specification.hpp"

#include <concepts>
#include <string>

namespace lockstep {

/// Steps that end with this error are recorded all the same.
[[nodiscard]] bool is_deviation_code(ec code);

/// Executes a script's calls, for `std::visit`. Each returns the line that tells its result, or
/// more lines, or the call's error; `expectation_failed` if something is not as the script expects.
class call_executor {
public:
  /// @param environment Must outlive this.
  explicit call_executor(const script_environment& environment) : environment_(environment) {}

  result<std::string> operator()(const script::init& call);
  result<std::string> operator()(const script::transition& call);
  result<std::string> operator()(const script::mock& call);
  result<std::string> operator()(const script::get& call);
  result<std::string> operator()(const script::list& call);
  result<std::string> operator()(const script::remove& call);
  result<std::string> operator()(const script::remove_all& call);
  result<std::string> operator()(const script::declare& call);
  result<std::string> operator()(const script::specifications&);
  result<std::string> operator()(const script::models&);
  result<std::string> operator()(const script::export_models& call);
  result<std::string> operator()(const script::wait& call);
  result<std::string> operator()(const script::summary&);
  result<std::string> operator()(const script::generate& call);
  result<std::string> operator()(const script::expect_instance& call);
  result<std::string> operator()(const script::expect_count& call);

  template <keyed_call Call>
  result<std::string> operator()(const Call& call) {
    if constexpr (std::same_as<Call, script::read>)
      return lockstep::execute(call, environment_.keyed, environment_.interrupted);
    else
      return lockstep::execute(call, environment_.keyed);
  }

  /// Did a signal end the last call before it was done?
  [[nodiscard]] bool cut_short() const noexcept { return cut_short_; }

private:
  result<specification> find_specification(const std::string& name) const;

  const instance_manager& manager() const { return environment_.manager; }

  const script_environment& environment_;
  bool cut_short_ = false;
};

} // namespace lockstep
