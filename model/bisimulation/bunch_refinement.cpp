#include "model/bisimulation/bunch_refinement.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace lockstep {

bunch_refinement::bunch_refinement(const lts& system)
    : edges_(system),
      blocks_(system.state_count),
      inert_steps_(system.state_count, 0),
      slices_(edges_.count()),
      shares_(edges_.count()),
      counter_of_(edges_.count(), none),
      search_(edges_, slices_, shares_, system.state_count),
      fresh_counter_(system.state_count, none),
      has_rest_(system.state_count, false),
      is_listed_(system.state_count, false) {
  separate_what_sees_nothing(system);
  group_edges(system);
}

/// Two blocks: states that reach a visible action by internal steps and those that do not.
void bunch_refinement::separate_what_sees_nothing(const lts& system) {
  std::vector<bool> sees(system.state_count, false);
  std::vector<lts::state> open;
  const auto add = [&](lts::state s) {
    if (!sees[s]) {
      sees[s] = true;
      open.push_back(s);
    }
  };
  for (const auto& [from, action, to] : system.edges) {
    if (action != lts::tau)
      add(from);
  }
  while (!open.empty()) {
    const auto s = open.back();
    open.pop_back();
    for (const auto e : edges_.to(s)) {
      if (system.edges[e].action == lts::tau)
        add(edges_.source(e));
    }
  }
  std::vector<lts::state> others;
  for (lts::state s = 0; s < system.state_count; ++s) {
    if (!sees[s])
      others.push_back(s);
  }
  if (!others.empty() && others.size() < system.state_count)
    blocks_.split_off(0, others);
}

/// One bunch of all edges that are not inert, in slices, with a share for each block.
void bunch_refinement::group_edges(const lts& system) {
  std::vector<edge> sorted;
  for (edge e = 0; e < edges_.count(); ++e) {
    const auto& [from, action, to] = system.edges[e];
    if (action == lts::tau && blocks_.of(from) == blocks_.of(to))
      ++inert_steps_[from];
    else
      sorted.push_back(e);
  }
  for (lts::state s = 0; s < system.state_count; ++s) {
    if (inert_steps_[s] == 0)
      blocks_.make_bottom(s);
  }
  for (block b = 0; b < blocks_.count(); ++b)
    share_lists_.add_block();
  if (sorted.empty())
    return;

  const auto slice_of = [&](edge e) {
    return std::tuple(system.edges[e].action, blocks_.of(system.edges[e].to));
  };
  std::ranges::sort(sorted, {}, slice_of);
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (i == 0 || slice_of(sorted[i]) != slice_of(sorted[i - 1])) {
      slices_.add();
      bunch_of_.push_back(0);
    }
    slices_.append(sorted[i]);
  }
  bunches_.push_back({0, static_cast<edge>(sorted.size()), false});
  enqueue_bunch(0);

  std::ranges::sort(sorted, {}, [this](edge e) { return blocks_.of(edges_.source(e)); });
  auto owner = none;
  for (const auto e : sorted) {
    if (blocks_.of(edges_.source(e)) != owner) {
      owner = blocks_.of(edges_.source(e));
      share_lists_.add(shares_.add(), owner);
    }
    shares_.append(e);
    count_anew(e);
  }
  end_count();
}

bool bunch_refinement::refine() {
  while (!queued_bunches_.empty()) {
    const auto whole = queued_bunches_.back();
    queued_bunches_.pop_back();
    bunches_[whole].is_queued = false;
    const auto first = slices_.of(slices_.at(bunches_[whole].begin));
    const auto last = slices_.of(slices_.at(bunches_[whole].end - 1));
    if (first == last)
      continue;
    take_out(slices_.size(first) <= slices_.size(last) ? first : last, whole);
    return true;
  }
  return false;
}

