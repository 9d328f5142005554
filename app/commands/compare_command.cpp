#include "app/commands/compare_command.hpp"

#include "app/command_line.hpp"
#include "app/comparison/comparison.hpp"
#include "app/comparison/pair_check.hpp"
#include "app/progress.hpp"
#include "app/systems/system_file.hpp"
#include "app/text_table.hpp"
#include "app/usage_error.hpp"
#include "model/bisimulation/corresponding_states.hpp"
#include "model/bisimulation/explanation.hpp"
#include "model/bisimulation/explanation_json.hpp"
#include "model/in_quotes.hpp"

#include <cstddef>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

namespace lockstep {

namespace {

using json = nlohmann::ordered_json;

constexpr const char* examples =
    R"(A file is an implementation model (.spex), a specification (.json, .mmd, .mermaid, .md,
.markdown) or an Aldebaran system (.aut), as its name ends. Internal is __internal__; in .aut
files it is i and tau instead.

Kinds of equivalence, each one implies those that are named after it:
  strong      bisimilar, an internal step is a step like any other (branching, trace, weak-trace)
  branching   internal steps are invisible unless they take a choice away (weak-trace)
  trace       the same sequences of steps, internal ones included (weak-trace)
  weak-trace  the same sequences of visible steps

Examples:
  lockstep compare config/specs/order.json config/models/Order.spex --explain
  lockstep compare before.aut after.aut --equivalence weak-trace --json
  lockstep compare --pairs test/data/bisim_pairs.jsonl

A line of FILE.jsonl is a pair with the verdict that it is compared with, by branching
bisimilarity:
  {"a": {"initial": "s0", "transitions": [["s0", "pay", "s1"]]},
   "b": {"initial": "t0", "transitions": []},
   "tau": "__internal__", "branching_bisimilar": false}

Exit status: 0 the systems are equivalent, or all pairs passed; 1 they are not, or a pair
failed; 2 something cannot be read or used.)";

struct compare_arguments {
  std::string lhs;
  std::string rhs;
  std::string pairs;
  std::string kind = "branching";
  bool explain = false;
  bool json = false;
};

exit_status refuse(const std::string& reason) {
  return report_error(std::cerr, {ec::invalid_configuration, reason, {}});
}

bool has_relation(equivalence kind) {
  return kind == equivalence::branching || kind == equivalence::strong;
}

/// Pairs of sets of states that are looked at for a difference of traces, where there need not be
/// one. Somebody waits for it, so these may be more than a node spends: a few seconds.
constexpr std::size_t max_pairs_to_explain = 1'000'000;

explanation explain(const compared_systems& systems, equivalence kind) {
  explanation_limits limits;
  limits.traces =
      trace_search_limits::of_pairs(has_relation(kind) ? max_pairs_to_explain : max_trace_pairs);
  return explain_difference(systems.lhs.system, systems.rhs.system, kind, limits);
}

/// What shows that the verdict is right, in words.
std::string reason_in_words(const compared_systems& systems, const label_table& labels,
                            equivalence kind, bool equivalent) {
  if (!equivalent)
    return in_words(explain(systems, kind), systems, labels);
  if (has_relation(kind))
    return "States of " + systems.lhs_name + " and those of " + systems.rhs_name
           + " that are equivalent to them:\n"
           + indented(
               in_words(corresponding(systems.lhs.system, systems.rhs.system, kind), systems),
               "  ");
  return "Equal traces relate the systems as a whole; for a relation of their states try"
         " --equivalence branching\n";
}

/// The same as data: `explanation` or `relation`.
void add_reason(json& told, const compared_systems& systems, const label_table& labels,
                equivalence kind, bool equivalent) {
  if (!equivalent)
    told["explanation"] = to_json(explain(systems, kind), systems, labels);
  else if (has_relation(kind))
    told["relation"] =
        to_json(corresponding(systems.lhs.system, systems.rhs.system, kind), systems);
  else
    told["relation"] = nullptr;
}

void print_json(const json& told) {
  std::cout << told.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
}

