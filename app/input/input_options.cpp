#include "app/input/input_options.hpp"

#include "app/input/json_slice.hpp"
#include "app/input/log_rules.hpp"
#include "app/input/quoted.hpp"
#include "app/input/section_reader.hpp"
#include "model/workflow/specification.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lockstep {

namespace {

constexpr std::int64_t max_max_record_bytes = std::int64_t{1} << 30U;

template <class T, std::size_t N>
using words = std::array<std::pair<std::string_view, T>, N>;

constexpr words<input_format, 3> formats = {
    {{"lines", input_format::lines}, {"csv", input_format::csv}, {"jsonl", input_format::jsonl}}};
constexpr words<identifier_type, 4> identifier_types = {{{"binary", identifier_type::binary},
                                                         {"integer", identifier_type::integer},
                                                         {"atom", identifier_type::atom},
                                                         {"term", identifier_type::term}}};
constexpr words<malformed_policy, 2> malformed_policies = {
    {{"stop", malformed_policy::stop}, {"skip", malformed_policy::skip}}};

constexpr std::array<std::string_view, 21> option_names = {
    // all formats
    "format", "specification", "source", "timestamp-format", "identifier-as", "on-malformed",
    "max-record-bytes", "actions", "states",
    // lines
    "rules",
    // csv
    "separator", "identifier-column", "action-column", "state-column", "timestamp-column",
    "operation-column",
    // jsonl
    "identifier-pointer", "action-pointer", "state-pointer", "timestamp-pointer",
    "operation-pointer"};

constexpr std::array<std::string_view, 3> rule_option_names = {"pattern", "action", "state"};

/// The one format that an option is for; nothing if it is for all.
std::optional<input_format> format_of(std::string_view option) {
  if (option == "rules")
    return input_format::lines;
  if (option == "separator" || option.ends_with("-column"))
    return input_format::csv;
  if (option.ends_with("-pointer"))
    return input_format::jsonl;
  return std::nullopt;
}

std::string_view word_of(input_format format) {
  return std::find_if(formats.begin(), formats.end(),
                      [format](const auto& each) { return each.second == format; })
      ->first;
}

void refuse_options_of_other_formats(section_reader& section, input_format format) {
  for (const auto name : option_names)
    if (const auto only = format_of(name); only && *only != format && section.has(name))
      section.refuse(name, "it is for format " + quoted(word_of(*only)) + ", not for "
                               + quoted(word_of(format)));
}

/// @param option What the names are of, e.g. "states".
void check_names(section_reader& section, std::string_view option, std::string_view what,
                 const name_map& names, bool may_be_empty) {
  for (const auto& [key, name] : names) {
    if (name.empty() && may_be_empty)
      continue;
    if (auto checked = check_name(what, name); !checked)
      section.refuse(std::string{option} + "." + key, checked.error().message);
  }
}

std::vector<log_rule> parse_rules(section_reader& section) {
  std::vector<log_rule> rules;
  for (const auto& each : section.sections("rules")) {
    auto rule =
        section_reader{each, section.where() + ": rule " + std::to_string(rules.size() + 1)};
    rule.allow_only(rule_option_names);
    rules.push_back({rule.text("pattern").value_or(""), rule.text("action").value_or(""),
                     rule.text("state").value_or("")});
    if (!rule.has("pattern"))
      rule.refuse("option \"pattern\" is missing; it is the regular expression that finds a line");
    for (const auto* name : {"action", "state"})
      if (rule.has(name))
        if (auto checked = check_name(name, rule.text(name).value_or("?")); !checked)
          rule.refuse(name, checked.error().message);
    if (rule.problem())
      section.adopt(*rule.problem());
  }
  if (!section.problem())
    if (auto compiled = log_rules::compile(rules, section.where()); !compiled)
      section.adopt(std::move(compiled.error()));
  return rules;
}

/// @param suffix "-column" or "-pointer".
field_names parse_fields(section_reader& section, const std::string& suffix) {
  const auto required = [&](const std::string& name) {
    if (!section.has(name + suffix))
      section.refuse(name + suffix, "it is missing; it tells where a record has its " + name);
    return section.text(name + suffix).value_or("");
  };
  return {required("identifier"), required("action"), section.text("state" + suffix),
          section.text("timestamp" + suffix), section.text("operation" + suffix)};
}

char parse_separator(section_reader& section) {
  const auto text = section.text("separator").value_or(",");
  if (text.size() == 1 && text.find_first_of("\"\r\n") == std::string::npos)
    return text.front();
  section.refuse("separator", quoted(text)
                                  + " cannot be used; give one byte that is neither a "
                                    "quote nor a line break, e.g. \";\" or \"\\t\"");
  return ',';
}

void check_pointers(section_reader& section, const field_names& fields) {
  const auto check = [&section](std::string_view name, const std::optional<std::string>& text) {
    if (!text)
      return;
    if (auto parsed = json_pointer::parse(*text); !parsed)
      section.refuse(name, parsed.error().message);
  };
  check("identifier-pointer", fields.identifier);
  check("action-pointer", fields.action);
  check("state-pointer", fields.state);
  check("timestamp-pointer", fields.timestamp);
  check("operation-pointer", fields.operation);
}

void parse_format_options(section_reader& section, input_options& options) {
  switch (options.format) {
  case input_format::lines:
    options.rules = parse_rules(section);
    break;
  case input_format::csv:
    options.separator = parse_separator(section);
    options.fields = parse_fields(section, "-column");
    break;
  case input_format::jsonl:
    options.fields = parse_fields(section, "-pointer");
    check_pointers(section, options.fields);
    break;
  }
}

} // namespace

result<input_options> parse_input_options(const caf::settings& settings, std::string_view where) {
  section_reader section{settings, where};
  section.allow_only(option_names);

  input_options options;
  options.format = section.choice<input_format>("format", formats).value_or(options.format);
  refuse_options_of_other_formats(section, options.format);
  options.specification = section.text("specification");
  if (options.specification)
    if (auto checked = check_name("specification", *options.specification); !checked)
      section.refuse("specification", checked.error().message);
  options.source = section.text("source");
  if (options.source && options.source->empty())
    section.refuse("source", "it is empty; give a name, or leave the option out");
  if (const auto text = section.text("timestamp-format")) {
    if (auto format = timestamp_format::make(*text))
      options.timestamp_format = *std::move(format);
    else
      section.refuse("timestamp-format", format.error().message);
  }
  options.identifier_as = section.choice<identifier_type>("identifier-as", identifier_types)
                              .value_or(options.identifier_as);
  options.on_malformed = section.choice<malformed_policy>("on-malformed", malformed_policies)
                             .value_or(options.on_malformed);
  if (const auto bytes = section.integer("max-record-bytes")) {
    if (*bytes < 1 || *bytes > max_max_record_bytes)
      section.refuse("max-record-bytes", std::to_string(*bytes) + " is not from 1 to "
                                             + std::to_string(max_max_record_bytes));
    options.max_record_bytes = static_cast<std::size_t>(*bytes);
  }
  options.actions = section.texts("actions");
  check_names(section, "actions", "action", options.actions, true);
  options.states = section.texts("states");
  check_names(section, "states", "state", options.states, false);
  parse_format_options(section, options);
  if (section.problem())
    return tl::unexpected(*section.problem());
  return options;
}

} // namespace lockstep
