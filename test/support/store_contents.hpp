#pragma once

#include "model/routing/shard_layout.hpp"
#include "model/term/term_text.hpp"
#include "persistence/redistribution.hpp"
#include "test/support/changes.hpp"
#include "test/support/results.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace lockstep {

/// How Catch2 shows a layout.
inline std::ostream& operator<<(std::ostream& out, const shard_layout& layout) {
  return out << layout.shards << " by " << to_string(layout.routing);
}

} // namespace lockstep

namespace lockstep::test {

struct known_instance {
  stored_instance instance;
  std::vector<step> steps;

  friend bool operator==(const known_instance&, const known_instance&) = default;
};

/// What all stores of a node hold together, however it is divided.
struct store_contents {
  std::map<term, known_instance> instances;
  std::map<std::string, stored_operation> operations;
  std::map<std::string, implementation_model> models;
  std::map<std::string, std::string> specifications;
  std::map<term, quarantined_instance> quarantined;

  void add(instance_head head, std::vector<step> steps, std::optional<timestamp> deadline = {},
           std::uint64_t times_late = 0) {
    head.step_count = steps.size();
    if (!steps.empty()) {
      head.last_step_at = steps.back().at;
      head.current_state = steps.back().to;
    }
    auto identifier = head.identifier;
    instances[identifier] = {{std::move(head), deadline, times_late}, std::move(steps)};
  }

  void add(stored_operation operation) {
    auto id = operation.id;
    operations[id] = std::move(operation);
  }
};

/// So many orders of all kinds: mocked, with histories, deadlines, operations; and what else there
/// is in stores.
inline store_contents some_orders(std::int64_t count) {
  store_contents all;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto name = "order-" + std::to_string(i);
    auto head = put(name, i % 5 == 0 ? "Invoice" : "Order", "new").head;
    head.meta = term::tuple({atom{"customer"}, term{i}});
    std::vector<step> steps;
    for (std::int64_t j = 0; j < i % 4; ++j) {
      steps.push_back({"turn-" + std::to_string(j), "state-" + std::to_string(j), at_second(i + j),
                       j == 2 ? verdict::deviation_not_equivalent : verdict::conforms});
      all.add(
          stored_operation{name + "/" + std::to_string(j),
                           {static_cast<std::uint64_t>(j) + 1, steps.back().outcome, term{name}},
                           steps.back().at});
    }
    all.add(std::move(head), std::move(steps),
            i % 3 == 0 ? std::optional{at_second(1000 + i)} : std::nullopt,
            static_cast<std::uint64_t>(i % 2));
    // of an instance that was deleted
    all.add(stored_operation{"gone/" + std::to_string(i),
                             {7, verdict::learned, term{"gone-" + name}, step_reply::receipt},
                             at_second(i)});
  }
  // as version 1 kept them
  for (const auto* id : {"old/1", "old/2", "old/3"})
    all.add(stored_operation{id, {2, verdict::conforms, std::nullopt}, at_second(5)});
  all.models["Order"] = {
      "Order", true, {{"", "turn-0", "state-0"}, {"a", "b", "c"}, {"d", "e", "f"}, {"x", "y", ""}}};
  all.models["Invoice"] = {"Invoice", false, {}};
  for (std::int64_t i = 0; i < count; i += 7)
    for (const auto& name : {"order-" + std::to_string(i), "nobody-" + std::to_string(i)}) {
      all.quarantined[name] = {name, "boom " + name, at_second(i)};
      if (auto found = all.instances.find(name); found != all.instances.end())
        found->second.instance.deadline.reset();
    }
  all.specifications = {{"Order", "{1}"}, {"Parcel", "{2}"}};
  return all;
}

