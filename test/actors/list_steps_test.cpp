/// Lists of steps by the handle, on a node whose shards run in threads.

#include "actors/ask.hpp"
#include "actors/naming/registry.hpp"
#include "actors/node.hpp"
#include "actors/shard.hpp"
#include "model/routing/router.hpp"
#include "persistence/memory_store.hpp"
#include "test/support/hazardous_store.hpp"
#include "test/support/results.hpp"
#include "test/support/world.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using namespace lockstep::test;

namespace {

constexpr std::uint32_t shards = 3;

caf::actor_system_config& known(caf::actor_system_config& config) {
  make_types_known();
  return config;
}

std::shared_ptr<const specification_catalog> order_catalog() {
  auto order = specification::make("Order", {{"new", "pay", "paid"}, {"paid", "ship", "shipped"}});
  REQUIRE(order);
  specification_catalog catalog;
  catalog.emplace("Order", std::make_shared<specification>(std::move(*order)));
  return std::make_shared<const specification_catalog>(std::move(catalog));
}

implementation_model order_model() {
  return {"Order",
          false,
          {{"", "__initialisation__", "new"}, {"new", "pay", "paid"}, {"paid", "ship", "shipped"}}};
}

/// A node without a disk, on stores that throw when they are told to.
class list_node {
public:
  /// For the first shard. Changed only while that is idle.
  std::shared_ptr<hazards> dangers = std::make_shared<hazards>();

  list_node() {
    node_options options;
    options.store_dir.reset();
    options.distribution_factor = shards;
    options.specifications = order_catalog();
    options.models = {order_model()};
    for (std::uint32_t index = 1; index <= shards; ++index)
      contents_[index] = std::make_shared<memory_store_contents>();
    options.open_store = [this](std::uint32_t index) -> result<std::unique_ptr<instance_store>> {
      auto store = std::make_unique<memory_store>(contents_.at(index));
      if (index == 1)
        return std::make_unique<hazardous_store>(std::move(store), dangers);
      return store;
    };
    options.policy.callback = [this](const failure&, const caller& who) {
      const std::lock_guard lock{mutex_};
      senders_.push_back(who.sender);
    };
    auto started = node::start(system_, std::move(options));
    REQUIRE(started);
    node_ = std::move(*started);
  }

  instance_manager manager() { return node_->manager(); }
  void stop() { node_.reset(); }

  std::vector<std::string> senders() {
    const std::lock_guard lock{mutex_};
    return senders_;
  }

private:
  caf::actor_system_config config_;
  caf::actor_system system_{known(config_)};
  std::map<std::uint32_t, std::shared_ptr<memory_store_contents>> contents_;
  std::mutex mutex_;
  std::vector<std::string> senders_;
  std::unique_ptr<node> node_;
};

/// Identifiers of all shards.
constexpr int orders = 12;

std::vector<step_report> all_pay() {
  std::vector<step_report> list;
  for (int i = 0; i < orders; ++i)
    list.push_back({.identifier = i, .action = "pay", .to = "paid", .initialise_as = "Order"});
  return list;
}

std::vector<step_report> all_ship() {
  std::vector<step_report> list;
  for (int i = 0; i < orders; ++i)
    list.push_back({.identifier = i, .action = "ship", .to = "shipped"});
  return list;
}

void check_all_have(list_node& n, std::size_t steps) {
  for (int i = 0; i < orders; ++i) {
    CAPTURE(i);
    CHECK(must(n.manager().get(i)).steps.size() == steps);
  }
}

/// Keeps what it is sent and never answers.
caf::behavior silent(caf::event_based_actor* self) {
  self->set_default_handler(caf::skip);
  return {[](int) {}};
}

std::uint32_t home_of(const step_report& one) { return modulo_shard(one.identifier, shards); }

/// Shards without an instance manager: the second one is silent, the third is missing.
struct shards_alone {
  shards_alone() {
    routing.names = names;
    routing.distribution_factor = shards;
    shard_options options;
    options.now = [] { return timestamp{}; };
    auto books =
        ledger::open(std::make_unique<memory_store>(), order_catalog(), {order_model()}, {});
    REQUIRE(books);
    put(1, caf::actor_cast<caf::strong_actor_ptr>(
               spawn_shard(system, std::move(*books), std::move(options))));
    put(2, caf::actor_cast<caf::strong_actor_ptr>(system.spawn(silent)));
  }

  ~shards_alone() {
    actors.push_back(caf::actor_cast<caf::strong_actor_ptr>(registry));
    for (const auto& one : actors)
      compat::ask_to_exit(one, caf::exit_reason::kill);
  }

  instance_manager handle() { return {system, routing}; }

