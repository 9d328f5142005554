#pragma once

#include "model/failure.hpp"
#include "model/workflow/instance.hpp"
#include "model/workflow/judgement.hpp"
#include "model/workflow/request.hpp"
#include "model/workflow/specification.hpp"
#include "model/workflow/transition.hpp"
#include "model/workflow/verdict.hpp"

#include <map>
#include <memory>
#include <string>

namespace lockstep {

/// The specifications that a node knows, by name. Shared by its shards, never changed.
using specification_catalog = std::map<std::string, std::shared_ptr<const specification>>;

/// An error on its way to the error policy.
struct report {
  failure error;
  /// The specification whose policy is asked; null: the node's.
  std::shared_ptr<const specification> spec;
};

/// Is it one of the two deviations?
[[nodiscard]] bool is_deviation(verdict outcome) noexcept;

/// The error that a deviation is reported as. Only for deviations.
[[nodiscard]] ec code_of(verdict outcome) noexcept;

// What goes wrong with an instance, each as the sentence and the data that people and programs get.

[[nodiscard]] failure already_in_use(const term& identifier, const std::string& specification);
[[nodiscard]] failure not_found(const term& identifier);
[[nodiscard]] failure model_not_found(const std::string& specification, const std::string& shard);
[[nodiscard]] failure unknown_specification(const std::string& name,
                                            const specification_catalog& known);

/// `invalid_specification`, for what needs a state to begin in.
[[nodiscard]] tl::unexpected<failure> no_initial_state(const specification& spec);
[[nodiscard]] failure operation_of_another(const std::string& operation_id, const term& owner,
                                           const term& identifier);

/// @param head The instance after the step.
/// @param found What was found about the step. Its explanation goes into the context; its `why` and
///        what is perhaps mistyped are in the message, too.
[[nodiscard]] failure deviation_report(const instance_head& head, const transition& seen,
                                       const judgement& found);

/// The answer to the repetition of a request that deviated; context `duplicate` is `true`.
[[nodiscard]] failure repeated_deviation(const term& identifier, const receipt& first);

[[nodiscard]] failure late_report(const instance_head& head, const specification& spec);

} // namespace lockstep
