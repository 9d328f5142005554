#include "test/support/changes.hpp"
#include "test/support/results.hpp"
#include "test/support/stores.hpp"
#include "test/support/term_generator.hpp"

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>

using namespace lockstep;
using namespace lockstep::test;

namespace {

/// Few enough that they meet each other, and of kinds that a store could mistake for one another.
const std::vector<term> identifiers{term{5},       term{5.0},
                                    term{"5"},     term{atom{"5"}},
                                    term{""},      term::tuple({atom{"order"}, term{1}}),
                                    term::list({})};

rc::Gen<std::string> any_state() {
  return rc::gen::element<std::string>("", "new", "paid", "nil", "状態", "a b");
}
rc::Gen<std::string> any_specification() {
  return rc::gen::element<std::string>("Order", "Invoice", "new");
}
rc::Gen<verdict> any_verdict() {
  return rc::gen::element(verdict::conforms, verdict::learned, verdict::deviation_still_equivalent,
                          verdict::deviation_not_equivalent);
}

/// Makes changes that nearly always apply, since it knows what there is.
class change_maker {
public:
  change any() {
    const auto identifier = *rc::gen::elementOf(identifiers);
    const auto slip = *rc::gen::weightedElement<bool>({{40, false}, {1, true}});
    const auto known = slip || steps_.contains(identifier);
    switch (*rc::gen::weightedElement<int>(
        {{1, 0}, {6, 1}, {2, 2}, {1, 3}, {1, 4}, {2, 5}, {1, 6}, {1, 7}, {1, 8}, {1, 9}})) {
    case 1:
      return known ? step_of(identifier, slip) : instance_of(identifier);
    case 2:
      return known ? change{mark_late{identifier}} : instance_of(identifier);
    case 3:
      steps_.erase(identifier);
      numbers_.erase(identifier);
      return delete_instance{identifier};
    case 4:
      return model_of(*any_specification());
    case 5: {
      const auto specification = *any_specification();
      if (!slip && !models_.contains(specification))
        return model_of(specification);
      return learn_transition{specification, {*any_state(), "pay", *any_state()}};
    }
    case 6:
      return quarantine_instance{{identifier, *rc::gen::element<std::string>("", "boom", "状態"),
                                  at_second(*rc::gen::inRange(-1000, 1000))}};
    case 7:
      return release_instance{identifier};
    case 8:
      return drop_deadlines{at_second(*rc::gen::inRange(-1000, 1000))};
    case 9:
      return whole_instance_of(identifier);
    default:
      return instance_of(identifier);
    }
  }

  /// What the store calls the instances that it has.
  void read_numbers(instance_store& store) {
    numbers_.clear();
    for (const auto& identifier : identifiers)
      if (auto known = store.find(identifier).value())
        numbers_[identifier] = known->number;
  }

private:
  change instance_of(const term& identifier) {
    auto made = put(identifier, *any_specification(), *any_state());
    made.head.meta = *rc::gen::arbitrary<term>();
    steps_[identifier] = 0;
    numbers_.erase(identifier);
    return made;
  }

  change whole_instance_of(const term& identifier) {
    restore_instance made;
    made.instance.head = put(identifier, *any_specification(), *any_state()).head;
    const auto count = *rc::gen::weightedElement<std::uint64_t>({{6, 1}, {6, 3}, {1, 60}});
    for (std::uint64_t i = 0; i < count; ++i)
      made.steps.push_back({"pay", *any_state(), at_second(1), *any_verdict()});
    made.instance.head.step_count = count;
    made.instance.head.current_state = made.steps.back().to;
    made.instance.head.last_step_at = made.steps.back().at;
    if (*rc::gen::arbitrary<bool>())
      made.instance.deadline = at_second(*rc::gen::inRange(-1000, 1000));
    steps_[identifier] = count;
    numbers_.erase(identifier);
    return made;
  }

  change step_of(const term& identifier, bool slip) {
    auto made =
        append(identifier, ++steps_[identifier] + (slip ? 1 : 0),
               *rc::gen::element<std::string>("pay", "paid", "ship"), *any_state(), *any_verdict());
    made.step.at = at_second(*rc::gen::inRange(-1000, 1000));
    if (const auto number = numbers_.find(identifier);
        number != numbers_.end() && *rc::gen::arbitrary<bool>())
      made.instance = number->second;
    if (*rc::gen::weightedElement<bool>({{3, false}, {1, true}}))
      made.deadline = at_second(*rc::gen::inRange(-1000, 1000));
    made.operation_id = *rc::gen::element<std::string>("", "op-1", "op-2", "op-3");
    made.operation_outcome = *any_verdict();
    made.operation_answered =
        *rc::gen::element(step_reply::not_kept, step_reply::receipt, step_reply::error);
    return made;
  }