// -- two files

/// What a comparison was about.
struct compared_files {
  std::string lhs_path;
  std::string rhs_path;
  label_table labels;
  compared_systems systems;
  equivalence kind{};
  comparison outcome;
};

/// How sentences name two files: by their names alone, if these differ, else by their paths.
std::pair<std::string, std::string> names_of(const std::string& lhs, const std::string& rhs) {
  const auto lhs_name = std::filesystem::path(lhs).filename().string();
  const auto rhs_name = std::filesystem::path(rhs).filename().string();
  std::pair names(in_quotes(lhs_name), in_quotes(rhs_name));
  if (names.first == names.second)
    names = {in_quotes(lhs), in_quotes(rhs)};
  if (names.first == names.second)
    names = {"the first " + names.first, "the second " + names.second};
  return names;
}

system_size size_of(const lts& system) { return {system.state_count, system.edges.size()}; }

std::string in_words(system_size size) {
  return counted(size.states, "state") + ", " + counted(size.transitions, "transition");
}

void print_text(const compared_files& files, bool explained) {
  const auto equivalent = files.outcome.equivalent;
  std::cout << on_one_line(files.lhs_path) << " and " << on_one_line(files.rhs_path) << " are "
            << (equivalent ? "equivalent: " : "NOT EQUIVALENT: ")
            << verdict_in_words(files.kind, equivalent) << '\n';
  text_table sizes{{"system", "size", "minimised"}};
  sizes.add({on_one_line(files.lhs_path), in_words(size_of(files.systems.lhs.system)),
             in_words(files.outcome.lhs_minimised)});
  sizes.add({on_one_line(files.rhs_path), in_words(size_of(files.systems.rhs.system)),
             in_words(files.outcome.rhs_minimised)});
  sizes.print(std::cout, "  ");
  if (explained)
    std::cout << reason_in_words(files.systems, files.labels, files.kind, equivalent);
  else if (!equivalent)
    std::cout << "--explain tells why\n";
}

json to_json(system_size size) {
  return {{"states", size.states}, {"transitions", size.transitions}};
}

json to_json(const std::string& path, const named_system& system, system_size minimised) {
  auto told = json{{"file", path}};
  told.update(to_json(size_of(system.system)));
  told["minimised"] = to_json(minimised);
  return told;
}

void print_json(const compared_files& files, bool explained) {
  const auto& [lhs_path, rhs_path, labels, systems, kind, outcome] = files;
  json told{{"equivalence", to_string(kind)},
            {"equivalent", outcome.equivalent},
            {"lhs", to_json(lhs_path, systems.lhs, outcome.lhs_minimised)},
            {"rhs", to_json(rhs_path, systems.rhs, outcome.rhs_minimised)}};
  if (explained)
    add_reason(told, systems, labels, kind, outcome.equivalent);
  print_json(told);
}

exit_status compare_files(const compare_arguments& arguments, equivalence kind) {
  label_table labels;
  auto lhs = read_system_file(arguments.lhs, labels);
  if (!lhs)
    return report_error(std::cerr, lhs.error());
  auto rhs = read_system_file(arguments.rhs, labels);
  if (!rhs)
    return report_error(std::cerr, rhs.error());
  auto outcome = compare_systems(lhs->system, rhs->system, kind);
  if (!outcome)
    return report_error(std::cerr, outcome.error());
  auto [lhs_name, rhs_name] = names_of(arguments.lhs, arguments.rhs);
  const compared_files files{
      arguments.lhs,
      arguments.rhs,
      std::move(labels),
      {*std::move(lhs), *std::move(rhs), std::move(lhs_name), std::move(rhs_name)},
      kind,
      *outcome};
  if (arguments.json)
    print_json(files, arguments.explain);
  else
    print_text(files, arguments.explain);
  return outcome->equivalent ? exit_status::clean : exit_status::findings;
}

// -- pairs

std::string verdict_word(bool equivalent) { return equivalent ? "equivalent" : "not equivalent"; }

