#include "app/commands/hash_command.hpp"

#include "app/configuration.hpp"
#include "app/usage_error.hpp"
#include "model/routing/router.hpp"
#include "model/term/base64.hpp"
#include "model/term/external_term_format.hpp"
#include "model/term/phash2.hpp"
#include "model/term/term_json.hpp"
#include "model/term/term_text.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <istream>
#include <memory>
#include <optional>
#include <ostream>

namespace lockstep {

namespace {

constexpr int exit_success = 0;
constexpr int exit_usage = 2;
constexpr std::uint64_t max_range = std::uint64_t{1} << 32;

using reader = result<term> (*)(std::string_view);

result<term> read_etf_base64(std::string_view text) {
  return from_base64(text).and_then([](const std::string& bytes) { return decode_etf(bytes); });
}

/// Null for an unknown format.
reader find_reader(std::string_view format) {
  if (format == "term")
    return parse_term;
  if (format == "json")
    return parse_term_json;
  if (format == "etf-base64")
    return read_etf_base64;
  return nullptr;
}

/// Whether an argument is meant as an option: it begins with a minus that is not of a number.
bool is_option(std::string_view argument) {
  return argument.starts_with('-')
         && (argument.size() < 2 || argument[1] < '0' || argument[1] > '9');
}

constexpr auto help_footer = R"(Prints one number a line, the same as erlang:phash2(Term, N).
With --shards it prints the number, of 1 to N, that the term is routed to: with
modulo and rendezvous that is the shard in which a node with so many shards has
the instance. With ring it is who has the term on a consistent-hash ring of the
numbers 1 to N. No node divides its instances so; keyed shards may, but their keys
are on the ring then, not numbers.

With --format json a term is written as all commands with --json print identifiers,
keys, values and names: "text" is a binary, {"atom":"a"} an atom, {"tuple":[...]} a
tuple.

Examples:
  lockstep hash '{tenant,7}' '<<"order-123">>' --range 16
  lockstep hash '<<"order-123">>' --shards 8 --routing rendezvous
  lockstep hash --format json '"order-123"' '{"tuple":[{"atom":"tenant"},7]}'
  cut -d, -f1 orders.csv | lockstep hash --range 8 | sort | uniq -c)";

int complain(std::ostream& err, const std::string& message) {
  err << "lockstep: " << message << '\n';
  return exit_usage;
}

} // namespace

int run_hash(const hash_options& options, std::istream& in, std::ostream& out, std::ostream& err) {
  const auto read = find_reader(options.format);
  if (read == nullptr)
    return complain(err, "--format " + options.format + ": expected term, json or etf-base64");
  if (options.range < 1 || options.range > max_range)
    return complain(err, "--range " + std::to_string(options.range) + ": expected 1 to "
                             + std::to_string(max_range));
  std::optional<router> routes;
  if (options.shards) {
    const auto strategy = parse_routing_strategy(options.routing);
    if (!strategy || *strategy == routing_strategy::one_per_key)
      return complain(err,
                      "--routing " + options.routing + ": expected modulo, rendezvous or ring");
    if (*options.shards < 1 || *options.shards > max_shards)
      return complain(err, "--shards " + std::to_string(*options.shards) + ": expected 1 to "
                               + std::to_string(max_shards));
    routes = router::numbered(*strategy, *options.shards);
  }
  const auto print = [&](std::string_view text, const std::string& place) {
    const auto value = read(text);
    if (!value)
      return complain(err, place + ": " + value.error().message);
    if (routes)
      out << routes->number_of(*value) << '\n';
    else
      out << phash2(*value, options.range) << '\n';
    return exit_success;
  };
  for (std::size_t i = 0; i < options.terms.size(); ++i)
    if (const auto status = print(options.terms[i], "term " + std::to_string(i + 1));
        status != exit_success)
      return status;
  if (!options.terms.empty())
    return exit_success;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.ends_with('\r'))
      line.pop_back();
    if (const auto status = print(line, "standard input:" + std::to_string(number));
        status != exit_success)
      return status;
  }
  return exit_success;
}

void add_hash_command(CLI::App& root, int& status) {
  auto* command = root.add_subcommand("hash", "Print Erlang's phash2 of terms");
  auto options = std::make_shared<hash_options>();
  // CLI11 splits a value like "[1,2]" in two where an option takes any number of them. So this one
  // takes one only, and all further terms are what is left over.
  command
      ->add_option("TERM", options->terms,
                   "Terms to hash; without any, every line of standard input is one")
      ->type_name("...")
      ->allow_extra_args(false);
  command->allow_extras();
  command->add_option("--format", options->format, "How terms are written")
      ->check(one_of({"term", "json", "etf-base64"}))
      ->capture_default_str();
  command->add_option("--range", options->range, "Print numbers from 0 to N - 1; N is 1 to 2^32")
      ->type_name("N")
      ->check(whole_number(1, max_range))
      ->capture_default_str();
  auto* shards =
      command->add_option("--shards", options->shards, "Print who is chosen of 1 to N instead")
          ->type_name("N")
          ->check(whole_number(1, max_shards))
          ->excludes("--range");
  command->add_option("--routing", options->routing, "How one of them is chosen")
      ->check(one_of({"modulo", "rendezvous", "ring"}))
      ->capture_default_str()
      ->needs(shards);
  command->footer(help_footer);
  command->callback([command, options = std::move(options), &status] {
    for (auto& term : command->remaining()) {
      if (is_option(term))
        throw CLI::ExtrasError("hash", {term});
      options->terms.push_back(std::move(term));
    }
    status = run_hash(*options, std::cin, std::cout, std::cerr);
  });
}

} // namespace lockstep
