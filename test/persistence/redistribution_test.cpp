#include "persistence/redistribution.hpp"

#include "persistence/ledger.hpp"
#include "persistence/memory_store.hpp"
#include "test/support/forwarding_store.hpp"
#include "test/support/results.hpp"
#include "test/support/store_contents.hpp"
#include "test/support/term_generator.hpp"

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <memory>

using namespace lockstep;
using namespace lockstep::test;

namespace {

/// Counts the commits of several stores; from a certain one on, none is made any more.
struct life {
  std::size_t commits = 0;
  std::optional<std::size_t> ends_after;
};

/// A store of a process that may be killed.
class mortal_store final : public forwarding_store {
public:
  mortal_store(std::unique_ptr<instance_store> store, std::shared_ptr<life> of)
      : forwarding_store(std::move(store)), life_(std::move(of)) {}

  result<void> commit(const batch& changes) override {
    if (life_->ends_after == life_->commits)
      return fail(ec::store_failure, "killed");
    ++life_->commits;
    std::size_t steps = 0;
    for (const auto& one : changes)
      if (const auto* restored = std::get_if<restore_instance>(&one))
        steps += restored->steps.size();
    largest_batch = std::max(largest_batch, changes.size());
    most_steps = std::max(most_steps, steps);
    return forwarding_store::commit(changes);
  }
  std::size_t largest_batch = 0;
  std::size_t most_steps = 0;

private:
  std::shared_ptr<life> life_;
};

/// Memory stores of one node, with what they hold.
class stores {
public:
  stores(const store_contents& all, shard_layout layout) {
    make(layout.shards);
    for (const auto& [shard, changes] : divide(all, layout))
      must(stores_.at(shard)->commit(changes));
    life_->commits = 0;
  }
  /// The same contents in another process.
  stores(const stores& other) {
    for (const auto& [shard, contents] : other.contents_)
      open(shard, std::make_shared<memory_store_contents>(*contents));
  }

  result<redistribution_report> redistribute(shard_layout layout,
                                             const moving_function& progress = {}) {
    make(layout.shards);
    return lockstep::redistribute(
        all(), layout.shards, [&](const term& identifier) { return layout.shard_of(identifier); },
        progress);
  }

  void kill_after(std::size_t commits) { life_->ends_after = commits; }
  [[nodiscard]] std::size_t commits() const { return life_->commits; }

  [[nodiscard]] store_set all() const {
    store_set set;
    for (const auto& [shard, store] : stores_)
      set.emplace(shard, store.get());
    return set;
  }

  [[nodiscard]] const memory_store_contents& of(std::uint32_t shard) const {
    return *contents_.at(shard);
  }
  [[nodiscard]] std::unique_ptr<instance_store> reopen(std::uint32_t shard) const {
    return std::make_unique<memory_store>(contents_.at(shard));
  }
  [[nodiscard]] const mortal_store& store(std::uint32_t shard) const { return *stores_.at(shard); }

private:
  void make(std::uint32_t factor) {
    for (std::uint32_t shard = 1; shard <= factor; ++shard)
      if (!stores_.contains(shard))
        open(shard, std::make_shared<memory_store_contents>());
  }
  void open(std::uint32_t shard, std::shared_ptr<memory_store_contents> contents) {
    stores_[shard] =
        std::make_unique<mortal_store>(std::make_unique<memory_store>(contents), life_);
    contents_[shard] = std::move(contents);
  }

  std::shared_ptr<life> life_ = std::make_shared<life>();
  std::map<std::uint32_t, std::shared_ptr<memory_store_contents>> contents_;
  std::map<std::uint32_t, std::unique_ptr<mortal_store>> stores_;
};

rc::Gen<shard_layout> any_layout(std::uint32_t below) {
  return rc::gen::apply(
      [](std::uint32_t shards, routing_strategy routing) {
        return shard_layout{shards, routing};
      },
      rc::gen::inRange<std::uint32_t>(1, below),
      rc::gen::element(routing_strategy::modulo, routing_strategy::rendezvous));
}

store_contents any_contents() {
  const auto any_name = rc::gen::element<std::string>("", "new", "paid", "shipped", "状態");
  const auto any_verdict =
      rc::gen::element(verdict::conforms, verdict::learned, verdict::deviation_still_equivalent,
                       verdict::deviation_not_equivalent);
  const auto any_time = rc::gen::map(rc::gen::inRange<std::int64_t>(-1000, 1000), at_second);
  store_contents all;
  int operation = 0;
  for (auto& identifier : *rc::gen::container<std::vector<term>>(rc::gen::arbitrary<term>())) {
    auto head = put(identifier, *rc::gen::element<std::string>("Order", "Invoice"), *any_name).head;
    head.meta = *rc::gen::arbitrary<term>();
    std::vector<step> steps(*rc::gen::inRange<std::size_t>(0, 5));
    for (auto& one : steps)
      one = {*any_name, *any_name, *any_time, *any_verdict};
    if (*rc::gen::arbitrary<bool>())
      all.add(stored_operation{"op-" + std::to_string(++operation),
                               {steps.size(), *any_verdict, identifier},
                               *any_time});
    if (*rc::gen::weightedElement<bool>({{4, true}, {1, false}})) // others were deleted
      all.add(std::move(head), std::move(steps),
              *rc::gen::arbitrary<bool>() ? std::optional{*any_time} : std::nullopt,
              *rc::gen::inRange<std::uint64_t>(0, 3));
  }
  for (auto unowned = *rc::gen::inRange(0, 3); unowned > 0; --unowned)
    all.add(stored_operation{"old-" + std::to_string(unowned), {1, *any_verdict, {}}, *any_time});
  for (const auto* name : {"Order", "Invoice"}) {
    auto& model = all.models[name];
    model = {name, *rc::gen::arbitrary<bool>(), {}};
    for (auto count = *rc::gen::inRange(0, 4); count > 0; --count)
      model.transitions.insert({*any_name, "turn", *any_name});
    if (*rc::gen::arbitrary<bool>())
      all.specifications[name] = *any_name;
  }
  return all;
}

} // namespace

