#include "app/commands/shards_command.hpp"

#include "app/commands/view_command.hpp"
#include "app/input/term_option.hpp"
#include "app/inspection/stored_shards.hpp"
#include "app/text_table.hpp"
#include "app/usage_error.hpp"
#include "model/in_quotes.hpp"
#include "model/term/term_json.hpp"
#include "model/term/term_text.hpp"

#include <cstdint>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace lockstep {

namespace {

using json = nlohmann::ordered_json;

constexpr const char* examples = R"(Examples:
  lockstep shards list --store-dir lockstep_store
  lockstep shards show --connect 127.0.0.1:4242 accounts/alice --node bank
  lockstep shards start accounts/carol --value open --node bank --operation open-carol
  lockstep shards start --as term '[<<"a/b">>]' --value '{0,eur}' --node '<<"bank">>'

A KEY is a list of texts: a/b is ["a", "b"]. Values and node ids are texts, too: 0 is
"0". With --as term all three are Erlang terms, so 0 is a number. A node that runs is
asked through its port; of one that is down the store is read, and a shard that is
started is written to its key map: it runs when the node does. Heights and values are
read from the store; with --connect, show only tells how many there are. Repeat a start
that got no answer with the same --operation.)";

struct shards_arguments {
  view_arguments view;
  std::optional<std::string> node;
  std::string key;
  std::optional<std::string> value;
  std::string operation;
  std::string as = "binary";
  std::uint64_t skip = 0;
  std::uint64_t limit = 100;
};

json to_json(const term& value) { return json::parse(to_json_text(value)); }

void print_line(const json& told) { std::cout << told.dump() << '\n'; }

// -- what is typed --------------------------------------------------------------------------------

result<term> term_of(const char* what, const std::string& text, const shards_arguments& arguments) {
  if (arguments.as != "term")
    return term{text};
  return parse_term(text).map_error([&](failure why) {
    why.code = ec::invalid_configuration;
    why.message = std::string(what) + " \"" + text + "\": " + why.message;
    return why;
  });
}

result<shard_key> key_of(const shards_arguments& arguments) {
  return parse_key(arguments.key, arguments.as == "term").map_error([](failure why) {
    why.code = ec::invalid_configuration;
    return why;
  });
}

/// Those of `--node`, or all that there are.
result<std::vector<term>> nodes_of(node_view& view, const shards_arguments& arguments) {
  if (!arguments.node)
    return view.keyed_nodes();
  return term_of("--node", *arguments.node, arguments).map([](term id) {
    return std::vector<term>{std::move(id)};
  });
}

result<term> node_of(node_view& view, const shards_arguments& arguments) {
  auto ids = nodes_of(view, arguments);
  if (!ids)
    return tl::unexpected(ids.error());
  if (ids->size() == 1)
    return ids->front();
  if (ids->empty())
    return fail(ec::invalid_configuration,
                "there are no keyed shards; name some in the option keyed-shards of the node's "
                "configuration");
  std::string names;
  for (const auto& id : *ids)
    names += (names.empty() ? "" : ", ") + to_text(id);
  return fail(ec::invalid_configuration,
              "there are keyed shards of " + names + "; say whose with --node");
}

// -- list -----------------------------------------------------------------------------------------

std::string state_of(const keyed_shard_info& one) {
  return one.parked ? "parked" : one.running ? "running" : "down";
}

json to_json(const term& node_id, const std::string& strategy, const keyed_shard_info& one) {
  json told{{"node", to_json(node_id)},         {"strategy", strategy},
            {"key", to_json(to_term(one.key))}, {"name", to_json(one.name)},
            {"state", state_of(one)},           {"restarts", one.restarts}};
  if (one.parked)
    told["reason"] = *one.parked;
  return told;
}

result<void> list(node_view& view, const shards_arguments& arguments) {
  auto ids = nodes_of(view, arguments);
  if (!ids)
    return tl::unexpected(ids.error());
  text_table table{{"node", "strategy", "shard", "state", "restarts"}};
  std::uint64_t count = 0;
  for (const auto& id : *ids) {
    auto listed = view.keyed_list(id);
    if (!listed)
      return tl::unexpected(listed.error());
    count += listed->shards.size();
    for (const auto& one : listed->shards)
      if (arguments.view.json)
        print_line(to_json(id, listed->strategy, one));
      else
        table.add({to_text(id), listed->strategy, to_text(one.key), state_of(one),
                   std::to_string(one.restarts)});
  }
  if (arguments.view.json)
    return {};
  if (count > 0)
    table.print(std::cout, "");
  std::cout << counted(count, "keyed shard") << '\n';
  return {};
}

// -- show and start -------------------------------------------------------------------------------

json to_json(const slot_page& page) {
  auto slots = json::array();
  for (const auto& one : page.slots) {
    json told{{"cell", to_json(to_term(one.cell))}, {"height", one.height}};
    if (one.value)
      told["value"] = to_json(*one.value);
    else
      told["reserved"] = true;
    slots.push_back(std::move(told));
  }
  return slots;
}

void print(const slot_page& page, const shards_arguments& arguments) {
  text_table table{{"cell", "height", "value"}};
  for (const auto& one : page.slots)
    table.add({on_one_line(to_text(one.cell)), std::to_string(one.height),
               one.value ? on_one_line(to_text(*one.value)) : "(reserved)"});
  if (!page.slots.empty())
    table.print(std::cout, "  ");
  if (page.more > 0)
    std::cout << "  and " << page.more << " more, see --skip " << arguments.skip + page.slots.size()
              << '\n';
}

