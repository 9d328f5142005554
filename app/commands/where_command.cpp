#include "app/commands/where_command.hpp"

#include "actors/locator.hpp"
#include "app/command_line.hpp"
#include "app/commands/identifier_option.hpp"
#include "app/commands/view_command.hpp"
#include "app/configuration.hpp"
#include "app/inspection/instance_json.hpp"
#include "app/text_table.hpp"
#include "app/usage_error.hpp"
#include "model/in_quotes.hpp"
#include "model/term/term_text.hpp"

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace lockstep {

namespace {

/// More candidates than that are too many for a terminal.
constexpr std::size_t most_candidates = 32;

constexpr const char* examples =
    R"(Tells which shard an instance belongs to and why, whether that shard is running,
how often it was started again, where it is stored, and whether the instance is
there. A node that runs is asked through its port; of one that is down the store
is read. With --shards nobody is asked: only the way to the shard is told.

Examples:
  lockstep where order-1
  lockstep where --as term '{my_app, 5}' --connect 127.0.0.1:4242 --json
  lockstep where order-1 --shards 8 --routing rendezvous

Exit status: 0 also if there is no such instance, 2 if that could not be asked.)";

struct where_arguments {
  view_arguments view;
  std::string key;
  identifier_type as = identifier_type::binary;
  std::optional<std::uint32_t> shards;
  std::string routing = "modulo";
};

std::string rule_of(const whereabouts& where) {
  const auto count = std::to_string(where.why.candidates.size());
  if (where.why.strategy == routing_strategy::modulo)
    return "modulo, the score must be " + std::to_string(where.why.hash) + " mod " + count;
  return "rendezvous, the highest phash2({key, shard}) wins";
}

void print_candidates(const whereabouts& where) {
  const auto all = where.why.candidates.size() <= most_candidates;
  text_table table{{"shard", "score", ""}};
  for (const auto& one : where.why.candidates)
    if (all || one.chosen)
      table.add({to_text(one.shard), std::to_string(one.score), one.chosen ? "chosen" : ""});
  table.print(std::cout, "  ");
  if (!all)
    std::cout << "  and " << where.why.candidates.size() - 1 << " more; --json has them all\n";
}

void print_actor(const whereabouts& where, bool is_live) {
  std::cout << "Actor     " << to_string(where.status);
  if (!is_live)
    std::cout << ", the node is down; what follows is from its store";
  else
    std::cout << ", " << counted(where.restarts, "restart") << ", "
              << counted(where.pending, "request") << " pending";
  if (!where.reason.empty())
    std::cout << "; parked after " << on_one_line(where.reason);
  std::cout << '\n';
}

void print_instance(const whereabouts& where) {
  std::cout << "Instance  ";
  if (where.unknown)
    std::cout << "not known: " << on_one_line(where.unknown->message) << '\n';
  else if (!where.found)
    std::cout << "there is none\n";
  else {
    std::cout << on_one_line(where.found->specification) << " in state "
              << on_one_line(where.found->state) << ", " << counted(where.found->steps, "step");
    if (where.found->last_step_at)
      std::cout << ", the last at " << to_string(*where.found->last_step_at);
    std::cout << '\n';
  }
}

void print_way(const whereabouts& where) {
  std::cout << to_text(where.identifier) << " belongs to " << where.display_name << '\n'
            << "Name      " << to_text(where.name) << '\n'
            << "Hash      " << where.why.hash << '\n'
            << "Strategy  " << rule_of(where) << '\n';
  print_candidates(where);
}

result<void> ask(node_view& view, const where_arguments& arguments, const term& identifier) {
  auto where = view.where(identifier);
  if (!where)
    return tl::unexpected(where.error());
  if (arguments.view.json) {
    std::cout << to_json_text(*where, view.is_live() ? "node" : "store") << '\n';
    return {};
  }
  print_way(*where);
  print_actor(*where, view.is_live());
  std::cout << "Store     "
            << (where->store.empty() ? "no file: in memory, or a store that the node was given"
                                     : on_one_line(where->store))
            << '\n';
  print_instance(*where);
  return {};
}

exit_status run_where(const where_arguments& arguments) {
  auto identifier = typed_identifier(arguments.key, arguments.as);
  if (!identifier)
    return report_error(std::cerr, identifier.error());
  if (!arguments.shards)
    return with_view(arguments.view,
                     [&](node_view& view) { return ask(view, arguments, *identifier); });
  const auto where =
      placed({*arguments.shards, *parse_routing_strategy(arguments.routing)}, *identifier);
  if (arguments.view.json)
    std::cout << to_json_text(where, "nowhere") << '\n';
  else
    print_way(where);
  return exit_status::clean;
}

} // namespace

void add_where_command(CLI::App& root, int& status) {
  auto* command = root.add_subcommand("where", "Tell where an instance is, or would be, and why");
  auto arguments = std::make_shared<where_arguments>();
  command->add_option("KEY", arguments->key, "The instance's identifier, as text")->required();
  add_identifier_type(*command, arguments->as);
  add_view_options(*command, arguments->view);
  auto* shards = command->add_option("--shards", arguments->shards, "Ask nobody: of N shards")
                     ->type_name("N")
                     ->check(whole_number(1, max_shards))
                     ->excludes("--connect");
  command->add_option("--routing", arguments->routing, "How instances are divided among them")
      ->check(one_of({"modulo", "rendezvous"}))
      ->capture_default_str()
      ->needs(shards);
  command->footer(examples);
  command->callback([arguments, &status] { status = static_cast<int>(run_where(*arguments)); });
}

} // namespace lockstep
