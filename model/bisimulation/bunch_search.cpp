#include "model/bisimulation/bunch_search.hpp"

namespace lockstep {

bunch_search::bunch_search(const indexed_edges& edges, const edge_groups& slices,
                           const edge_groups& shares, lts::state state_count)
    : edges_(edges),
      slices_(slices),
      shares_(shares),
      standing_(state_count, standing::unknown),
      undecided_steps_(state_count, 0) {
  reaching_.reaches = true;
}

const bunch_search::part& bunch_search::smaller_part(lts::state block_size, share splitter,
                                                     std::span<const lts::state> bottoms_with,
                                                     std::span<const lts::state> bottoms_without,
                                                     std::span<const std::uint32_t> inert_steps) {
  splitter_ = splitter;
  bottoms_without_ = bottoms_without;
  inert_steps_ = inert_steps;
  limit_ = block_size / 2;
  reaching_.states.clear();
  reaching_done_ = reaching_edges_done_ = splitter_edges_done_ = 0;
  avoiding_.states.clear();
  avoiding_done_ = avoiding_edges_done_ = bottoms_done_ = 0;
  may_avoid_.clear();
  is_testing_ = false;

  auto reaching = progress::searching;
  auto avoiding = progress::searching;
  if (bottoms_with.size() > limit_)
    reaching = progress::given_up;
  else
    for (const auto s : bottoms_with)
      add_reaching(s);
  if (bottoms_without.size() > limit_)
    avoiding = progress::given_up;
  steps_ += bottoms_with.size();
  while (reaching != progress::complete && avoiding != progress::complete) {
    ++steps_;
    if (reaching == progress::searching)
      reaching = step_reaching();
    if (avoiding == progress::searching && reaching != progress::complete)
      avoiding = step_avoiding();
  }
  forget();
  return reaching == progress::complete ? reaching_ : avoiding_;
}

bunch_search::progress bunch_search::step_reaching() {
  const auto& found = reaching_.states;
  if (reaching_done_ < found.size()) {
    const auto in = edges_.to(found[reaching_done_]);
    if (reaching_edges_done_ == in.size()) {
      ++reaching_done_;
      reaching_edges_done_ = 0;
    } else if (const auto e = in[reaching_edges_done_++]; slices_.of(e) == edge_groups::none) {
      add_reaching(edges_.source(e));
    }
  } else if (const auto all = shares_.members(splitter_); splitter_edges_done_ < all.size()) {
    add_reaching(edges_.source(all[splitter_edges_done_++]));
  } else {
    return progress::complete;
  }
  return found.size() > limit_ ? progress::given_up : progress::searching;
}

bunch_search::progress bunch_search::step_avoiding() {
  const auto& found = avoiding_.states;
  if (is_testing_) {
    step_test();
  } else if (avoiding_done_ < found.size()) {
    const auto in = edges_.to(found[avoiding_done_]);
    if (avoiding_edges_done_ == in.size()) {
      ++avoiding_done_;
      avoiding_edges_done_ = 0;
    } else if (const auto e = in[avoiding_edges_done_++]; slices_.of(e) == edge_groups::none) {
      count_down(edges_.source(e));
    }
  } else if (bottoms_done_ < bottoms_without_.size()) {
    add_avoiding(bottoms_without_[bottoms_done_++]);
  } else {
    return progress::complete;
  }
  return found.size() > limit_ ? progress::given_up : progress::searching;
}

void bunch_search::add_reaching(lts::state s) {
  if (standing_[s] == standing::reaching)
    return;
  standing_[s] = standing::reaching;
  reaching_.states.push_back(s);
}

void bunch_search::add_avoiding(lts::state s) {
  standing_[s] = standing::avoiding;
  avoiding_.states.push_back(s);
}

void bunch_search::count_down(lts::state s) {
  if (standing_[s] == standing::reaching)
    return;
  if (standing_[s] == standing::unknown) {
    standing_[s] = standing::may_avoid;
    may_avoid_.push_back(s);
    undecided_steps_[s] = inert_steps_[s];
  }
  if (--undecided_steps_[s] == 0) {
    is_testing_ = true;
    tested_ = s;
    tested_edges_done_ = 0;
  }
}

void bunch_search::step_test() {
  const auto own = edges_.from(tested_);
  if (tested_edges_done_ == own.size()) {
    is_testing_ = false;
    add_avoiding(tested_);
  } else if (shares_.of(own[tested_edges_done_++]) == splitter_) {
    is_testing_ = false;
  }
}

void bunch_search::forget() {
  for (const auto s : reaching_.states)
    standing_[s] = standing::unknown;
  for (const auto s : avoiding_.states)
    standing_[s] = standing::unknown;
  for (const auto s : may_avoid_)
    standing_[s] = standing::unknown;
}

} // namespace lockstep