/// The contents as the stores of a division have them: each store what it saw.
inline std::map<std::uint32_t, batch> divide(const store_contents& all, shard_layout layout) {
  const auto factor = layout.shards;
  std::map<std::uint32_t, batch> stores;
  for (std::uint32_t shard = 1; shard <= factor; ++shard)
    stores[shard];
  for (const auto& [identifier, one] : all.instances)
    stores[layout.shard_of(identifier)].emplace_back(restore_instance{one.instance, one.steps});
  for (const auto& [identifier, one] : all.quarantined)
    stores[layout.shard_of(identifier)].emplace_back(quarantine_instance{one});
  std::uint32_t turn = 0;
  for (const auto& [id, one] : all.operations) {
    const auto& identifier = one.recorded.identifier;
    auto home = identifier ? layout.shard_of(*identifier) : ++turn % factor + 1;
    stores[home].emplace_back(restore_operation{one});
  }
  for (const auto& [name, model] : all.models) {
    for (auto& [shard, changes] : stores)
      changes.emplace_back(put_model{name, model.learning && shard == 1});
    for (const auto& one : model.transitions)
      stores[++turn % factor + 1].emplace_back(learn_transition{name, one});
  }
  for (const auto& [name, text] : all.specifications)
    stores[++turn % factor + 1].emplace_back(put_specification{name, text});
  return stores;
}

/// How many instances belong to another shard under the second layout.
inline std::uint64_t movers(const store_contents& all, shard_layout from, shard_layout to) {
  std::uint64_t count = 0;
  for (const auto& [identifier, one] : all.instances)
    count += from.shard_of(identifier) != to.shard_of(identifier) ? 1 : 0;
  return count;
}

/// What one store holds, and whether it holds nothing that belongs elsewhere.
class store_reading {
public:
  store_reading(instance_store& store, std::uint32_t shard, shard_layout layout) {
    const auto is_foreign = [&](const term& identifier) {
      if (layout.shard_of(identifier) == shard)
        return false;
      wrong = to_text(identifier) + " is in shard " + std::to_string(shard) + " of "
              + std::to_string(layout.shards);
      return true;
    };
    for (std::optional<std::uint64_t> from = 0; from;) {
      page_request part;
      part.from = *from;
      auto page = must(store.page(part, {}));
      for (auto& one : page.instances) {
        auto identifier = one.head.identifier;
        if (is_foreign(identifier))
          return;
        contents.instances[identifier] = {std::move(one), must(store.history(identifier))};
      }
      from = page.next;
    }
    for (std::string after;;) {
      auto rows = must(store.operations(after, 100));
      if (rows.empty())
        break;
      after = rows.back().id;
      for (auto& row : rows) {
        if (row.recorded.identifier && is_foreign(*row.recorded.identifier))
          return;
        contents.add(std::move(row));
      }
    }
    for (auto& model : must(store.models()))
      contents.models.emplace(model.specification, model);
    contents.specifications = must(store.specifications());
    for (auto& one : must(store.quarantined())) {
      if (is_foreign(one.identifier))
        return;
      contents.quarantined[one.identifier] = one;
    }
  }

  store_contents contents;
  /// Empty if nothing is.
  std::string wrong;
};

/// What is wrong with stores that are to hold these contents, divided; empty if nothing is.
inline std::string difference(const store_contents& wanted, const store_set& stores,
                              shard_layout layout) {
  const auto factor = layout.shards;
  store_contents found;
  for (std::uint32_t shard = 1; shard <= factor; ++shard) {
    store_reading one{*stores.at(shard), shard, layout};
    const auto where = " in shard " + std::to_string(shard) + " of " + std::to_string(factor);
    if (!one.wrong.empty())
      return one.wrong;
    if (one.contents.models != wanted.models)
      return "other models" + where;
    if (one.contents.specifications != wanted.specifications)
      return "other specifications" + where;
    for (const auto& [id, operation] : wanted.operations)
      if (!operation.recorded.identifier && !one.contents.operations.contains(id))
        return "no operation " + id + where;
    found.instances.merge(one.contents.instances);
    found.operations.merge(one.contents.operations);
    found.quarantined.merge(one.contents.quarantined);
  }
  if (found.instances.size() != wanted.instances.size())
    return std::to_string(found.instances.size()) + " instances instead of "
           + std::to_string(wanted.instances.size());
  for (const auto& [identifier, one] : wanted.instances)
    if (auto same = found.instances.find(identifier);
        same == found.instances.end() || same->second != one)
      return "another " + to_text(identifier);
  if (found.quarantined != wanted.quarantined)
    return "other instances are quarantined";
  return found.operations == wanted.operations ? "" : "other operations";
}

} // namespace lockstep::test
