#include "app/usage_error.hpp"

#include "model/edit_distance.hpp"
#include "model/in_quotes.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep {

namespace {

/// The command that was being parsed, e.g. `instances list`.
const CLI::App& innermost(const CLI::App& root) {
  const auto chosen = root.get_subcommands();
  return chosen.empty() ? root : innermost(*chosen.back());
}

std::string full_name(const CLI::App& command) {
  const auto* parent = command.get_parent();
  return parent == nullptr ? command.get_name() : full_name(*parent) + ' ' + command.get_name();
}

/// `text` without an end that it must have.
std::optional<std::string> without_end(const std::string& text, std::string_view end) {
  return text.ends_with(end) ? std::optional(text.substr(0, text.size() - end.size()))
                             : std::nullopt;
}

std::optional<std::string> without_begin(const std::string& text, std::string_view begin) {
  return text.starts_with(begin) ? std::optional(text.substr(begin.size())) : std::nullopt;
}

/// The parts before and after what they are separated by.
std::optional<std::pair<std::string, std::string>> parts_of(const std::string& text,
                                                            std::string_view separator) {
  const auto place = text.find(separator);
  if (place == std::string::npos)
    return std::nullopt;
  return std::pair{text.substr(0, place), text.substr(place + separator.size())};
}

bool is_option(std::string_view argument) {
  return argument.size() > 1 && argument[0] == '-' && (argument[1] < '0' || argument[1] > '9');
}

/// `; NAME may be meant`, if one of the names is near.
std::string suggestion(const std::string& typed, const std::vector<std::string>& names) {
  const auto near = nearest_name(typed, names);
  return near ? "; " + *near + " may be meant" : std::string{};
}

/// What is before the value of an option.
std::string name_of(const std::string& option) { return option.substr(0, option.find('=')); }

std::vector<std::string> options_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* option : command.get_options()) {
    for (const auto& name : option->get_lnames())
      names.push_back("--" + name);
    for (const auto& name : option->get_fnames())
      names.push_back("--" + name);
  }
  return names;
}

std::vector<std::string> commands_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* sub : command.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(sub->get_name());
  return names;
}

std::string not_expected(const std::string& argument, const CLI::App& command) {
  if (is_option(argument))
    return in_quotes(argument) + " is no option of " + full_name(command)
           + suggestion(name_of(argument), options_of(command));
  return "the argument " + in_quotes(argument) + " is one too many";
}

/// Something else is missing, maybe because an option is misspelt.
std::string missing(const std::string& what, const CLI::App& command) {
  auto unknown = command.remaining();
  if (const auto option = std::ranges::find_if(unknown, is_option); option != unknown.end())
    return not_expected(*option, command);
  if (what != "A subcommand")
    return what + " is missing";
  return unknown.empty() ? full_name(command) + " needs a command"
                         : in_quotes(unknown.front()) + " is no command of " + full_name(command)
                               + suggestion(unknown.front(), commands_of(command));
}

/// In our words, as far as we know CLI11's.
std::string reason_of(const CLI::App& root, const CLI::ParseError& wrong) {
  const auto& command = innermost(root);
  std::string said = wrong.what();
  if (dynamic_cast<const CLI::ExtrasError*>(&wrong)) {
    const auto argument = without_begin(said, "The following argument was not expected: ");
    if (argument && is_option(*argument))
      return not_expected(*argument, command);
    // What follows an unknown option may be its value.
    const auto left = command.remaining();
    if (const auto option = std::ranges::find_if(left, is_option); option != left.end())
      return not_expected(*option, command);
    if (argument)
      return not_expected(*argument, command);
    if (const auto unknown = root.remaining(true); !unknown.empty())
      return not_expected(unknown.front(), command);
  }
  if (dynamic_cast<const CLI::RequiredError*>(&wrong))
    if (const auto what = without_end(said, " is required"))
      return missing(*what, command);
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&wrong))
    if (const auto parts = parts_of(said, ": "))
      return parts->first
             + (parts->second.starts_with("At Most") ? " can be given only once"
                                                     : " needs a value");
  if (dynamic_cast<const CLI::ValidationError*>(&wrong))
    if (const auto parts = parts_of(said, ": "))
      return parts->first + ' ' + parts->second;
  if (dynamic_cast<const CLI::ConversionError*>(&wrong))
    if (const auto text = without_begin(said, "Could not convert: "))
      if (const auto parts = parts_of(*text, " = "))
        return parts->first + " cannot be " + in_quotes(parts->second);
  return said;
}

/// `a, b or c`.
std::string alternatives(const std::vector<std::string>& values) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i)
    text += (i == 0 ? "" : i + 1 == values.size() ? " or " : ", ") + values[i];
  return text;
}

} // namespace

std::string unknown_command(const CLI::App& root, const std::string& typed) {
  const auto near = suggestion(typed, commands_of(root));
  return typed + " is no command" + near + (near.empty() ? "; see " : ", or see ") + root.get_name()
         + " --help";
}

std::string usage_error(const CLI::App& root, const CLI::ParseError& wrong) {
  auto reason = reason_of(root, wrong);
  const auto* link = reason.find(';') == std::string::npos ? "; see " : ", or see ";
  return reason + link + full_name(innermost(root)) + " --help";
}

CLI::Validator one_of(std::initializer_list<std::string> values) {
  const std::vector<std::string> all{values};
  return {[all](const std::string& typed) {
            return std::ranges::find(all, typed) != all.end()
                       ? std::string{}
                       : in_quotes(typed) + " is unknown; give " + alternatives(all);
          },
          '{' + CLI::detail::join(all, ",") + '}'};
}

CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
  return {[least, most](const std::string& typed) -> std::string {
            std::uint64_t number = 0;
            const auto* const end = typed.data() + typed.size();
            const auto [read, error] = std::from_chars(typed.data(), end, number);
            if (error == std::errc{} && read == end && number >= least && number <= most)
              return {};
            return in_quotes(typed) + " is no whole number from " + std::to_string(least) + " to "
                   + std::to_string(most);
          },
          ""};
}

} // namespace lockstep