/// @param page Nothing: the store is not at hand.
void print(const term& node_id, const keyed_shard_contents& told,
           const std::optional<slot_page>& page, const shards_arguments& arguments) {
  if (arguments.view.json) {
    json line{{"node", to_json(node_id)},
              {"key", to_json(to_term(told.key))},
              {"name", to_json(keyed_shard_name(node_id, told.key))},
              {"watermark", told.watermark},
              {"oldest_readable", told.horizon},
              {"cells", told.cells},
              {"versions", told.versions},
              {"reservations", told.reservations},
              {"waiting_reads", told.waiting_reads}};
    if (page) {
      line["slots"] = to_json(*page);
      line["more_slots"] = page->more;
    }
    return print_line(line);
  }
  std::cout << to_text(keyed_shard_name(node_id, told.key)) << ": " << counted(told.cells, "cell")
            << ", " << counted(told.versions, "version") << ", "
            << counted(told.reservations, "reservation") << ", "
            << counted(told.waiting_reads, "waiting read") << '\n'
            << "  write watermark " << told.watermark << ", oldest readable height " << told.horizon
            << '\n';
  if (page)
    print(*page, arguments);
}

/// The node tells how much there is, its store, if that is at hand, what it is.
result<std::optional<slot_page>> slots_of(const term& node_id, const shard_key& key,
                                          const shards_arguments& arguments) {
  if (arguments.view.connect)
    return std::nullopt;
  auto configured = read_configuration(arguments.view.called);
  if (!configured)
    return tl::unexpected(configured.error());
  return stored_shards{configured->store_dir}
      .slots(node_id, key, arguments.skip, arguments.limit)
      .map([](slot_page page) { return std::optional{std::move(page)}; });
}

result<void> show(node_view& view, const shards_arguments& arguments) {
  auto key = key_of(arguments);
  if (!key)
    return tl::unexpected(key.error());
  auto node = node_of(view, arguments);
  if (!node)
    return tl::unexpected(node.error());
  auto told = view.keyed_contents(*node, *key);
  if (!told)
    return tl::unexpected(told.error());
  return slots_of(*node, *key, arguments).map([&](const std::optional<slot_page>& page) {
    print(*node, *told, page, arguments);
  });
}

result<void> start(node_view& view, const shards_arguments& arguments) {
  auto key = key_of(arguments);
  if (!key)
    return tl::unexpected(key.error());
  new_shard shard{*key, std::nullopt, arguments.operation};
  if (arguments.value) {
    auto value = term_of("--value", *arguments.value, arguments);
    if (!value)
      return tl::unexpected(value.error());
    shard.initial_value = std::move(*value);
  }
  auto node = node_of(view, arguments);
  if (!node)
    return tl::unexpected(node.error());
  return view.start_keyed(*node, shard).map([&](const term& name) {
    if (arguments.view.json)
      print_line({{"started", to_json(name)}});
    else
      std::cout << to_text(name) << " started\n";
  });
}

// -- command line ---------------------------------------------------------------------------------

class usage_with_key final : public CLI::Formatter {
public:
  std::string make_usage(const CLI::App* command, std::string name) const override {
    auto usage = CLI::Formatter::make_usage(command, std::move(name));
    usage.insert(usage.find_last_not_of('\n') + 1, " KEY");
    return usage;
  }
};

/// CLI11 would take a key in brackets apart, so it is what is left over.
void add_key(CLI::App& command, shards_arguments& arguments) {
  command.parse_complete_callback([&] {
    auto left = command.remaining();
    if (left.empty())
      throw CLI::RequiredError("KEY");
    if (left.size() > 1 || left.front().starts_with("--"))
      throw CLI::ExtrasError(command.get_name(), {left.back()});
    arguments.key = left.front();
  });
  command.allow_extras();
  command.formatter(std::make_shared<usage_with_key>());
}

void add_types(CLI::App& command, shards_arguments& arguments) {
  command.add_option("--node", arguments.node, "Whose shards; default: all, or the only ones")
      ->type_name("ID");
  command.add_option("--as", arguments.as, "What keys, values and ids are: binary or term")
      ->check(one_of({"binary", "term"}))
      ->default_str("binary")
      ->type_name("TYPE");
}

} // namespace

void add_shards_command(CLI::App& root, int& status) {
  auto* command = root.add_subcommand("shards", "List, show and start keyed shards");
  command->require_subcommand(1);
  command->footer(examples);
  auto add = [&](const char* name, const char* help, auto work) {
    auto [sub, arguments] = add_view_command(*command, name, help, examples, status, work);
    add_types(*sub, *arguments);
    return std::pair{sub, arguments};
  };
  add("list", "List the keyed shards of a node", list);
  auto [showing, shown] = add(
      "show", "Show a keyed shard: its watermark, and the heights and values of its cells", show);
  add_key(*showing, *shown);
  showing->add_option("--limit", shown->limit, "So many heights and values; default: 100")
      ->check(whole_number(0, std::numeric_limits<std::uint64_t>::max()))
      ->type_name("N");
  showing->add_option("--skip", shown->skip, "Leave out so many of them before; default: 0")
      ->check(whole_number(0, std::numeric_limits<std::uint64_t>::max()))
      ->type_name("N");
  auto [starting, started] = add("start", "Start one more keyed shard", start);
  add_key(*starting, *started);
  starting
      ->add_option("--value", started->value, "Of the cell of that key, at height 0; default: none")
      ->type_name("TEXT");
  add_operation_option(*starting, started->operation);
}

} // namespace lockstep
