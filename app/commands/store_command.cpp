#include "app/commands/store_command.hpp"

#include "app/command_line.hpp"
#include "app/exit_status.hpp"
#include "app/progress.hpp"
#include "app/runtime.hpp"
#include "app/text_table.hpp"
#include "model/in_quotes.hpp"
#include "model/term/term_json.hpp"
#include "persistence/sqlite/store_backup.hpp"
#include "persistence/sqlite/store_check.hpp"
#include "persistence/sqlite/store_compaction.hpp"

#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include <stdlib.h> // NOLINT: setenv is POSIX

#include <nlohmann/json.hpp>

namespace lockstep {

namespace {

using json = nlohmann::ordered_json;

constexpr const char* examples = R"(Examples:
  lockstep store check --store-dir lockstep_store
  lockstep store check --config config/nova.conf --json
  lockstep store backup --store-dir lockstep_store backups/2024-05-17
  lockstep instances list --store-dir backups/2024-05-17
  lockstep store compact --store-dir lockstep_store

check and backup work while a node runs as well as when it is down; compact needs
the store for itself.

check reads all of the store: whether no file is missing or damaged, and whether
each instance is in its shard, with its whole history, and whether the cells of
keyed shards can be read. A file of keyed shards that is lost, emptied or replaced
by another one is found, too. Exit status: 0 nothing is wrong, 1 something is, 2 there
is no store, or a file of it cannot be read at all.

backup writes to a folder that is empty or not there yet. What has the folder's
name is whole and was checked; until then it is called FOLDER.incomplete. Each
shard is copied as it is at one moment, and the moments of the shards lie close
together, but are not the same: of steps that were made meanwhile, those of one
shard may be in the copy and those of another one not. No instance is in two
shards. While it is at it, a node's write-ahead logs grow. Models in .spex files
are not part of a store.

compact returns what deleted instances took to the file system. It needs free
space of twice the largest file.)";

struct store_arguments {
  invocation called;
  std::filesystem::path target;
  bool json = false;
};

json as_json(const sqlite::store_check& checked) {
  auto files = json::array();
  for (const auto& one : checked.files)
    files.push_back({{"file", one.path.string()},
                     {"shard", one.shard},
                     {"version", one.label.version},
                     {"bytes", one.bytes},
                     {"instances", one.instances},
                     {"steps", one.steps},
                     {"operations", one.operations}});
  auto keyed = json::array();
  for (const auto& one : checked.keyed)
    keyed.push_back({{"file", one.path.string()},
                     {"node", json::parse(to_json_text(one.node_id))},
                     {"version", one.version},
                     {"bytes", one.bytes},
                     {"shards", one.shards},
                     {"cells", one.cells},
                     {"versions", one.versions},
                     {"reservations", one.reservations}});
  auto ignored = json::array();
  for (const auto& one : checked.strays)
    ignored.push_back(one.string());
  auto findings = json::array();
  for (const auto& one : checked.findings)
    findings.push_back({{"path", one.where.string()}, {"message", one.message}});
  return {{"files", std::move(files)},
          {"keyed_files", std::move(keyed)},
          {"findings", std::move(findings)},
          {"unlisted", checked.unlisted},
          {"ignored", std::move(ignored)}};
}

void print_json(const json& told) {
  std::cout << told.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
}

void print_keyed_files(const sqlite::store_check& checked) {
  if (checked.keyed.empty())
    return;
  text_table table{{"keyed shards", "version", "bytes", "shards", "cells", "versions", "reserved"}};
  for (const auto& one : checked.keyed)
    table.add({on_one_line(one.path.string()), std::to_string(one.version),
               std::to_string(one.bytes), std::to_string(one.shards), std::to_string(one.cells),
               std::to_string(one.versions), std::to_string(one.reservations)});
  table.print(std::cout, "");
}

void print_files(const sqlite::store_check& checked) {
  if (checked.files.empty())
    return print_keyed_files(checked);
  text_table table{{"file", "version", "bytes", "instances", "steps", "operations"}};
  for (const auto& one : checked.files)
    table.add({on_one_line(one.path.string()), std::to_string(one.label.version),
               std::to_string(one.bytes), std::to_string(one.instances), std::to_string(one.steps),
               std::to_string(one.operations)});
  table.print(std::cout, "");
  print_keyed_files(checked);
}

result<exit_status> check(const std::filesystem::path& store, const store_arguments& arguments) {
  auto checked = [&] {
    progress_line line{"instances checked"};
    return sqlite::check_store(store, [&](std::uint64_t done) { line.show(done, std::nullopt); });
  }();
  if (!checked)
    return tl::unexpected(checked.error());
  const auto status = checked->findings.empty() ? exit_status::clean : exit_status::findings;
  if (arguments.json) {
    print_json(as_json(*checked));
    return status;
  }
  print_files(*checked);
  for (const auto& one : checked->strays)
    std::cout << on_one_line(one.string()) << " is no file of keyed shards, and is ignored\n";
  for (const auto& one : checked->findings)
    std::cout << on_one_line(one.message) << '\n';
  if (checked->unlisted > 0)
    std::cout << "and " << checked->unlisted << " more\n";
  std::cout << (checked->findings.empty()
                    ? std::string{"Nothing is wrong"}
                    : counted(checked->findings.size() + checked->unlisted, "finding"))
            << '\n';
  return status;
}

result<exit_status> back_up(const std::filesystem::path& store, const store_arguments& arguments) {
  auto copied = [&] {
    progress_line line{"pages copied"};
    return sqlite::back_up_store(
        store, arguments.target, [&](std::uint64_t done, std::uint64_t all) {
          line.show(done, all == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(all));
        });
  }();
  if (!copied)
    return tl::unexpected(copied.error());
  if (arguments.json) {
    print_json(as_json(*copied));
    return exit_status::clean;
  }
  print_files(*copied);
  std::cout << "Backup of " << on_one_line(store.string()) << " in "
            << on_one_line(arguments.target.string()) << ", checked\n";
  return exit_status::clean;
}

result<exit_status> compact(const std::filesystem::path& store, const store_arguments& arguments) {
  // SQLite's own copy is then made where there is room for it, too.
  ::setenv("SQLITE_TMPDIR", store.c_str(), 0);
  auto done = [&] {
    progress_line line{"files compacted"};
    return sqlite::compact_store(store, [&](std::uint64_t files, std::uint64_t all) {
      line.show(files, static_cast<double>(files) / static_cast<double>(all));
    });
  }();
  if (!done)
    return tl::unexpected(done.error());
  auto files = json::array();
  text_table table{{"file", "bytes before", "bytes now"}};
  for (const auto& one : *done) {
    files.push_back({{"file", one.path.string()},
                     {"bytes_before", one.bytes_before},
                     {"bytes_after", one.bytes_after}});
    table.add({on_one_line(one.path.string()), std::to_string(one.bytes_before),
               std::to_string(one.bytes_after)});
  }
  if (arguments.json)
    print_json(files);
  else
    table.print(std::cout, "");
  return exit_status::clean;
}

exit_status run(const store_arguments& arguments,
                result<exit_status> (*work)(const std::filesystem::path&, const store_arguments&)) {
  auto configured = read_configuration(arguments.called);
  if (!configured)
    return report_error(std::cerr, configured.error());
  if (configured->in_memory)
    return report_error(std::cerr, {ec::invalid_configuration,
                                    "the configuration keeps instances in memory (in-memory), so "
                                    "there is no store; name one with --store-dir",
                                    {}});
  auto done = work(configured->store_dir, arguments);
  return done ? *done : report_error(std::cerr, done.error());
}

} // namespace

void add_store_command(CLI::App& root, int& status) {
  auto* command = root.add_subcommand("store", "Check, back up and compact a node's store");
  command->require_subcommand(1);
  command->footer(examples);
  auto add = [&](const char* name, const char* help, auto work) {
    auto arguments = std::make_shared<store_arguments>();
    auto* sub = command->add_subcommand(name, help);
    sub->add_flag("--json", arguments->json, "Print JSON");
    sub->add_option("-c,--config", arguments->called.options.config_file, "Configuration file")
        ->type_name("FILE");
    add_node_options(*sub, arguments->called, {"store-dir"});
    sub->footer(examples);
    sub->callback([arguments, work, &status] { status = static_cast<int>(run(*arguments, work)); });
    return std::pair{sub, arguments};
  };
  add("check", "Look for what is missing or damaged", check);
  auto [backup, arguments] = add("backup", "Copy the store, also of a running node", back_up);
  backup->add_option("FOLDER", arguments->target, "Where to; empty or not there yet")->required();
  add("compact", "Give unused space back, while the node is down", compact);
}

} // namespace lockstep
