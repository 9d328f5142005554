#include "app/configuration.hpp"

#include "app/input/section_reader.hpp"
#include "app/keyed_section.hpp"
#include "model/in_quotes.hpp"

#include <caf/config_value.hpp>

#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace lockstep {

namespace {

constexpr std::array node_table{
    option_description{"specifications", option_type::text_list,
                       "files that declare workflows; default: none"},
    option_description{"store-dir", option_type::text,
                       "folder of the shards' files; default: ./lockstep_store"},
    option_description{"in-memory", option_type::boolean,
                       "keep instances in memory only; default: false"},
    option_description{"impl-models-dir", option_type::text,
                       "folder of the .spex files; default: ./spex_impl_models"},
    option_description{"distribution-factor", option_type::integer,
                       "number of shards; instances move when it changes; default: 4"},
    option_description{"routing", option_type::text,
                       "how instances are divided among the shards, modulo or rendezvous, which "
                       "moves few when their number changes; default: modulo"},
    option_description{"keep-learned-models", option_type::boolean,
                       "store what models learn; default: true"},
    option_description{"learn", option_type::boolean,
                       "put every model into learning mode; default: false"},
    option_description{"check-transition-timeouts-on-start", option_type::boolean,
                       "report instances that became late while the node was down; default: true"},
    option_description{"prune-interval", option_type::text,
                       "pause between two passes of pruning, such as 30s or 6h, or infinity: only "
                       "at the start; default: 6h"},
    option_description{"max-resident-instances", option_type::integer,
                       "instances that a node keeps in memory; default: 500000"},
    option_description{"operation-retention", option_type::text,
                       "how long operation ids are remembered, or infinity; default: 7d"},
    option_description{
        "max-pending", option_type::integer,
        "unanswered requests that a shard accepts before it refuses more; for a keyed shard, "
        "changes and reads each; default: 10000"},
    option_description{"durability", option_type::text,
                       "answer at the commit (commit) or before it (async); default: commit"},
    option_description{"commit-interval", option_type::text,
                       "async: how long a change may wait for its commit; default: 50ms"},
    option_description{"quarantine-after", option_type::integer,
                       "crashes of a shard in a row after which the instance that caused them is "
                       "quarantined; default: 2"},
    option_description{
        "max-restarts", option_type::integer,
        "restarts allowed within max-seconds, those before a quarantine not counted; "
        "one more ends the node, or parks the keyed shard; default: 3"},
    option_description{
        "max-seconds", option_type::integer,
        "length of the period in which restarts are counted, in seconds; default: 5"},
    option_description{"port", option_type::integer,
                       "BASP port to listen on, 0 for any; default: not published"},
    option_description{"address", option_type::text,
                       "address to listen on; default: 127.0.0.1, this machine only"},
    option_description{"log-level", option_type::text,
                       "debug, info, warning, error or off; default: info"},
    option_description{"after-script", option_type::text,
                       "what follows the script, serve or exit; default: serve"},
};

constexpr std::array input_table{
    option_description{"format", option_type::text, "lines, csv or jsonl; default: lines"},
    option_description{"specification", option_type::text,
                       "whose instances the events are; default: the only specification"},
    option_description{"source", option_type::text,
                       "first part of operation ids; default: the input's path as given"},
    option_description{"timestamp-format", option_type::text,
                       "iso8601, epoch-s, epoch-ms or strptime-like; default: iso8601"},
    option_description{"identifier-as", option_type::text,
                       "binary, integer, atom or term; default: binary"},
    option_description{"on-malformed", option_type::text,
                       "stop or skip a record that cannot be read; default: stop"},
    option_description{"max-record-bytes", option_type::integer,
                       "longest record; default: 1048576"},
    option_description{"rules", option_type::text,
                       "lines: list of {pattern, action, state} in configuration syntax"},
    option_description{"separator", option_type::text, "csv: between fields; default: ,"},
    option_description{"identifier-column", option_type::text, "csv: column of the identifier"},
    option_description{"action-column", option_type::text, "csv: column of the action"},
    option_description{"state-column", option_type::text, "csv: column of the state"},
    option_description{"timestamp-column", option_type::text, "csv: column of the time"},
    option_description{"operation-column", option_type::text, "csv: column of the operation id"},
    option_description{"identifier-pointer", option_type::text, "jsonl: pointer to the identifier"},
    option_description{"action-pointer", option_type::text, "jsonl: pointer to the action"},
    option_description{"state-pointer", option_type::text, "jsonl: pointer to the state"},
    option_description{"timestamp-pointer", option_type::text, "jsonl: pointer to the time"},
    option_description{"operation-pointer", option_type::text,
                       "jsonl: pointer to the operation id"},
    option_description{"actions", option_type::text, "names of actions by captured text: { … }"},
    option_description{"states", option_type::text, "states by action: { … }"},
};

/// Who counts for longer wants a limit that is reached in any case.
constexpr std::int64_t longest_max_seconds = 86'400;

/// What waits longer for its commit is rather to be called lost.
constexpr duration longest_commit_interval = std::chrono::minutes{1};

constexpr std::string_view input_prefix = "input.";

/// The value that was typed for an option of some type; what does not fit stays text, so that the
/// section's reader tells what is wrong with it.
caf::config_value to_value(option_type type, const std::vector<std::string>& typed) {
  const auto& text = typed.back();
  switch (type) {
  case option_type::text:
    break;
  case option_type::integer: {
    std::int64_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size())
      return caf::config_value{number};
    break;
  }
  case option_type::boolean:
    if (text == "true" || text == "false")
      return caf::config_value{text == "true"};
    break;
  case option_type::text_list: {
    caf::config_value::list list;
    for (const auto& one : typed)
      list.emplace_back(one);
    return caf::config_value{std::move(list)};
  }
  }
  // Lists and dictionaries are typed in the configuration's own syntax.
  if (!text.empty() && (text.front() == '[' || text.front() == '{'))
    if (auto parsed = caf::config_value::parse(text))
      return std::move(*parsed);
  return caf::config_value{text};
}

