#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <initializer_list>
#include <string>

namespace lockstep {

/// What is wrong with a command line, in one sentence that ends in where to look further: the help
/// of the command that was meant.
/// @param root What parsed the command line and threw `wrong`.
[[nodiscard]] std::string usage_error(const CLI::App& root, const CLI::ParseError& wrong);

/// That there is no such command, and which one may be meant, as `usage_error` says it.
[[nodiscard]] std::string unknown_command(const CLI::App& root, const std::string& typed);

/// Lets an option have these values only.
[[nodiscard]] CLI::Validator one_of(std::initializer_list<std::string> values);

/// Lets an option have whole numbers only.
[[nodiscard]] CLI::Validator whole_number(std::uint64_t least, std::uint64_t most);

} // namespace lockstep
