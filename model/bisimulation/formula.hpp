#pragma once

#include "model/bisimulation/label_table.hpp"
#include "model/bisimulation/lts.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lockstep {

/// A formula of Hennessy-Milner logic with modalities for internal steps, which tells systems apart
/// that are not equivalent. Parts that are equal are stored once, so that a formula whose text
/// would be exponentially long takes little room.
///
/// | form | text | holds in a state |
/// |---|---|---|
/// | `truth` | `true` | always |
/// | `negation` | `!f` | where `f` does not hold |
/// | `conjunction` | `f && g` | where all parts hold |
/// | `internally` | `<tau*>f` | that reaches one where `f` holds by internal steps, or none |
/// | `internally_once` | `<tau?>f` | where `f` holds, or that has an internal step to such a one |
/// | `after` | `<a>f` | that has a step `a` to one where `f` holds |
///
/// With `after` only behind `internally` this logic cannot tell branching bisimilar systems apart
/// (Martens and Groote, "Minimal Depth Distinguishing Formulas Without Until for Branching
/// Bisimulation", 2024).
struct formula {
  enum class form : std::uint8_t {
    truth,
    negation,
    conjunction,
    internally,
    internally_once,
    after
  };

  struct node {
    form what = form::truth;
    /// Of `after` only. `lts::tau` is one internal step, for strong bisimilarity.
    lts::label action = lts::tau;
    /// Indices into `nodes`: two or more for a conjunction, none for `truth`, else one.
    std::vector<std::uint32_t> parts{};
    friend auto operator<=>(const node&, const node&) = default;
  };

  /// Not empty. The parts of a node come before it; the last one is the formula itself.
  std::vector<node> nodes;

  /// How many `after` and `internally_once` are nested in each other at most.
  [[nodiscard]] std::size_t depth() const;

  friend bool operator==(const formula&, const formula&) = default;
};

/// As a line of text, e.g. `<tau*>(<tau*><pay>true && <create>true)`. Names of actions that are
/// other than letters, digits and `_-.:/` are in double quotes, as `quoted_name` does; none is cut.
/// @returns nothing if it would have more than `max_bytes`.
[[nodiscard]] std::optional<std::string> to_text(const formula& formula, const label_table& labels,
                                                 std::size_t max_bytes);

/// Builds formulas bottom-up, each part once.
class formula_builder {
public:
  using id = std::uint32_t;

  [[nodiscard]] id truth() { return add({}); }
  /// Never a negation of a negation.
  [[nodiscard]] id negation(id part);
  /// Of none: `truth`; of one: itself.
  [[nodiscard]] id conjunction(std::vector<id> parts);
  /// Never twice in a row.
  [[nodiscard]] id internally(id part);
  [[nodiscard]] id internally_once(id part);
  [[nodiscard]] id after(lts::label action, id part);

  [[nodiscard]] std::size_t size() const noexcept { return nodes_.size(); }
  /// What `root` consists of, without the rest.
  [[nodiscard]] formula take(id root) const;

private:
  id add(formula::node node);

  std::vector<formula::node> nodes_;
  std::map<formula::node, id> known_;
};

} // namespace lockstep