TEST_CASE("a redistribution that is not to go on ends between two parts, and goes on later",
          "[redistribution]") {
  const auto all = some_orders(60);
  stores some{all, 2};
  int told = 0;
  const auto ended = error_of(some.redistribute(3, [&](std::uint64_t) { return ++told < 2; }));
  CHECK(ended.code == ec::unavailable);
  CHECK(told == 2);
  must(some.redistribute(3));
  CHECK(difference(all, some.all(), 3) == "");
}

TEST_CASE("any contents are the same after any changes of the division", "[redistribution]") {
  CHECK(rc::check("any contents and divisions", [] {
    const auto all = any_contents();
    auto layout = *any_layout(9);
    stores some{all, layout};
    for (auto changes = *rc::gen::inRange(0, 8); changes > 0; --changes) {
      const auto next = *any_layout(9);
      const auto report = some.redistribute(next);
      RC_ASSERT(report.has_value());
      RC_ASSERT(report->instances == movers(all, layout, next));
      RC_ASSERT(difference(all, some.all(), next) == "");
      for (const auto& [shard, store] : some.all())
        RC_ASSERT(shard <= next.shards || some.of(shard).instances.empty());
      RC_ASSERT(*some.redistribute(next) == redistribution_report{});
      layout = next;
    }
  }));
}

TEST_CASE("any interruptions are made good by any next redistribution", "[redistribution]") {
  CHECK(rc::check("any contents, divisions and lengths of life", [] {
    const auto all = any_contents();
    const auto any_division = any_layout(6);
    auto some = std::make_unique<stores>(all, *any_division);
    for (auto attempts = *rc::gen::inRange(0, 5); attempts > 0; --attempts) {
      some = std::make_unique<stores>(*some);
      some->kill_after(*rc::gen::inRange<std::size_t>(0, 20));
      (void)some->redistribute(*any_division);
    }
    const auto last = *any_division;
    some = std::make_unique<stores>(*some);
    RC_ASSERT(some->redistribute(last).has_value());
    RC_ASSERT(difference(all, some->all(), last) == "");
  }));
}

TEST_CASE("wherever it is killed, the next redistribution makes it good", "[redistribution]") {
  const auto all = some_orders(60);
  struct way {
    shard_layout from, to;
  };
  const shard_layout by_rendezvous{4, routing_strategy::rendezvous};
  for (auto [from, to] : {way{1, 4}, way{4, 1}, way{3, 5}, way{5, 3}, way{2, 4},
                          way{4, by_rendezvous}, way{by_rendezvous, 3}}) {
    const stores before{all, from};
    stores whole{before};
    must(whole.redistribute(to));
    REQUIRE(difference(all, whole.all(), to) == "");
    REQUIRE(whole.commits() > 8);
    for (std::size_t end = 0; end < whole.commits(); ++end) {
      stores killed{before};
      killed.kill_after(end);
      REQUIRE(error_of(killed.redistribute(to)).message == "killed");
      for (auto next : {to, from, shard_layout{1}, shard_layout{7}}) {
        INFO(from << " -> " << to << ", killed after " << end << " commits, then " << next);
        stores again{killed};
        must(again.redistribute(next));
        REQUIRE(difference(all, again.all(), next) == "");
      }
    }
  }
}

TEST_CASE("killed twice on ways to different divisions, it is made good", "[redistribution]") {
  const auto all = some_orders(12);
  const stores before{all, 3};
  for (std::size_t first = 0;; ++first) {
    stores killed{before};
    killed.kill_after(first);
    if (killed.redistribute(4))
      break;
    for (std::size_t second = 0;; ++second) {
      stores again{killed};
      again.kill_after(second);
      const auto came_through = again.redistribute(2).has_value();
      for (std::uint32_t next = 2; next <= 5; ++next) {
        INFO(first << " commits, then " << second << ", then " << next);
        stores last{again};
        must(last.redistribute(next));
        REQUIRE(difference(all, last.all(), next) == "");
      }
      if (came_through)
        break;
    }
  }
}