  void put(std::uint32_t index, const caf::strong_actor_ptr& shard) {
    actors.push_back(shard);
    REQUIRE(ask<std::uint64_t>(system, registry, std::chrono::hours{1}, atoms::register_name_v,
                               shard_name(index), shard));
  }

  caf::actor_system_config config;
  caf::actor_system system{known(config)};
  std::shared_ptr<name_table> names = std::make_shared<name_table>();
  registry_actor registry = spawn_registry(system, names);
  std::vector<caf::strong_actor_ptr> actors;
  routing_options routing;
};

} // namespace

TEST_CASE("a list is answered in its order, each step with its own error", "[list_steps]") {
  list_node n;
  auto list = all_pay();
  list[7].initialise_as.clear(); // nobody knows it
  list.push_back({.identifier = 0, .action = "ship", .to = "shipped"});
  const auto answers = must(n.manager().steps(list));
  REQUIRE(answers.size() == list.size());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    CAPTURE(i);
    CHECK(answers[i].error.has_value() == (i == 7));
    if (answers[i].error)
      CHECK(answers[i].error->code == ec::instance_identifier_not_found);
    else
      CHECK(answers[i].recorded.step_number == (i == orders ? 3 : 2));
  }
  const auto senders = n.senders();
  REQUIRE(senders.size() == 1);
  CHECK_FALSE(senders[0].empty()); // somebody waits
  CHECK(must(n.manager().steps({})).empty());
}

TEST_CASE("a part that its shard refuses names the shard", "[list_steps]") {
  list_node n;
  (void)must(n.manager().steps(all_pay()));
  n.dangers->failing_commits = 1;
  const auto answers = must(n.manager().steps(all_ship()));
  std::size_t refused = 0;
  for (const auto& answer : answers)
    if (answer.error) {
      ++refused;
      CHECK(answer.error->code == ec::store_failure);
      CHECK(answer.error->context.at("shard") == term{shard_display_name(1)});
    }
  CHECK(refused > 0);
  CHECK(refused < answers.size());
}

TEST_CASE("a list survives the crash of a shard, and nothing of it is recorded twice",
          "[list_steps]") {
  for (const std::size_t call : {1, 2, 3}) { // looking for an instance
    CAPTURE(call);
    list_node n;
    n.dangers->calls_left = call;
    for (const auto& answer : must(n.manager().steps(all_pay())))
      CHECK_FALSE(answer.error);
    CHECK(n.dangers->thrown == 1);
    check_all_have(n, 2);
  }
  list_node n;
  (void)must(n.manager().steps(all_pay()));
  n.dangers->calls_left = 1; // the commit, now that all instances are known
  for (const auto& answer : must(n.manager().steps(all_ship())))
    CHECK_FALSE(answer.error);
  CHECK(n.dangers->thrown == 1);
  check_all_have(n, 3);
}

TEST_CASE("a list whose commit crashes when it is durable is answered, not sent again",
          "[list_steps]") {
  list_node n;
  n.dangers->after_commit = true;
  for (const auto& answer : must(n.manager().steps(all_pay())))
    CHECK_FALSE(answer.error);
  CHECK(n.dangers->thrown == 1);
  check_all_have(n, 2);
}

TEST_CASE("a list to a node that has stopped is refused, step by step", "[list_steps]") {
  list_node n;
  auto manager = n.manager();
  n.stop();
  const auto answers = must(manager.steps(all_pay()));
  REQUIRE(answers.size() == orders);
  for (const auto& answer : answers) {
    REQUIRE(answer.error);
    CHECK(answer.error->code == ec::unavailable);
  }
}

TEST_CASE("a list goes straight to its shards", "[list_steps]") {
  shards_alone s;
  auto list = all_pay();
  std::erase_if(list, [](const step_report& one) { return home_of(one) == 2; });
  const auto answers = must(s.handle().steps(list));
  REQUIRE(answers.size() == list.size());
  for (std::size_t i = 0; i < answers.size(); ++i)
    if (home_of(list[i]) == 1)
      CHECK_FALSE(answers[i].error);
    else // nobody can wait for the third shard
      CHECK(answers[i].error.value().code == ec::unavailable);
}

TEST_CASE("a silent shard keeps only the answers to its own part back", "[list_steps]") {
  shards_alone s;
  s.routing.request_timeout = s.routing.check_timeout = s.routing.recovery_timeout =
      std::chrono::milliseconds{0};
  const auto list = all_pay();
  const auto answers = must(s.handle().steps(list));
  REQUIRE(answers.size() == list.size());
  for (std::size_t i = 0; i < answers.size(); ++i)
    if (home_of(list[i]) == 2) {
      CHECK(answers[i].error.value().code == ec::unavailable);
      CHECK(answers[i].error->context.at("shard") == term{shard_display_name(2)});
    }
}
