#include "app/commands/instances_command.hpp"

#include "app/commands/identifier_option.hpp"
#include "app/commands/view_command.hpp"
#include "app/inspection/instance_json.hpp"
#include "app/text_table.hpp"
#include "app/usage_error.hpp"
#include "model/operation_id.hpp"
#include "model/term/term_json.hpp"
#include "model/term/term_text.hpp"

#include <algorithm>
#include <charconv>
#include <iostream>
#include <limits>
#include <memory>
#include <vector>

#include <nlohmann/json.hpp>

namespace lockstep {

namespace {

/// Rows that are printed together, so that a listing of any length takes little memory.
constexpr std::uint64_t rows_a_table = 1'000;

constexpr const char* examples = R"(Examples:
  lockstep instances list --config config/nova.conf --state stopped
  lockstep instances list --connect 127.0.0.1:4242 --specification Order --idle 1h --limit 0 --json
  lockstep instances show order-1
  lockstep instances show --as term '{my_app, 5}' --json
  lockstep instances delete --connect 127.0.0.1:4242 order-1 order-2 --operation cleanup-17
  lockstep instances delete --connect 127.0.0.1:4242 --all --specification Order --state cancelled
  lockstep instances list --quarantined
  lockstep instances release order-7

A node that runs is asked through its port; of one that is down the store is read. Instances can be
released in either. Repeat a delete or release that got no answer with the same --operation and the
same instances; each of several has the operation id OPERATION/INSTANCE then.)";

struct instances_arguments {
  view_arguments view;
  std::string specification;
  std::string state;
  std::string idle;
  std::uint64_t limit = 100;
  std::string from = "1:0";
  std::vector<std::string> identifiers;
  identifier_type as = identifier_type::binary;
  std::string operation;
  bool all = false;
  bool quarantined = false;
  /// Were a limit or a place given?
  bool is_part = false;
};

result<instance_filter> filter_of(const instances_arguments& arguments) {
  instance_filter filter{arguments.specification, arguments.state, std::nullopt};
  if (arguments.idle.empty())
    return filter;
  auto limit = parse_time_limit(arguments.idle);
  if (!limit)
    return fail(ec::invalid_configuration, "--idle: " + limit.error().message);
  filter.idle_for = *limit ? *limit : time_limit{duration::max()};
  return filter;
}

std::string to_text(const listing_cursor& cursor) {
  return std::to_string(cursor.shard) + ":" + std::to_string(cursor.from);
}

result<listing_cursor> parse_cursor(const std::string& text) {
  listing_cursor cursor;
  const auto* end = text.data() + text.size();
  auto [colon, no_shard] = std::from_chars(text.data(), end, cursor.shard);
  if (no_shard == std::errc{} && colon != end && *colon == ':') {
    auto [rest, no_place] = std::from_chars(colon + 1, end, cursor.from);
    if (no_place == std::errc{} && rest == end)
      return cursor;
  }
  return fail(ec::invalid_configuration, "--from \"" + text
                                             + "\" is no place in a listing; give what the listing "
                                               "before ended with, such as 2:1234");
}

// -- list -----------------------------------------------------------------------------------------

/// Prints instances as they come.
class printer {
public:
  explicit printer(bool json) : json_(json) {}
  ~printer() { flush(); }
  printer(const printer&) = delete;
  printer& operator=(const printer&) = delete;

  void add(const stored_instance& one) {
    ++count_;
    if (json_) {
      std::cout << to_json_text(one) << '\n';
      return;
    }
    table_.add({to_text(one.head.identifier), one.head.specification, one.head.current_state,
                std::to_string(one.head.step_count), std::to_string(one.times_late),
                to_string(one.head.last_step_at)});
    if (++rows_ == rows_a_table)
      flush();
  }

  void end(const std::optional<listing_cursor>& next) {
    flush();
    if (json_ && next)
      std::cout << R"({"next":")" << to_text(*next) << "\"}\n";
    if (!json_)
      std::cout << counted(count_, "instance")
                << (next ? "; more with --from " + to_text(*next) : std::string{}) << '\n';
  }

private:
  static text_table empty_table() {
    return text_table{{"instance", "specification", "state", "steps", "late", "last step at"}};
  }

  void flush() {
    if (rows_ > 0)
      table_.print(std::cout, "");
    table_ = empty_table();
    rows_ = 0;
  }

  bool json_;
  text_table table_ = empty_table();
  std::uint64_t rows_ = 0;
  std::uint64_t count_ = 0;
};

