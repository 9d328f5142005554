// Random commands against the registry and against a model of it that is a list.

#include "test/support/registry_world.hpp"
#include "test/support/term_generator.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

using namespace lockstep;

namespace {

constexpr int actor_count = 4;
constexpr int key_count = 4;

enum class action { give, take, update, put_meta, end, restart, listen, unlisten };

struct command {
  action what;
  int actor;
  int key;
  int value;
  test::end how;
};

std::ostream& operator<<(std::ostream& out, const command& one) {
  static constexpr std::array names{"give", "take",    "update", "put_meta",
                                    "end",  "restart", "listen", "unlisten"};
  return out << names[static_cast<std::size_t>(one.what)] << "(actor " << one.actor << ", key "
             << one.key << ", value " << one.value << ", how " << static_cast<int>(one.how) << ")";
}

rc::Gen<command> any_command() {
  return rc::gen::build<command>(
      rc::gen::set(&command::what, rc::gen::weightedElement<action>({{10, action::give},
                                                                     {4, action::take},
                                                                     {3, action::update},
                                                                     {1, action::put_meta},
                                                                     {4, action::end},
                                                                     {1, action::restart},
                                                                     {1, action::listen},
                                                                     {1, action::unlisten}})),
      rc::gen::set(&command::actor, rc::gen::inRange(0, actor_count)),
      rc::gen::set(&command::key, rc::gen::inRange(0, key_count)),
      rc::gen::set(&command::value, rc::gen::inRange(0, 3)),
      rc::gen::set(&command::how,
                   rc::gen::element(test::end::normal, test::end::crash, test::end::kill)));
}

/// Names of several kinds; in another order than their numbers.
term key_of(int number) {
  static const std::array<term, key_count> keys{term{"text"}, atom{"name"}, 3,
                                                term::tuple({atom{"user"}, 7})};
  return keys[static_cast<std::size_t>(number)];
}

term value_of(int number) { return term::tuple({atom{"value"}, std::int64_t{number}}); }

struct model_entry {
  term key;
  int actor;
  term value;
  std::uint64_t version;
};

/// What the registry should be. Actors are numbers; one that ends is followed by another one of the
/// same number.
struct model {
  key_kind keys = key_kind::unique;
  std::uint64_t version = 0;
  /// In the order of the registrations.
  std::vector<model_entry> entries;
  std::map<term, term> meta;
  bool listened_to = false;
  std::vector<std::string> heard;

  std::vector<model_entry>::iterator find(const term& key, int actor) {
    return std::ranges::find_if(
        entries, [&](const auto& one) { return one.key == key && one.actor == actor; });
  }

  [[nodiscard]] std::vector<model_entry> holders(const term& key) const {
    std::vector<model_entry> found;
    std::ranges::copy_if(entries, std::back_inserter(found),
                         [&](const auto& one) { return one.key == key; });
    return found;
  }

  [[nodiscard]] std::set<term> names(std::optional<int> actor = {}) const {
    std::set<term> names;
    for (const auto& one : entries)
      if (!actor || one.actor == *actor)
        names.insert(one.key);
    return names;
  }

  void tell(std::string what) {
    if (listened_to)
      heard.push_back(std::move(what));
  }

  std::optional<ec> give(const term& key, int actor, const term& value, const std::string& who) {
    if (auto found = find(key, actor); found != entries.end()) {
      found->value = value;
      found->version = ++version;
      return std::nullopt;
    }
    if (keys == key_kind::unique && !holders(key).empty())
      return ec::already_registered;
    entries.push_back({key, actor, value, ++version});
    tell("+[]" + to_text(key) + "@" + who + "=" + to_text(value));
    return std::nullopt;
  }

  std::optional<ec> take(const term& key, int actor, const std::string& who) {
    auto found = find(key, actor);
    if (found == entries.end())
      return ec::not_registered;
    entries.erase(found);
    ++version;
    tell("-[]" + to_text(key) + "@" + who);
    return std::nullopt;
  }

  std::optional<ec> update(const term& key, int actor, const term& value) {
    auto found = find(key, actor);
    if (found == entries.end())
      return ec::not_registered;
    found->value = value;
    found->version = ++version;
    return std::nullopt;
  }

  void end(int actor, const std::string& who) {
    for (const auto& key : names(actor))
      take(key, actor, who);
  }

  void restart() {
    entries.clear();
    meta.clear();
    listened_to = false;
    ++version;
  }
};

std::vector<term> as_vector(const std::set<term>& names) { return {names.begin(), names.end()}; }

/// The registry and its model, side by side.
struct experiment {
  explicit experiment(key_kind keys) : world({{}, keys}) {
    expected.keys = keys;
    expected.version = world.names->version();
    listener = world.spawn_listener(heard);
    for (auto& one : actors)
      one = world.spawn_worker();
  }

  [[nodiscard]] const caf::strong_actor_ptr& actor(int number) const {
    return actors[static_cast<std::size_t>(number)];
  }
  [[nodiscard]] std::string who(int number) const { return std::to_string(actor(number)->id()); }

