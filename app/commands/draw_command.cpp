#include "app/commands/draw_command.hpp"

#include "app/command_line.hpp"
#include "app/graphviz.hpp"
#include "app/systems/system_file.hpp"
#include "app/text_table.hpp"
#include "app/usage_error.hpp"
#include "model/drawing/difference_drawing.hpp"
#include "model/drawing/dot_picture.hpp"
#include "model/drawing/mermaid_picture.hpp"
#include "model/drawing/system_drawing.hpp"
#include "model/in_quotes.hpp"
#include "model/workflow/ascii_text.hpp"
#include "persistence/text_file.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <limits>
#include <memory>
#include <string>

namespace lockstep {

namespace {

constexpr std::size_t default_limit = 2'000;
/// As many as there can be.
constexpr std::size_t max_limit = std::numeric_limits<std::uint32_t>::max();

constexpr const char* examples = R"(Examples:
  lockstep draw config/specs/order.json
  lockstep draw config/models/NovaVm.spex -o NovaVm.svg
  lockstep draw config/specs/order.json observed/Order.spex -o difference.svg
  lockstep draw protocol.aut --format dot | neato -Tpdf > protocol.pdf

Files are .aut (Aldebaran; i and tau are internal), .spex, .json, .mmd, .mermaid, .md or
.markdown. OUT's ending tells the form to write: .mmd or .mermaid, .dot or .gv, .svg. SVG
needs Graphviz's program dot. The Mermaid picture is a flowchart, to be looked at; one
that can be read back as a specification writes lockstep minimise.

A dot leads to the initial state, terminal states have a double border, internal steps are
dashed. With two files, what is only in the first, the specification, is blue and dashed,
what is only in the second, the observed system, is orange. Red and bold is the deviating
step, if the systems are not branching bisimilar: the last one of a shortest way through
the observed system that the specification cannot follow; or, if it can follow all of
them, the nearest step, internal ones included, that only the observed system has, from a
state of both to one that is unlike (not branching bisimilar to) all that the
specification comes to from there by the same action. If there is none, no step is red:
the specification can only do more.

States of both are the same if they have the same name; if states have no names or the
initial ones have different names, those that behave alike (are branching bisimilar) are
drawn as one, and those that both systems come to by the same actions.

More than 2,000 states or transitions are refused, as nobody can read them and layouts
take long: minimise first, or give a higher --limit.

Exit status: 0 drawn, whether or not there is a difference, 2 something cannot be read,
drawn or written.)";

struct draw_arguments {
  std::string first;
  std::string second;
  std::string output = "-";
  std::string format;
  std::size_t limit = default_limit;
};

/// `mermaid`, `dot` or `svg`.
result<std::string> format_of_picture(const draw_arguments& arguments) {
  if (!arguments.format.empty())
    return arguments.format;
  if (arguments.output == "-")
    return "mermaid";
  const auto ending = lower(std::filesystem::path(arguments.output).extension().string());
  if (ending == ".mmd" || ending == ".mermaid")
    return "mermaid";
  if (ending == ".dot" || ending == ".gv")
    return "dot";
  if (ending == ".svg")
    return "svg";
  return fail(ec::invalid_input, "the ending of " + in_quotes(arguments.output)
                                     + " tells no form of a picture; there are .mmd, .mermaid, "
                                       ".dot, .gv and .svg, or give --format");
}

result<void> check_size(const draw_arguments& arguments, std::size_t states,
                        std::size_t transitions) {
  if (states <= arguments.limit && transitions <= arguments.limit)
    return {};
  return fail(ec::invalid_input,
              "the picture would have " + counted(states, "state") + " and "
                  + counted(transitions, "transition") + ", more than "
                  + with_commas(arguments.limit)
                  + "; draw what lockstep minimise makes of it, or give a higher --limit");
}

result<drawing> drawing_of_files(const draw_arguments& arguments) {
  label_table labels;
  const auto first = read_system_file(arguments.first, labels);
  if (!first)
    return tl::unexpected(first.error());
  if (arguments.second.empty())
    return check_size(arguments, first->system.state_count, first->system.edges.size()).map([&] {
      return drawing_of(*first, labels);
    });
  const auto second = read_system_file(arguments.second, labels);
  if (!second)
    return tl::unexpected(second.error());
  auto picture = drawing_of_difference(*first, *second, labels, arguments.limit);
  return check_size(arguments, picture.nodes.size(), picture.edges.size()).map([&] {
    return std::move(picture);
  });
}

result<std::string> rendered(const drawing& picture, const std::string& format) {
  if (format == "mermaid")
    return mermaid_picture_of(picture);
  auto dot = dot_picture_of(picture);
  if (format == "dot")
    return dot;
  return svg_of(dot);
}

result<void> draw(const draw_arguments& arguments) {
  return format_of_picture(arguments).and_then([&](const std::string& format) {
    return drawing_of_files(arguments)
        .and_then([&](const drawing& picture) { return rendered(picture, format); })
        .and_then([&](const std::string& text) -> result<void> {
          if (arguments.output != "-")
            return write_text_file(arguments.output, text);
          std::cout << text;
          return {};
        });
  });
}

exit_status run_draw(const draw_arguments& arguments) {
  if (const auto drawn = draw(arguments); !drawn)
    return report_error(std::cerr, drawn.error());
  return exit_status::clean;
}

} // namespace

void add_draw_command(CLI::App& root, int& status) {
  auto* command = root.add_subcommand("draw", "Draw a system, or the difference between two");
  auto arguments = std::make_shared<draw_arguments>();
  command->add_option("FILE", arguments->first, "A system; with OBSERVED, the specification")
      ->required();
  command->add_option("OBSERVED", arguments->second, "A system to compare it with");
  command->add_option("-o,--output", arguments->output, "File to write, or - for standard output")
      ->type_name("OUT")
      ->capture_default_str();
  command
      ->add_option("--format", arguments->format,
                   "Form to write; default: what OUT's ending says, or mermaid")
      ->check(one_of({"mermaid", "dot", "svg"}));
  command->add_option("--limit", arguments->limit, "Most states and most transitions to draw")
      ->type_name("N")
      ->check(whole_number(1, max_limit))
      ->capture_default_str();
  command->footer(examples);
  command->callback([arguments, &status] { status = static_cast<int>(run_draw(*arguments)); });
}

} // namespace lockstep