void print_quarantined(const std::vector<quarantined_instance>& all) {
  text_table table{{"instance", "since", "reason"}};
  for (const auto& one : all)
    table.add({to_text(one.identifier), to_string(one.at), one.reason});
  if (!all.empty())
    table.print(std::cout, "");
  std::cout << counted(all.size(), "instance") << " quarantined\n";
}

result<void> list_quarantined(node_view& view, const instances_arguments& arguments) {
  if (!arguments.specification.empty() || !arguments.state.empty() || !arguments.idle.empty()
      || arguments.is_part)
    return fail(ec::invalid_configuration,
                "--quarantined lists all that are, whatever they were doing; leave out "
                "--specification, --state, --idle, --limit and --from");
  auto all = view.quarantined();
  if (!all)
    return tl::unexpected(all.error());
  if (!arguments.view.json)
    print_quarantined(*all);
  else
    for (const auto& one : *all)
      std::cout << to_json_text(one) << '\n';
  return {};
}

result<void> list(node_view& view, const instances_arguments& arguments) {
  if (arguments.quarantined)
    return list_quarantined(view, arguments);
  auto filter = filter_of(arguments);
  if (!filter)
    return tl::unexpected(filter.error());
  auto from = parse_cursor(arguments.from);
  if (!from)
    return tl::unexpected(from.error());
  printer out{arguments.view.json};
  std::optional next{*from};
  auto left = arguments.limit == 0 ? UINT64_MAX : arguments.limit;
  while (next && left > 0) {
    auto part = view.list(*filter, *next, std::min(left, rows_a_table));
    if (!part)
      return tl::unexpected(part.error());
    for (const auto& one : part->instances)
      out.add(one);
    left -= part->instances.size();
    next = part->next;
  }
  out.end(next);
  return {};
}

// -- show and delete ------------------------------------------------------------------------------

result<std::vector<term>> identifiers_of(const instances_arguments& arguments) {
  std::vector<term> identifiers;
  for (const auto& text : arguments.identifiers) {
    auto identifier = typed_identifier(text, arguments.as);
    if (!identifier)
      return tl::unexpected(identifier.error());
    if (std::ranges::find(identifiers, *identifier) == identifiers.end())
      identifiers.push_back(std::move(*identifier));
  }
  return identifiers;
}

/// An operation id stands for one request, so each of several instances has one of its own,
/// whatever their order.
std::string operation_of(const term& identifier, const std::vector<term>& all,
                         const instances_arguments& arguments) {
  return all.size() == 1 ? arguments.operation : operation_about(arguments.operation, identifier);
}

void print(const instance& found) {
  std::cout << to_text(found.identifier) << " of " << found.specification << ", "
            << (found.steps.empty() ? "mocked, " : "") << "in state " << found.current_state;
  if (found.meta != term{atom{"nil"}})
    std::cout << ", meta " << to_text(found.meta);
  std::cout << '\n';
  if (found.steps.empty())
    return;
  text_table table{{"step", "at", "action", "to", "verdict"}};
  for (std::size_t i = 0; i < found.steps.size(); ++i) {
    const auto& one = found.steps[i];
    table.add({std::to_string(i + 1), to_string(one.at), one.action, one.to,
               std::string(to_string(one.outcome))});
  }
  table.print(std::cout, "  ");
}

result<void> show(node_view& view, const instances_arguments& arguments) {
  auto identifiers = identifiers_of(arguments);
  if (!identifiers)
    return tl::unexpected(identifiers.error());
  for (const auto& identifier : *identifiers) {
    auto found = view.get(identifier);
    if (!found)
      return tl::unexpected(found.error());
    if (arguments.view.json)
      std::cout << to_json_text(*found) << '\n';
    else
      print(*found);
  }
  return {};
}

void print_deleted(std::uint64_t count, bool json) {
  if (json)
    std::cout << R"({"deleted":)" << count << "}\n";
  else
    std::cout << counted(count, "instance") << " deleted\n";
}

result<void> remove(node_view& view, const instances_arguments& arguments) {
  if (arguments.all == !arguments.identifiers.empty())
    return fail(ec::invalid_configuration,
                "say which instances to delete: identifiers, or --all, if you like with "
                "--specification, --state and --idle");
  auto narrowed =
      !arguments.specification.empty() || !arguments.state.empty() || !arguments.idle.empty();
  if (narrowed && !arguments.all)
    return fail(ec::invalid_configuration,
                "--specification, --state and --idle choose among all instances; add --all");
  if (arguments.all) {
    auto filter = filter_of(arguments);
    auto removed = filter ? view.remove_all(*filter, arguments.operation)
                          : result<std::uint64_t>{tl::unexpected(filter.error())};
    if (!removed)
      return tl::unexpected(removed.error());
    print_deleted(*removed, arguments.view.json);
    return {};
  }
  auto identifiers = identifiers_of(arguments);
  if (!identifiers)
    return tl::unexpected(identifiers.error());
  std::uint64_t deleted = 0;
  for (const auto& identifier : *identifiers) {
    auto was_there = view.remove(identifier, operation_of(identifier, *identifiers, arguments));
    if (!was_there)
      return tl::unexpected(was_there.error());
    deleted += *was_there ? 1 : 0;
  }
  print_deleted(deleted, arguments.view.json);
  return {};
}