const caf::settings* find_section(const caf::settings& settings, std::string_view name) {
  auto found = settings.find(std::string{name});
  return found == settings.end() ? nullptr : caf::get_if<caf::settings>(&found->second);
}

/// The command line's values of the options of one table, as a section.
caf::settings typed_section(std::span<const option_description> table, std::string_view prefix,
                            const command_line_options& command_line) {
  caf::settings section;
  for (const auto& option : table)
    if (auto typed = command_line.values.find(std::string(prefix).append(option.name));
        typed != command_line.values.end() && !typed->second.empty())
      section.insert_or_assign(std::string(option.name), to_value(option.type, typed->second));
  return section;
}

/// Reads a whole number within bounds.
template <class T>
void read_number(section_reader& section, std::string_view name, T& into, std::int64_t least,
                 std::uint64_t most = std::numeric_limits<T>::max()) {
  auto number = section.integer(name);
  if (!number)
    return;
  if (*number < least || static_cast<std::uint64_t>(*number) > most) {
    section.refuse(name, std::to_string(*number) + " is not between " + std::to_string(least)
                             + " and " + std::to_string(most));
    return;
  }
  into = static_cast<T>(*number);
}

/// Each is followed at once by the next one, and keeps the other instances of the shard waiting.
constexpr std::uint64_t most_crashes = 100;

/// Reads how often shards may crash.
void read_supervision(section_reader& section, configuration& into) {
  read_number(section, "quarantine-after", into.quarantine_after, 1, most_crashes);
  read_number(section, "max-restarts", into.max_restarts, 0);
  auto seconds = into.max_seconds.count();
  read_number(section, "max-seconds", seconds, 1, longest_max_seconds);
  into.max_seconds = std::chrono::seconds{seconds};
}

