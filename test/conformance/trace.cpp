#include "test/conformance/trace.hpp"

#include "model/term/term_json.hpp"
#include "persistence/text_file.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

namespace lockstep::recordings {

namespace {

const std::map<std::string, operation, std::less<>> operations{
    {"init_instance", operation::init_instance},
    {"init_instance_async", operation::init_instance_async},
    {"transition", operation::transition},
    {"transition_async", operation::transition_async},
    {"mock_instance!", operation::mock_instance},
    {"get_instance", operation::get_instance},
    {"all_instances", operation::all_instances},
    {"delete_instance", operation::delete_instance},
    {"delete_instances", operation::delete_instances},
    {"all_impl_models", operation::all_impl_models},
    {"export_impl_models", operation::export_impl_models},
    {"restart", operation::restart},
};

// Within a line, what is wrong is thrown, as the JSON library does; `read_trace` turns it into a
// failure.

struct no_recording : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class T>
T unwrap(result<T> value) {
  if (!value)
    throw no_recording{value.error().message};
  return std::move(*value);
}

time_limit time_limit_from(const json& value) {
  if (value == "infinity")
    return std::nullopt;
  const auto count = value.get<std::int64_t>();
  if (!value.is_number_integer() || count < 0
      || count > std::numeric_limits<std::int64_t>::max() / 1'000)
    throw no_recording{"a time is neither milliseconds nor \"infinity\""};
  return std::chrono::milliseconds{count};
}

/// `null` is no state.
std::string state_from(const json& value) {
  return value.is_null() ? std::string{} : value.get<std::string>();
}

prunable_states prunable_states_from(const json& value) {
  if (value == "all")
    return {prunable_states::kind::all, {}};
  if (value == "terminal")
    return {prunable_states::kind::terminal, {}};
  return {prunable_states::kind::listed, value.get<std::vector<std::string>>()};
}

recorded_specification specification_from(const json& value) {
  recorded_specification spec;
  spec.name = value.at("name");
  for (const auto& one : value.at("transitions"))
    spec.transitions.push_back({one.at(0), one.at(1), one.at(2)});
  spec.options.transition_timeout = time_limit_from(value.at("transition_timeout"));
  spec.options.prune_timeout = time_limit_from(value.at("prune_timeout"));
  spec.options.prunable_states = prunable_states_from(value.at("prunable_states"));
  spec.initial_state = state_from(value.at("initial_state"));
  spec.terminal_states = value.at("terminal_states");
  return spec;
}

model_file model_file_from(const json& value) {
  model_file file{value.at("name"), value.at("content")};
  if (file.name.empty() || std::filesystem::path{file.name}.filename() != file.name)
    throw no_recording{"\"" + file.name + "\" is no name of a file"};
  return file;
}

void read_header(trace& read, const json& header) {
  for (const auto& one : header.at("specs"))
    read.specifications.push_back(specification_from(one));
  for (const auto& one : header.at("spex_files"))
    read.model_files.push_back(model_file_from(one));
  const auto& options = header.at("options");
  const auto shards = options.at("distribution_factor").get<std::int64_t>();
  if (shards < 1 || shards > 1'000)
    throw no_recording{"distribution_factor is not from 1 to 1000"};
  read.distribution_factor = static_cast<std::uint32_t>(shards);
  read.check_timeouts_on_start = options.at("check_transition_timeouts_on_start");
  read.prune_interval = time_limit_from(options.at("prune_interval"));
}

json result_from(const json& value) {
  if (value.contains("error")) {
    (void)value.at("error").at("type").get<std::string>();
    (void)value.at("error").at("reason").get<std::string>();
  } else {
    (void)value.at("ok");
  }
  return value;
}

void read_arguments(call& made, const json& args) {
  if (!args.is_object())
    throw no_recording{"args is no object"};
  made.has_identifier = args.contains("identifier");
  if (made.has_identifier)
    made.identifier = unwrap(identifier_from(args.at("identifier")));
  if (args.contains("meta"))
    made.meta = unwrap(parse_term_json(args.at("meta").dump()));
  made.specification = state_from(args.value("specification", json{}));
  made.action = state_from(args.value("action", json{}));
  for (const auto* name : {"state", "initial_state", "current_state"})
    if (args.contains(name))
      made.state = state_from(args.at(name));
}

/// The arguments that an operation cannot do without.
void check_arguments(const call& made) {
  switch (made.op) {
  case operation::init_instance:
  case operation::init_instance_async:
  case operation::mock_instance:
    if (made.specification.empty())
      throw no_recording{"the argument specification is missing"};
    [[fallthrough]];
  case operation::transition:
  case operation::transition_async:
  case operation::get_instance:
  case operation::delete_instance:
    if (!made.has_identifier)
      throw no_recording{"the argument identifier is missing"};
    return;
  case operation::delete_instances:
    if (made.specification.empty() && made.state.empty())
      throw no_recording{"delete_instances has neither specification nor current_state"};
    return;
  case operation::all_instances:
  case operation::all_impl_models:
  case operation::export_impl_models:
  case operation::restart:
    return;
  }
}

call call_from(const json& value, std::size_t line) {
  call made;
  made.line = line;
  const auto& name = value.at("op").get_ref<const std::string&>();
  const auto known = operations.find(name);
  if (known == operations.end())
    throw no_recording{"no operation is called " + name};
  made.op = known->second;
  made.text = name + " " + value.at("args").dump();
  read_arguments(made, value.at("args"));
  check_arguments(made);
  made.one_shard.result = result_from(value.at("result"));
  made.one_shard.reported = value.at("reported");
  made.distributed = made.one_shard;
  if (value.contains("result_distributed"))
    made.distributed.result = result_from(value.at("result_distributed"));
  if (value.contains("reported_distributed"))
    made.distributed.reported = value.at("reported_distributed");
  return made;
}

/// The JSON library's message without the `[json.exception.…] ` that it begins with.
std::string without_tag(std::string message) {
  const auto end = message.find("] ");
  return end == std::string::npos ? message : message.substr(end + 2);
}

tl::unexpected<failure> unusable(const std::filesystem::path& file, std::size_t line,
                                 const std::string& why) {
  return fail(ec::invalid_input, file.string() + ":" + std::to_string(line)
                                     + ": the line is no part of a recording: " + why);
}

} // namespace

result<term> identifier_from(const json& tagged) {
  if (tagged.is_object() && tagged.size() == 1) {
    const auto& value = tagged.begin().value();
    if (tagged.begin().key() == "str" && value.is_string())
      return term{value.get<std::string>()};
    if (tagged.begin().key() == "int" && value.is_number_integer())
      return parse_term_json(value.dump());
    if (tagged.begin().key() == "int" || tagged.begin().key() == "str")
      return fail(ec::invalid_term, "an identifier that is tagged " + tagged.begin().key()
                                        + " has a value of another kind");
  }
  return parse_term_json(tagged.dump());
}

json identifier_json(const term& identifier) {
  const auto value = json::parse(to_json_text(identifier));
  if (value.is_string())
    return {{"str", value}};
  if (value.is_number_integer())
    return {{"int", value}};
  if (const auto* name = identifier.as_atom()) // also nil, true and false
    return {{"atom", name->name}};
  return value;
}

result<trace> read_trace(const std::filesystem::path& file) {
  auto text = read_text_file(file);
  if (!text)
    return tl::unexpected(text.error());
  trace read;
  read.file = file;
  std::size_t line = 0;
  for (std::string_view rest = *text; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto one = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++line;
    try {
      const auto value = json::parse(one);
      if (line == 1)
        read_header(read, value);
      else
        read.calls.push_back(call_from(value, line));
    } catch (const json::parse_error& wrong) {
      return unusable(file, line, "it is no JSON at byte " + std::to_string(wrong.byte));
    } catch (const json::exception& wrong) {
      return unusable(file, line, without_tag(wrong.what()));
    } catch (const no_recording& wrong) {
      return unusable(file, line, wrong.what());
    }
  }
  if (line == 0)
    return unusable(file, 1, "the file is empty");
  return read;
}

result<std::vector<trace>> read_traces(const std::filesystem::path& where) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  if (std::filesystem::is_directory(where, error)) {
    for (auto one = std::filesystem::directory_iterator{where, error};
         !error && one != std::filesystem::directory_iterator{}; one.increment(error))
      if (one->path().extension() == ".jsonl")
        files.push_back(one->path());
    if (error)
      return fail(ec::invalid_input, "cannot read the folder " + where.string() + ": "
                                         + error.message() + "; name a readable one");
    if (files.empty())
      return fail(ec::invalid_input,
                  where.string() + " holds no .jsonl file; name a folder of recordings");
    std::ranges::sort(files);
  } else {
    files.push_back(where);
  }
  std::vector<trace> traces;
  for (const auto& file : files) {
    auto read = read_trace(file);
    if (!read)
      return tl::unexpected(read.error());
    traces.push_back(std::move(*read));
  }
  return traces;
}

} // namespace lockstep::recordings