  change model_of(const std::string& specification) {
    models_.insert(specification);
    return put_model{specification, *rc::gen::arbitrary<bool>()};
  }

  std::map<term, std::uint64_t> steps_;
  std::map<term, std::uint64_t> numbers_;
  std::set<std::string> models_;
};

std::vector<stored_instance> list(instance_store& store, std::size_t limit) {
  std::vector<stored_instance> all;
  std::optional<std::uint64_t> from = 0;
  while (from) {
    auto page = page_of(store, *from, limit).value();
    std::move(page.instances.begin(), page.instances.end(), std::back_inserter(all));
    from = page.next;
  }
  return all;
}

void check_same(instance_store& one, instance_store& other) {
  for (const auto& identifier : identifiers) {
    RC_ASSERT(one.find(identifier).value() == other.find(identifier).value());
    RC_ASSERT(one.history(identifier).value() == other.history(identifier).value());
  }
  for (const auto* operation : {"op-1", "op-2", "op-3", ""})
    RC_ASSERT(one.find_operation(operation).value() == other.find_operation(operation).value());
  RC_ASSERT(one.count_by_state().value() == other.count_by_state().value());
  for (const std::size_t visit : {1, 2, 100}) {
    page_request part;
    part.visit = visit;
    auto mine = one.summarise(part, 2).value();
    auto theirs = other.summarise(part, 2).value();
    RC_ASSERT(mine.next.has_value() == theirs.next.has_value());
    RC_ASSERT(mine.deviations.total == theirs.deviations.total);
    RC_ASSERT(mine.deviations.first == theirs.deviations.first);
    summary_sum sum{0};
    sum.add(std::move(mine));
    summary_sum other_sum{0};
    other_sum.add(std::move(theirs));
    RC_ASSERT(sum.states() == other_sum.states());
  }
  RC_ASSERT(one.models().value() == other.models().value());
  RC_ASSERT(one.quarantined().value() == other.quarantined().value());

  auto deadlines = deadlines_of(one).value();
  auto other_deadlines = deadlines_of(other).value();
  std::sort(deadlines.begin(), deadlines.end());
  std::sort(other_deadlines.begin(), other_deadlines.end());
  RC_ASSERT(deadlines == other_deadlines);

  const auto all = list(one, identifiers.size() + 1);
  for (std::size_t limit = 1; limit <= identifiers.size() + 1; ++limit) {
    RC_ASSERT(list(one, limit) == all);
    RC_ASSERT(list(other, limit) == all);
  }
  const auto total = one.deviations(0).value().total;
  for (std::size_t limit = 0; limit <= total + 1; ++limit) {
    RC_ASSERT(one.deviations(limit).value().total == other.deviations(limit).value().total);
    RC_ASSERT(one.deviations(limit).value().first == other.deviations(limit).value().first);
  }
}

} // namespace

TEST_CASE("memory and SQLite agree on every batch and on every read", "[store]") {
  const auto agreed = rc::check("any batches, with and without reopening", [] {
    store_home memory_home{engine::memory};
    store_home sqlite_home{engine::sqlite};
    const sqlite::lag_limits most{.rows = *rc::gen::inRange<std::size_t>(0, 4),
                                  .steps = *rc::gen::inRange(0, 12),
                                  .slice = *rc::gen::inRange<std::size_t>(1, 3)};
    auto memory = memory_home.open();
    auto sqlite = sqlite_home.open(most);
    change_maker maker;
    const auto batches = *rc::gen::inRange(1, 10);
    for (int i = 0; i < batches; ++i) {
      const auto before = maker;
      batch changes;
      const auto size = *rc::gen::inRange(0, 20);
      for (int j = 0; j < size; ++j)
        changes.push_back(maker.any());
      const auto committed = bool(memory->commit(changes));
      RC_ASSERT(bool(sqlite->commit(changes)) == committed);
      RC_CLASSIFY(committed, "committed");
      RC_CLASSIFY(!committed, "refused");
      if (!committed)
        maker = before;
      if (*rc::gen::weightedElement<bool>({{3, false}, {1, true}})) {
        sqlite.reset();
        sqlite = sqlite_home.open(most);
      }
      check_same(*memory, *sqlite);
      RC_ASSERT(memory->last_instance().value() == sqlite->last_instance().value());
      if (*rc::gen::weightedElement<bool>({{3, false}, {1, true}}))
        (void)sqlite->collect(*rc::gen::inRange<std::size_t>(1, 70)).value();
      maker.read_numbers(*memory);
    }
  });
  CHECK(agreed);
}
