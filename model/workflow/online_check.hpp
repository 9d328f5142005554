#pragma once

#include "model/bisimulation/label_table.hpp"
#include "model/bisimulation/lts.hpp"
#include "model/workflow/implementation_model.hpp"
#include "model/workflow/minimised_specification.hpp"
#include "model/workflow/transition.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lockstep {

/// Answers, again and again for one model: would it still be branching bisimilar to its
/// specification if it had one more transition? What takes time for both systems as a whole is done
/// once, in the constructor.
///
/// Immutable and thread-safe; keeps both alive.
///
/// **How.** The classes of the model's states and the (minimised) specification's are known. A
/// transition from p by a to q changes no class, so nothing at all, if p is unreachable, if a is
/// internal and p and q are of one class, or if p's class can do a into q's class anyway. If the
/// two were equivalent, and the minimised specification is deterministic, any other transition
/// separates them: p can only be equal to the one state that its traces lead to, which does not
/// have the step, and no other state changes its class as long as p does not. Otherwise both are
/// compared.
class online_check {
public:
  /// Takes time in O(m log n) for both systems. @pre None is null, and they belong together.
  online_check(std::shared_ptr<const minimised_specification> spec,
               std::shared_ptr<const implementation_model> model);
  online_check(const online_check&) = delete;
  online_check& operator=(const online_check&) = delete;

  [[nodiscard]] const std::shared_ptr<const minimised_specification>& spec() const noexcept {
    return spec_;
  }

  /// Are the model as it is and its specification branching bisimilar?
  [[nodiscard]] bool is_equivalent() const noexcept { return is_equivalent_; }

  /// Would they be with this transition, too?
  [[nodiscard]] bool still_equivalent(const transition& step) const;

private:
  using state_class = lts::state;

  /// A step as numbers. A state or an action that the model does not know has a number that nothing
  /// else has.
  [[nodiscard]] lts::edge numbered(const transition& step) const;
  [[nodiscard]] bool changes_no_class(const lts::edge& step) const;
  /// That of states without a step to another class is one for all; nothing if there are none.
  [[nodiscard]] std::optional<state_class> class_of(lts::state state) const;

  std::shared_ptr<const minimised_specification> spec_;
  std::shared_ptr<const implementation_model> model_;
  label_table labels_;
  /// Nothing if there is other than exactly one initialisation.
  std::optional<lts> system_;
  std::vector<std::string> state_names_;
  /// The inverse; the keys are those strings.
  std::unordered_map<std::string_view, lts::state> states_;
  std::vector<bool> is_reachable_;
  /// By state of the model.
  std::vector<state_class> classes_;
  /// Steps between classes, in order, without inert ones.
  std::vector<lts::edge> class_steps_;
  std::optional<state_class> deadlock_;
  bool is_equivalent_ = false;
};

} // namespace lockstep