void bunch_refinement::take_out(slice smaller, bunch whole) {
  const auto fresh = static_cast<bunch>(bunches_.size());
  bunches_.push_back({slices_.begin(smaller), slices_.end(smaller), false});
  bunch_of_[smaller] = fresh;
  if (bunches_[whole].begin == slices_.begin(smaller))
    bunches_[whole].begin = slices_.end(smaller);
  else
    bunches_[whole].end = slices_.begin(smaller);
  enqueue_bunch(whole);

  forget_division();
  std::vector<share> touched;
  visits_ += slices_.size(smaller);
  for (const auto e : slices_.members(smaller)) {
    const auto owner_share = shares_.of(e);
    if (shares_.cut_off(e))
      touched.push_back(owner_share);
    count_anew(e);
  }
  for (const auto& [source, before] : recounted_)
    has_rest_[source] = counts_[before] != 0;
  end_count();

  std::vector<std::pair<share, share>> splitters;
  for (const auto old : touched) {
    const auto part = shares_.twin(old);
    if (shares_.settle(old)) {
      share_lists_.add(part, share_lists_.owner(old));
      shares_.forget_twin(old);
      splitters.emplace_back(part, old);
    } else {
      splitters.emplace_back(old, none);
    }
  }
  for (const auto& [part, rest] : splitters)
    stabilise(part, rest);
  stabilise_new_bottoms();
}

void bunch_refinement::stabilise(share smaller, share rest) {
  const auto owner = share_lists_.owner(smaller);
  const auto with_smaller = bottom_sources(shares_.members(smaller));
  if (with_smaller.size() < blocks_.bottoms(owner).size()) {
    // All bottom states with an edge in the smaller bunch stay together.
    followed_share kept{with_smaller.empty() ? none : with_smaller.front(), rest};
    if (rest != none && !with_smaller.empty())
      followed_ = &kept;
    split(smaller, with_smaller);
    followed_ = nullptr;
    rest = kept.current;
  }
  if (rest == none || with_smaller.empty())
    return; // states without an edge in the smaller bunch have one in the rest, as they had before
  std::vector<lts::state> with_both;
  std::ranges::copy_if(with_smaller, std::back_inserter(with_both),
                       [this](lts::state s) { return has_rest_[s]; });
  if (with_both.size() < with_smaller.size())
    split(rest, with_both);
}

void bunch_refinement::stabilise_new_bottoms() {
  while (const auto next = share_lists_.dequeue()) {
    const auto splitter = *next;
    const auto bottoms_with = bottom_sources(shares_.marked(splitter));
    shares_.unmark_all(splitter);
    if (bottoms_with.size() < blocks_.bottoms(share_lists_.owner(splitter)).size())
      split(splitter, bottoms_with);
  }
}

void bunch_refinement::split(share splitter, std::span<const lts::state> bottoms_with) {
  new_bottoms_.clear();
  auto [reaching, steps_between] = separate(splitter, bottoms_with);
  if (steps_between == none)
    return;
  if (new_bottoms_.size() < blocks_.bottoms(reaching).size()) {
    const auto bottoms_between = new_bottoms_;
    reaching = separate(steps_between, bottoms_between).reaching;
  }
  // Now all bottom states of the block are new.
  for (const auto s : blocks_.bottoms(reaching)) {
    visits_ += edges_.from(s).size();
    for (const auto e : edges_.from(s))
      shares_.mark(e);
  }
  visits_ += share_lists_.enqueue_all(reaching);
}

bunch_refinement::separation bunch_refinement::separate(share splitter,
                                                        std::span<const lts::state> bottoms_with) {
  const auto whole = share_lists_.owner(splitter);
  blocks_.to_front(whole, bottoms_with);
  const auto& part =
      search_.smaller_part(blocks_.size(whole), splitter, bottoms_with,
                           blocks_.bottoms(whole).subspan(bottoms_with.size()), inert_steps_);
  const auto fresh = blocks_.split_off(whole, part.states);
  divide_shares(part.states, fresh);
  divide_slices(part.states);
  separation done{part.reaches ? fresh : whole, none};
  for (const auto s : part.states) {
    visits_ += edges_.from(s).size() + edges_.to(s).size();
    if (part.reaches) {
      for (const auto e : edges_.from(s)) {
        if (is_inert(e) && blocks_.of(edges_.target(e)) == whole)
          adopt_step_between(e, done);
      }
    } else {
      for (const auto e : edges_.to(s)) {
        if (is_inert(e) && blocks_.of(edges_.source(e)) == whole)
          adopt_step_between(e, done);
      }
    }
  }
  end_count();
  return done;
}