TEST_CASE("it tells how far it is", "[redistribution]") {
  const auto all = some_orders(5'000);
  stores some{all, 1};
  std::vector<std::uint64_t> told;
  const auto report = must(some.redistribute(2, [&](std::uint64_t looked_at) {
    told.push_back(looked_at);
    return true;
  }));
  CHECK(report.instances == movers(all, 1, 2));
  CHECK(std::is_sorted(told.begin(), told.end()));
  CHECK(told.size() > 5);
  CHECK(told.back() >= all.instances.size() + all.operations.size());
  CHECK(difference(all, some.all(), 2) == "");
}

TEST_CASE("a batch holds a thousand instances, or fifty thousand steps", "[redistribution]") {
  auto all = some_orders(3'000);
  for (auto length : {20'000, 40'000, 60'000}) {
    std::vector<step> steps(static_cast<std::size_t>(length), step{"turn", "new", at_second(1)});
    all.add(put("long-" + std::to_string(length)).head, std::move(steps));
  }
  stores some{store_contents{}, 2};
  const stores source{all, 1};
  auto set = some.all();
  set[1] = source.all().at(1);
  must(redistribute(set, 2, [](const term&) { return std::uint32_t{2}; }));
  CHECK(some.of(2).instances.size() == all.instances.size());
  CHECK(source.of(1).instances.empty());
  CHECK(some.store(2).largest_batch <= 2'000); // operations
  CHECK(some.store(2).most_steps == 60'000);   // 20,000 and 40,000; then 60,000
}

TEST_CASE("a repeated operation is recognised where its instance is now", "[redistribution]") {
  store_contents all;
  std::map<term, std::string> started_by;
  for (int i = 0; i < 20; ++i) {
    const auto name = "order-" + std::to_string(i);
    const step first{std::string(initialisation_action), "new", at_second(1)};
    all.add(put(name).head, {first});
    all.add(stored_operation{"start " + name, {1, verdict::conforms, term{name}}, at_second(1)});
    started_by[name] = "start " + name;
  }
  all.add(stored_operation{"old", {3, verdict::learned, std::nullopt}, at_second(1)});
  stores some{all, 2};
  must(some.redistribute(3));

  auto catalog = std::make_shared<specification_catalog>();
  catalog->emplace("Order", std::make_shared<const specification>(
                                must(specification::make("Order", {{"new", "pay", "paid"}}, {}))));
  for (std::uint32_t shard = 1; shard <= 3; ++shard) {
    ledger_options options;
    options.learn = true;
    auto books = must(ledger::open(some.reopen(shard), catalog, {}, options));
    const auto& instances = some.of(shard).by_identifier;
    REQUIRE_FALSE(instances.empty());
    for (const auto& [identifier, one] : instances) {
      initialisation again;
      again.specification = "Order";
      again.identifier = identifier;
      again.operation_id = started_by.at(identifier);
      CHECK(must(books.initialise(again, at_second(9)).answer)
            == receipt{1, verdict::conforms, true});
    }
    step_report old;
    old.identifier = instances.begin()->first;
    old.action = "pay";
    old.to = "paid";
    old.operation_id = "old";
    CHECK(must(books.step(old, at_second(9)).answer) == receipt{3, verdict::learned, true});
  }
}

TEST_CASE("what is known of an operation is not lost to a copy that says less",
          "[redistribution]") {
  stores some{store_contents{}, 2};
  const term identifier{"order-1"};
  const auto home = modulo_shard(identifier, 2);
  const stored_operation known{"op", {1, verdict::conforms, identifier}, at_second(1)};
  const stored_operation unowned{"op", {1, verdict::conforms, std::nullopt}, at_second(1)};
  must(some.all().at(home)->commit({restore_operation{known}}));
  must(some.all().at(3 - home)->commit({restore_operation{unowned}}));
  must(some.redistribute(2));
  CHECK(some.of(home).operations.at("op") == known);
}

TEST_CASE("stores that disagree on a declaration come to agree, at whatever point they end",
          "[redistribution]") {
  stores before{store_contents{}, 3};
  must(before.all().at(2)->commit({put_specification{"Order", "two"}}));
  must(before.all().at(3)->commit({put_specification{"Order", "three"}}));
  for (std::size_t end = 0; end < 5; ++end) {
    stores killed{before};
    killed.kill_after(end);
    (void)killed.redistribute(4);
    stores again{killed};
    must(again.redistribute(2));
    for (std::uint32_t shard = 1; shard <= 2; ++shard)
      CHECK(again.of(shard).specifications.at("Order") == "two");
  }
}