exit_status compare_pairs(const compare_arguments& arguments) {
  auto input = line_source::open(arguments.pairs, max_pair_bytes);
  if (!input)
    return report_error(std::cerr, input.error());
  auto failures = json::array();
  progress_line progress("pairs");
  const auto tell_failure = [&](failed_pair failed) {
    const auto expected = failed.pair.branching_bisimilar;
    const compared_systems systems{std::move(failed.pair.a), std::move(failed.pair.b), "a", "b"};
    if (arguments.json) {
      json told{{"line", failed.line},
                {"expected_equivalent", expected},
                {"found_equivalent", !expected}};
      if (arguments.explain)
        add_reason(told, systems, failed.labels, equivalence::branching, !expected);
      failures.push_back(std::move(told));
      return;
    }
    std::cout << on_one_line(arguments.pairs) << ':' << failed.line << ": expected "
              << verdict_word(expected) << ", found " << verdict_word(!expected) << '\n';
    if (arguments.explain)
      std::cout << indented(
          reason_in_words(systems, failed.labels, equivalence::branching, !expected), "  ");
  };
  const auto tell_progress = [&](const pair_counts& counts) {
    std::optional<double> fraction;
    if (const auto total = input->total_bytes(); total && *total > 0)
      fraction = static_cast<double>(input->bytes()) / static_cast<double>(*total);
    progress.show(counts.passed + counts.failed, fraction);
  };
  const auto counts = check_pairs(*input, tell_failure, tell_progress);
  if (!counts) {
    std::cout.flush();
    return report_error(std::cerr, counts.error());
  }
  if (counts->passed + counts->failed == 0)
    return report_error(std::cerr, {ec::invalid_input,
                                    (arguments.pairs == "-" ? "standard input" : arguments.pairs)
                                        + " has no pair; write one a line, as lockstep compare "
                                          "--help shows",
                                    {}});
  if (arguments.json)
    print_json({{"passed", counts->passed},
                {"failed", counts->failed},
                {"failures", std::move(failures)}});
  else
    std::cout << counts->passed << " passed, " << counts->failed << " failed\n";
  return counts->failed == 0 ? exit_status::clean : exit_status::findings;
}

exit_status run_compare(const compare_arguments& arguments) {
  const auto kind = parse_equivalence(arguments.kind).value_or(equivalence::branching);
  if (!arguments.pairs.empty()) {
    if (!arguments.lhs.empty())
      return refuse("--pairs and " + arguments.lhs
                    + " do not go together; give either a file of pairs or two files");
    if (kind != equivalence::branching)
      return refuse("--pairs and --equivalence " + arguments.kind
                    + " do not go together, as the recorded verdicts are about branching "
                      "bisimilarity; leave --equivalence out");
    return compare_pairs(arguments);
  }
  if (arguments.lhs.empty() || arguments.rhs.empty())
    return refuse("compare takes two files, or --pairs; see lockstep compare --help");
  return compare_files(arguments, kind);
}

} // namespace

void add_compare_command(CLI::App& root, int& status) {
  auto* command =
      root.add_subcommand("compare", "Tell whether two systems are equivalent, and why");
  auto arguments = std::make_shared<compare_arguments>();
  command->add_option("A", arguments->lhs, "A system")->type_name("FILE");
  command->add_option("B", arguments->rhs, "The one to compare it with")->type_name("FILE");
  command->add_option("--equivalence", arguments->kind, "What it is to be equivalent; see below")
      ->check(one_of({"branching", "strong", "trace", "weak-trace"}))
      ->capture_default_str();
  command
      ->add_option("--pairs", arguments->pairs,
                   "Compare the pairs of a file with their recorded verdicts; - is standard input")
      ->type_name("FILE.jsonl");
  command->add_flag("--explain", arguments->explain,
                    "Tell why the systems are not equivalent, or which states are");
  command->add_flag("--json", arguments->json, "Print JSON");
  command->footer(examples);
  command->callback([arguments, &status] { status = static_cast<int>(run_compare(*arguments)); });
}

} // namespace lockstep