/// Reads the options of one source over what the sources before it said.
result<void> read_node_options(const caf::settings& options, const std::string& where,
                               const std::filesystem::path& base, configuration& into) {
  section_reader section{options, where};
  std::vector<std::string_view> names{"input", "keyed-shards", "script"};
  for (const auto& option : node_table)
    names.push_back(option.name);
  section.allow_only(names);
  auto read_path = [&](std::string_view name, std::filesystem::path& path) {
    if (auto text = section.text(name)) {
      if (text->empty())
        section.refuse(name, "the path is empty");
      else
        path = base / *text;
    }
  };
  auto read_flag = [&](std::string_view name, bool& flag) {
    flag = section.boolean(name).value_or(flag);
  };
  if (auto files = section.text_list("specifications")) {
    into.specifications.clear();
    for (const auto& file : *files)
      into.specifications.push_back(base / file);
  }
  read_path("store-dir", into.store_dir);
  read_path("impl-models-dir", into.impl_models_dir);
  read_flag("in-memory", into.in_memory);
  read_flag("keep-learned-models", into.keep_learned_models);
  read_flag("learn", into.learn);
  read_flag("check-transition-timeouts-on-start", into.check_transition_timeouts_on_start);
  if (auto interval = section.text("prune-interval")) {
    auto limit = parse_time_limit(*interval);
    if (!limit)
      section.refuse("prune-interval", limit.error().message);
    else if (*limit && **limit <= duration::zero())
      section.refuse("prune-interval", "it must be longer than nothing");
    else
      into.prune_interval = *limit;
  }
  if (auto factor = section.integer("distribution-factor")) {
    if (*factor < 1 || *factor > max_shards)
      section.refuse("distribution-factor", std::to_string(*factor)
                                                + " shards are not possible; give 1 to "
                                                + std::to_string(max_shards));
    else
      into.distribution_factor = static_cast<std::uint32_t>(*factor);
  }
  static constexpr std::array<std::pair<std::string_view, routing_strategy>, 2> strategies{
      {{"modulo", routing_strategy::modulo}, {"rendezvous", routing_strategy::rendezvous}}};
  into.routing = section.choice<routing_strategy>("routing", strategies).value_or(into.routing);
  read_number(section, "max-resident-instances", into.max_resident_instances, 1);
  if (auto kept = section.text("operation-retention")) {
    auto limit = parse_time_limit(*kept);
    if (!limit)
      section.refuse("operation-retention", limit.error().message);
    else
      into.operation_retention = *limit;
  }
  read_number(section, "max-pending", into.max_pending, 1);
  static constexpr std::array<std::pair<std::string_view, durability>, 2> durabilities{
      {{"commit", durability::commit}, {"async", durability::async}}};
  into.durability =
      section.choice<durability>("durability", durabilities).value_or(into.durability);
  if (auto interval = section.text("commit-interval")) {
    // What is wrong with a duration is not told by itself: it may be "infinity" elsewhere.
    auto limit = parse_time_limit(*interval);
    if (!limit || !*limit || **limit <= duration::zero() || **limit > longest_commit_interval)
      section.refuse("commit-interval", in_quotes(*interval) + " is no duration between 1us and "
                                            + to_string(time_limit{longest_commit_interval})
                                            + ", such as \"50ms\"");
    else
      into.commit_interval = **limit;
  }
  read_supervision(section, into);
  if (section.has("port"))
    read_number(section, "port", into.port.emplace(0), 0);
  if (auto address = section.text("address")) {
    if (address->empty())
      section.refuse("address", "it is empty; 127.0.0.1 is this machine, 0.0.0.0 every network");
    into.address = *address;
  }
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> levels{
      {{"debug", "debug"},
       {"info", "info"},
       {"warning", "warning"},
       {"error", "error"},
       {"off", "off"}}};
  if (auto level = section.choice<std::string_view>("log-level", levels))
    into.log_level = *level;
  static constexpr std::array<std::pair<std::string_view, after_script>, 2> endings{
      {{"serve", after_script::serve}, {"exit", after_script::exit}}};
  into.after = section.choice<after_script>("after-script", endings).value_or(into.after);
  if (section.problem())
    return tl::unexpected(*section.problem());
  return {};
}

/// The file's `input` section with what the command line says about it.
result<std::optional<input_options>> read_input(const caf::settings* file, const std::string& where,
                                                const command_line_options& command_line) {
  auto typed = typed_section(input_table, input_prefix, command_line);
  if (file == nullptr && typed.empty())
    return std::nullopt;
  auto merged = file == nullptr ? caf::settings{} : *file;
  for (auto& [name, value] : typed)
    merged.insert_or_assign(name, value);
  auto place = typed.empty()     ? where
               : file == nullptr ? "command line: input"
                                 : where + " with the command line";
  return parse_input_options(merged, place).map([](input_options options) {
    return std::optional{std::move(options)};
  });
}

} // namespace

std::span<const option_description> node_options_table() noexcept { return node_table; }

std::span<const option_description> input_options_table() noexcept { return input_table; }

result<configuration> make_configuration(const caf::settings& file,
                                         const command_line_options& command_line) {
  configuration made;
  auto file_name = command_line.config_file ? command_line.config_file->string() : std::string{};
  const auto* own = find_section(file, "lockstep");
  for (const auto& [name, value] : file)
    if (name != "lockstep" && name != "caf")
      return fail(ec::invalid_configuration, file_name + ": there is no section "
                                                 + on_one_line(name)
                                                 + "; there are lockstep and caf");
  if (command_line.config_file && own == nullptr)
    return fail(ec::invalid_configuration,
                file_name + ": the section lockstep { … } is missing; see config/ for examples");
  if (own != nullptr) {
    auto where = file_name + ": lockstep";
    if (auto read = read_node_options(*own, where, command_line.config_file->parent_path(), made);
        !read)
      return tl::unexpected(read.error());
    auto script = parse_script(*own, where);
    if (!script)
      return tl::unexpected(script.error());
    made.script = std::move(*script);
    auto keyed = parse_keyed_groups(*own, where);
    if (!keyed)
      return tl::unexpected(keyed.error());
    made.keyed_shards = std::move(*keyed);
  }
  auto typed = typed_section(node_table, "", command_line);
  if (auto read = read_node_options(typed, "command line", {}, made); !read)
    return tl::unexpected(read.error());
  // Who names a folder on the command line wants it to be used.
  if (command_line.values.contains("store-dir") && !command_line.values.contains("in-memory"))
    made.in_memory = false;
  auto input = read_input(own == nullptr ? nullptr : find_section(*own, "input"),
                          file_name + ": lockstep.input", command_line);
  if (!input)
    return tl::unexpected(input.error());
  made.input = std::move(*input);
  return made;
}

} // namespace lockstep
