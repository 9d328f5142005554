#include "app/keyed_section.hpp"

#include "app/input/section_reader.hpp"
#include "app/input/term_option.hpp"
#include "model/term/term_text.hpp"

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <utility>

namespace lockstep {

namespace {

void require(section_reader& section, std::string_view name) {
  if (!section.has(name))
    section.refuse(name, "it is missing");
}

new_shard read_shard(section_reader& section) {
  static constexpr std::array<std::string_view, 3> names{"key", "value", "as"};
  section.allow_only(names);
  require(section, "key");
  new_shard shard{read_key(section, "key"), std::nullopt};
  if (section.has("value"))
    shard.initial_value = read_term(section, "value");
  return shard;
}

keyed_group read_group(section_reader& section) {
  static constexpr std::array<std::string_view, 5> names{"node", "as", "strategy", "schema",
                                                         "keep-heights"};
  static constexpr std::array<std::pair<std::string_view, routing_strategy>, 4> strategies{
      {{"one_per_key", routing_strategy::one_per_key},
       {"modulo", routing_strategy::modulo},
       {"rendezvous", routing_strategy::rendezvous},
       {"ring", routing_strategy::ring}}};
  section.allow_only(names);
  require(section, "node");
  keyed_group group;
  group.node_id = read_term(section, "node");
  group.strategy =
      section.choice<routing_strategy>("strategy", strategies).value_or(group.strategy);
  if (auto kept = section.integer("keep-heights")) {
    if (*kept < 0)
      section.refuse("keep-heights", std::to_string(*kept) + " is negative");
    else
      group.cells.keep_heights = static_cast<std::uint64_t>(*kept);
  }
  const auto grows = group.strategy == routing_strategy::one_per_key;
  if (!grows && !section.has("schema"))
    section.refuse("schema", "it is missing; with the strategy "
                                 + std::string(to_string(group.strategy))
                                 + " no shard can be added later");
  std::set<shard_key> keys;
  const auto as = section.text("as");
  for (auto& one : section.sections("schema")) {
    if (as)
      one.emplace("as", *as); // unless it has its own
    section_reader shard{one,
                         section.where() + ": shard " + std::to_string(group.schema.size() + 1)};
    group.schema.push_back(read_shard(shard));
    const auto& made = group.schema.back();
    if (!keys.insert(made.key).second)
      shard.refuse("key", to_text(made.key) + " is the key of a shard above; give each shard once");
    if (made.initial_value && !grows)
      shard.refuse("value", "with the strategy " + std::string(to_string(group.strategy))
                                + " the cell of a shard's key may be another shard's; write the "
                                  "value to the cell, or use one_per_key");
    if (shard.problem())
      section.adopt(*shard.problem());
  }
  return group;
}

} // namespace

result<std::vector<keyed_group>> parse_keyed_groups(const caf::settings& section,
                                                    std::string_view where) {
  section_reader own{section, where};
  std::vector<keyed_group> groups;
  for (const auto& one : own.sections("keyed-shards")) {
    section_reader group{one, std::string(where) + ": keyed-shards "
                                  + std::to_string(groups.size() + 1)};
    groups.push_back(read_group(group));
    if (group.problem())
      return tl::unexpected(*group.problem());
  }
  if (own.problem())
    return tl::unexpected(*own.problem());
  return groups;
}

} // namespace lockstep