// -- release --------------------------------------------------------------------------------------

result<exit_status> release(node_view& view, const instances_arguments& arguments) {
  auto identifiers = identifiers_of(arguments);
  if (!identifiers)
    return tl::unexpected(identifiers.error());
  std::uint64_t released = 0;
  std::vector<term> others;
  for (const auto& identifier : *identifiers) {
    auto was_held = view.release(identifier, operation_of(identifier, *identifiers, arguments));
    if (!was_held)
      return tl::unexpected(was_held.error());
    if (*was_held)
      ++released;
    else
      others.push_back(identifier);
  }
  const auto status = others.empty() ? exit_status::clean : exit_status::findings;
  if (arguments.view.json) {
    nlohmann::ordered_json told{{"released", released}};
    for (const auto& other : others)
      told["not_quarantined"].push_back(nlohmann::ordered_json::parse(to_json_text(other)));
    std::cout << told.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
              << '\n';
    return status;
  }
  for (const auto& other : others)
    std::cout << to_text(other) << " was not quarantined\n";
  std::cout << counted(released, "instance") << " released\n";
  return status;
}

// -- command line ---------------------------------------------------------------------------------

void add_filter(CLI::App& command, instances_arguments& arguments) {
  command.add_option("--specification", arguments.specification, "Only instances of this one");
  command.add_option("--state", arguments.state, "Only instances in this state");
  command
      .add_option("--idle", arguments.idle, "Only instances without a step for so long, e.g. 1h")
      ->type_name("DURATION");
}

/// Identifiers after the first one are what is left over; CLI11 would take apart one in brackets.
void add_identifiers(CLI::App& command, instances_arguments& arguments) {
  command.parse_complete_callback([&] {
    for (auto& text : command.remaining()) {
      if (text.starts_with("--"))
        throw CLI::ExtrasError(command.get_name(), {text});
      arguments.identifiers.push_back(std::move(text));
    }
  });
  command.add_option("ID", arguments.identifiers, "Identifiers, as text")
      ->type_name("...")
      ->allow_extra_args(false);
  command.allow_extras();
  add_identifier_type(command, arguments.as);
}

} // namespace

void add_instances_command(CLI::App& root, int& status) {
  auto* command = root.add_subcommand("instances", "List, show, delete and release instances");
  command->require_subcommand(1);
  command->footer(examples);
  auto add = [&](const char* name, const char* help, bool filters, bool identifiers, auto work) {
    auto [sub, arguments] = add_view_command(*command, name, help, examples, status, work);
    if (filters)
      add_filter(*sub, *arguments);
    if (identifiers)
      add_identifiers(*sub, *arguments);
    return std::pair{sub, arguments};
  };
  auto [listing, list_arguments] = add("list", "List instances, shard by shard", true, false, list);
  listing->add_option("--limit", list_arguments->limit, "How many at most; 0: all")
      ->check(whole_number(0, std::numeric_limits<std::uint64_t>::max()))
      ->capture_default_str();
  listing->add_option("--from", list_arguments->from, "Where an earlier listing ended")
      ->type_name("SHARD:PLACE")
      ->capture_default_str();
  listing->add_flag("--quarantined", list_arguments->quarantined,
                    "Instances that are refused, since they crashed their shard");
  listing->parse_complete_callback([sub = listing, told = list_arguments.get()] {
    told->is_part = sub->count("--limit") + sub->count("--from") > 0;
  });
  auto [showing, show_arguments] =
      add("show", "Show instances with their steps", false, true, show);
  showing->get_option("ID")->required();
  auto [deleting, delete_arguments] =
      add("delete", "Delete instances of a running node", true, true, remove);
  deleting->add_flag("--all", delete_arguments->all, "All instances that the filter chooses");
  add_operation_option(*deleting, delete_arguments->operation);
  auto [releasing, release_arguments] = add(
      "release", "Let requests about quarantined instances through again", false, true, release);
  releasing->get_option("ID")->required();
  add_operation_option(*releasing, release_arguments->operation);
}

} // namespace lockstep