void bunch_refinement::divide_shares(std::span<const lts::state> states, block fresh) {
  forget_division();
  share_lists_.add_block();
  for (const auto s : states) {
    for (const auto e : edges_.from(s)) {
      if (is_inert(e))
        continue;
      const auto whole = shares_.of(e);
      if (shares_.cut_off(e))
        divided_shares_.push_back(whole);
    }
  }
  for (const auto whole : divided_shares_) {
    const auto part = shares_.twin(whole);
    if (shares_.settle(whole))
      share_lists_.add_part(part, whole, fresh);
    else
      share_lists_.give(whole, fresh);
  }
  if (followed_ != nullptr)
    follow();
}

void bunch_refinement::forget_division() {
  for (const auto s : divided_shares_)
    shares_.forget_twin(s);
  divided_shares_.clear();
}

void bunch_refinement::follow() {
  auto& current = followed_->current;
  const auto wanted = blocks_.of(followed_->witness);
  if (current != none && share_lists_.owner(current) != wanted)
    current = shares_.twin(current);
  if (current != none && share_lists_.owner(current) != wanted)
    current = none;
}

void bunch_refinement::divide_slices(std::span<const lts::state> states) {
  std::vector<slice> divided;
  for (const auto s : states) {
    for (const auto e : edges_.to(s)) {
      if (is_inert(e))
        continue;
      const auto whole = slices_.of(e);
      if (slices_.cut_off(e))
        divided.push_back(whole);
    }
  }
  for (const auto whole : divided) {
    const auto part = slices_.twin(whole);
    if (!slices_.settle(whole))
      continue;
    bunch_of_.resize(std::max<std::size_t>(bunch_of_.size(), part + std::size_t{1}));
    bunch_of_[part] = bunch_of_[whole];
    enqueue_bunch(bunch_of_[whole]);
    slices_.forget_twin(whole);
  }
}

void bunch_refinement::adopt_step_between(edge e, separation& done) {
  const auto source = edges_.source(e);
  if (done.steps_between == none) {
    const auto fresh = static_cast<bunch>(bunches_.size());
    const auto whole = slices_.add();
    bunch_of_.resize(std::max<std::size_t>(bunch_of_.size(), whole + std::size_t{1}));
    bunch_of_[whole] = fresh;
    bunches_.push_back({slices_.begin(whole), slices_.begin(whole), false});
    done.steps_between = shares_.add();
    share_lists_.add(done.steps_between, done.reaching);
  }
  slices_.append(e);
  shares_.append(e);
  ++bunches_.back().end;
  count_anew(e);
  if (--inert_steps_[source] == 0) {
    blocks_.make_bottom(source);
    new_bottoms_.push_back(source);
  }
}

// -- bookkeeping ----------------------------------------------------------------------------------

std::vector<lts::state> bunch_refinement::bottom_sources(std::span<const edge> edges) {
  visits_ += edges.size();
  std::vector<lts::state> found;
  for (const auto e : edges) {
    const auto s = edges_.source(e);
    if (inert_steps_[s] == 0 && !is_listed_[s]) {
      is_listed_[s] = true;
      found.push_back(s);
    }
  }
  for (const auto s : found)
    is_listed_[s] = false;
  return found;
}

void bunch_refinement::count_anew(edge e) {
  const auto source = edges_.source(e);
  const auto before = counter_of_[e];
  auto& fresh = fresh_counter_[source];
  if (fresh == none) {
    if (free_counters_.empty()) {
      fresh = static_cast<counter>(counts_.size());
      counts_.push_back(0);
    } else {
      fresh = free_counters_.back();
      free_counters_.pop_back();
    }
    recounted_.push_back({source, before});
  }
  ++counts_[fresh];
  if (before != none)
    --counts_[before];
  counter_of_[e] = fresh;
}

void bunch_refinement::end_count() {
  for (const auto& [source, before] : recounted_) {
    fresh_counter_[source] = none;
    if (before != none && counts_[before] == 0)
      free_counters_.push_back(before);
  }
  recounted_.clear();
}

void bunch_refinement::enqueue_bunch(bunch b) {
  if (!std::exchange(bunches_[b].is_queued, true))
    queued_bunches_.push_back(b);
}

} // namespace lockstep