  void check_answer(const result<std::uint64_t>& answer, std::optional<ec> refused) const {
    RC_ASSERT(answer.has_value() == !refused.has_value());
    if (refused)
      RC_ASSERT(answer.error().code == *refused);
    else
      RC_ASSERT(*answer == expected.version);
  }

  void execute(const command& one) {
    const auto key = key_of(one.key);
    const auto value = value_of(one.value);
    switch (one.what) {
    case action::give:
      return check_answer(world.give(key, actor(one.actor), value),
                          expected.give(key, one.actor, value, who(one.actor)));
    case action::take:
      return check_answer(world.take(key, actor(one.actor)),
                          expected.take(key, one.actor, who(one.actor)));
    case action::update:
      return check_answer(world.update(key, actor(one.actor), value),
                          expected.update(key, one.actor, value));
    case action::put_meta:
      expected.meta[key] = value;
      ++expected.version;
      return check_answer(world.ask<std::uint64_t>(world.registry, atoms::put_meta_v, key, value),
                          {});
    case action::end:
      expected.end(one.actor, who(one.actor));
      world.end_now(actor(one.actor), one.how);
      former.push_back(actor(one.actor));
      actors[static_cast<std::size_t>(one.actor)] = world.spawn_worker();
      return;
    case action::restart:
      expected.restart();
      return world.restart();
    case action::listen:
      expected.listened_to = true;
      RC_ASSERT(world.ask<void>(world.registry, atoms::listen_v, listener).has_value());
      return;
    case action::unlisten:
      expected.listened_to = false;
      RC_ASSERT(world.ask<void>(world.registry, atoms::unlisten_v, listener).has_value());
      return;
    }
  }

  void check_entry(const registration& found, const model_entry& one) const {
    RC_ASSERT(found.holder == actor(one.actor));
    RC_ASSERT(found.value == one.value);
    RC_ASSERT(found.version == one.version);
  }

  void check_name(const term& key) const {
    const auto& names = *world.names;
    const auto holders = expected.holders(key);
    const auto found = names.find(key);
    RC_ASSERT(found.size() == holders.size());
    for (std::size_t i = 0; i < found.size(); ++i)
      check_entry(found[i], holders[i]);
    const auto first = holders.empty() ? nullptr : actor(holders.front().actor);
    RC_ASSERT(names.lookup(key) == first);
    RC_ASSERT(names.lookup_since(key, expected.version).value() == first);
    RC_ASSERT(!names.lookup_since(key, expected.version + 1));
    const auto ones = names.match(key, term::tuple({atom{"_"}, 1}));
    RC_ASSERT(std::ranges::count_if(holders, [](const auto& h) { return h.value == value_of(1); })
              == std::ssize(ones));
    const auto meta = expected.meta.find(key);
    RC_ASSERT(names.meta(key)
              == (meta == expected.meta.end() ? std::nullopt : std::optional{meta->second}));
  }

  void check_actor(int number) {
    const auto& names = *world.names;
    RC_ASSERT(names.keys(actor(number)) == as_vector(expected.names(number)));
    for (int k = 0; k < key_count; ++k) {
      const auto entry = expected.find(key_of(k), number);
      RC_ASSERT(names.values(key_of(k), actor(number))
                == (entry == expected.entries.end() ? std::vector<term>{}
                                                    : std::vector<term>{entry->value}));
    }
  }

  void check_all() {
    const auto& names = *world.names;
    RC_ASSERT(names.version() == expected.version);
    RC_ASSERT(names.count() == expected.entries.size());
    const auto all = as_vector(expected.names());
    RC_ASSERT(names.keys_page(std::nullopt, 100) == all);
    RC_ASSERT(names.keys_page(all.empty() ? std::nullopt : std::optional{all.front()}, 1)
              == (all.size() < 2 ? std::vector<term>{} : std::vector<term>{all[1]}));
    const auto selected = names.select([](const term&, const registration&) { return true; });
    RC_ASSERT(selected.size() == expected.entries.size());
    RC_ASSERT(std::ranges::is_sorted(selected, {}, &named_registration::name));
    for (int k = 0; k < key_count; ++k)
      check_name(key_of(k));
    for (int i = 0; i < actor_count; ++i)
      check_actor(i);
    for (const auto& gone : former)
      RC_ASSERT(names.keys(gone).empty());
    RC_ASSERT(*heard == expected.heard);
  }

  test::registry_world world;
  model expected;
  std::array<caf::strong_actor_ptr, actor_count> actors;
  /// Those that have ended.
  std::vector<caf::strong_actor_ptr> former;
  caf::strong_actor_ptr listener;
  std::shared_ptr<std::vector<std::string>> heard = std::make_shared<std::vector<std::string>>();
};

void run_commands(key_kind keys) {
  const auto commands = *rc::gen::container<std::vector<command>>(any_command());
  experiment e{keys};
  for (const auto& one : commands) {
    e.execute(one);
    e.check_all();
  }
}

} // namespace

TEST_CASE("the registry does what its model does, with unique names", "[registry]") {
  CHECK(rc::check([] { run_commands(key_kind::unique); }));
}

TEST_CASE("the registry does what its model does, with duplicate names", "[registry]") {
  CHECK(rc::check([] { run_commands(key_kind::duplicate); }));
}
