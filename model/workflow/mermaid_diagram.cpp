#include "model/workflow/mermaid_diagram.hpp"

#include "model/in_quotes.hpp"
#include "model/workflow/ascii_text.hpp"
#include "model/workflow/line_cursor.hpp"
#include "model/workflow/mermaid_entities.hpp"
#include "model/workflow/mermaid_tokens.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

namespace lockstep {

namespace {

constexpr std::string_view outside = "[*]";
constexpr std::string_view arrow = "-->";
constexpr std::string_view setting_word = "lockstep";
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// Words that begin a statement, in any case.
constexpr std::array keywords{"accdescr",  "acctitle", "class",        "classdef",       "click",
                              "direction", "end",      "hide",         "note",           "scale",
                              "state",     "style",    "statediagram", "statediagram-v2"};

/// Statements that only say how the picture looks or what it is called elsewhere.
constexpr std::array ignored{"class", "classdef", "click", "hide", "scale", "style"};

constexpr std::array directions{"tb", "td", "bt", "lr", "rl"};

template <class Words>
bool is_one_of(const Words& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

std::string_view without_byte_order_mark(std::string_view text) {
  return text.substr(text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0);
}

/// Whether a line is the header of a state diagram.
bool is_header(std::string_view line) {
  const auto word = lower(trimmed(line.substr(0, line.find("%%"))));
  return word == "statediagram" || word == "statediagram-v2" || word == "statediagram;"
         || word == "statediagram-v2;";
}

class parser {
public:
  parser(std::string_view text, std::string_view source, std::size_t first_line)
      : lines_(without_byte_order_mark(text), first_line), source_(source) {
    // nop
  }

  result<drawn_diagram> parse() {
    while (const auto line = lines_.next()) {
      if (auto read = read_line({*line, lines_.number()}); !read)
        return tl::unexpected(std::move(read).error());
    }
    drawn_.end = {std::max(lines_.number(), std::size_t{1}), 1};
    if (!has_header_)
      return refuse_at(source_, drawn_.end,
                       "there is no state diagram; begin it with stateDiagram-v2");
    return std::move(drawn_);
  }

private:
  using done = result<void>;

  // -- lines --------------------------------------------------------------------------------------

  done read_line(line_cursor at) {
    at.skip_blanks();
    while (at.is_at("%%{")) {
      if (auto skipped = skip_directive(at); !skipped)
        return skipped;
      at.skip_blanks();
    }
    if (at.at_end())
      return {};
    if (at.take("%%"))
      return read_remark(at);
    if (has_header_)
      return read_statement(at);
    if (is_header(at.rest())) {
      has_header_ = true;
      drawn_.begin = lines_.number();
      return {};
    }
    if (!has_front_matter_ && trimmed(at.rest()) == "---")
      return read_front_matter(at);
    return refuse(at.here(), "expected stateDiagram-v2, found " + in_quotes(at.rest()));
  }

  /// `%%{ … }%%`, which may go over several lines.
  done skip_directive(line_cursor& at) {
    const auto begin = at.here();
    for (;;) {
      const auto end = at.rest().find("}%%");
      if (end != std::string_view::npos) {
        at.skip(end + 3);
        return {};
      }
      const auto line = lines_.next();
      if (!line)
        return refuse(begin, "this directive does not end; add }%%");
      at = line_cursor(*line, lines_.number());
    }
  }

  /// The YAML between two lines `---`. Only `title` at the outermost level counts.
  done read_front_matter(const line_cursor& at) {
    constexpr std::string_view key = "title:";
    has_front_matter_ = true;
    while (const auto line = lines_.next()) {
      line_cursor inside(*line, lines_.number());
      if (trimmed(*line) == "---")
        return {};
      inside.skip(at.here().column - 1); // the indentation, if the diagram has one
      if (!inside.take(key) || (!inside.at_end() && !is_blank(inside.rest().front())))
        continue;
      inside.skip_blanks();
      if (drawn_.title)
        return refuse(inside.here(), "the title is given already in line "
                                         + std::to_string(drawn_.title->at.line) + "; remove one");
      drawn_.title = drawn_text{std::string(trimmed(inside.rest())), inside.here()};
    }
    return refuse(at.here(), "this front matter does not end; add a line ---");
  }

  /// A comment or a line of a note: `lockstep: KEY = VALUE` or nothing to us.
  done read_remark(line_cursor at) {
    at.skip_blanks();
    const auto begin = at.here();
    if (!starts_with_word(at.rest(), setting_word))
      return {};
    at.skip(setting_word.size());
    at.skip_blanks();
    if (!at.take(":") && !at.take("#58;"))
      return {};
    at.skip_blanks();
    const auto text = trimmed(at.rest());
    auto decoded = decode_entities(text);
    if (!decoded)
      return refuse(after(at.here(), decoded.error().offset), decoded.error().reason);
    const bool is_verbatim = decoded->text == text;
    drawn_.settings.push_back(
        {std::move(decoded->text), is_verbatim ? at.here() : begin, is_verbatim});
    return {};
  }

  // -- statements ---------------------------------------------------------------------------------

  done read_statement(line_cursor at) {
    const auto word = lower(identifier_at(at.rest()));
    if (is_one_of(keywords, word))
      return read_keyword(word, at);
    if (at.is_at("--") && !at.is_at(arrow))
      return refuse(at.here(), "regions that run at the same time (--) are no specification; an "
                               "instance is in one state");
    if (at.is_at("}"))
      return refuse(at.here(), "there is nothing that this closes; remove it");
    auto from = take_end(at);
    if (!from)
      return tl::unexpected(std::move(from).error());
    at.skip_blanks();
    if (at.take(arrow))
      return read_arrow(*from, at);
    if (from->state && at.take(":"))
      return read_description(*from->state, at);
    if (!from->state)
      return refuse(at.here(), "expected --> after [*]" + found(at));
    return finish(at, "expected --> or a colon");
  }

  done read_arrow(const arrow_end& from, line_cursor at) {
    at.skip_blanks();
    auto to = take_end(at);
    if (!to)
      return tl::unexpected(std::move(to).error());
    drawn_arrow drawn{from, *to, {}};
    at.skip_blanks();
    if (at.take(":")) {
      auto label = take_text(at, source_, "an action");
      if (!label)
        return tl::unexpected(std::move(label).error());
      drawn.label = *std::move(label);
      drawn_.arrows.push_back(std::move(drawn));
      return {};
    }
    drawn_.arrows.push_back(std::move(drawn));
    return finish(at, "expected a colon and an action, or the end of the line");
  }

  done read_description(std::size_t state, line_cursor at) {
    auto text = take_text(at, source_, "a description");
    return text ? describe_state(state, *std::move(text)) : tl::unexpected(std::move(text).error());
  }

  done read_keyword(const std::string& word, line_cursor at) {
    const auto begin = at.here();
    const auto written = at.rest().substr(0, word.size());
    at.skip(word.size());
    const bool is_followed = at.at_end() || is_blank(at.rest().front());
    at.skip_blanks();
    if (word == "acctitle" || word == "accdescr")
      return skip_accessibility(word, begin, at);
    if (!is_followed || at.is_at("--") || at.is_at(":"))
      return refuse(begin,
                    in_quotes(written)
                        + " is a word of Mermaid's; give the state another identifier, as in "
                          "state \""
                        + std::string(written) + "\" as s1");
    if (word == "state")
      return read_declaration(at);
    if (word == "note")
      return read_note(begin, at);
    if (is_one_of(ignored, word))
      return {};
    if (word == "direction" && is_one_of(directions, lower(identifier_at(at.rest())))) {
      at.skip(2);
      return finish(at, "expected the end of the line");
    }
    if (word == "direction")
      return refuse(at.here(), "expected TB, BT, LR or RL" + found(at));
    return refuse(begin, word == "end" ? "there is no note that ends here; remove this line"
                                       : "a second diagram begins here; put it into a file of its "
                                         "own");
  }

  /// `accTitle: …`, `accDescr: …` or `accDescr { … }`, which may go over several lines.
  done skip_accessibility(const std::string& word, source_position begin, line_cursor at) {
    if (at.is_at(":") && !at.is_at(class_mark))
      return {};
    if (word == "acctitle" || !at.is_at("{"))
      return refuse(at.here(), "expected a colon and a text" + found(at));
    for (;;) {
      const auto end = at.rest().find('}');
      if (end != std::string_view::npos) {
        at.skip(end + 1);
        return finish(at, "expected the end of the line");
      }
      const auto line = lines_.next();
      if (!line)
        return refuse(begin, "this description does not end; add }");
      at = line_cursor(*line, lines_.number());
    }
  }

  /// `state ID`, `state ID : description`, `state "description" as ID`.
  done read_declaration(line_cursor at) {
    std::optional<drawn_text> description;
    if (at.is_at("\"")) {
      auto quoted = take_quoted(at);
      if (!quoted)
        return tl::unexpected(std::move(quoted).error());
      description = *std::move(quoted);
      at.skip_blanks();
      if (lower(identifier_at(at.rest())) != "as")
        return refuse(at.here(), "expected as and an identifier after the description" + found(at));
      at.skip(2);
      at.skip_blanks();
    }
    auto end = take_end(at);
    if (!end)
      return tl::unexpected(std::move(end).error());
    if (!end->state)
      return refuse(end->at, "[*] cannot be declared; draw an arrow from or to it");
    if (description) {
      if (auto described = describe_state(*end->state, *std::move(description)); !described)
        return described;
    }
    at.skip_blanks();
    return at.take(":") ? read_description(*end->state, at)
                        : finish(at, "expected the end of the line");
  }

  /// `note right of ID : text`, `note "text" as ID` or lines up to `end note`.
  done read_note(source_position begin, line_cursor at) {
    if (at.is_at("\"")) {
      const auto end = at.rest().find('"', 1);
      if (end == std::string_view::npos)
        return refuse(at.here(), "this text does not end; add a quote");
      return read_remark(inside(at, 1, end));
    }
    const auto side = lower(identifier_at(at.rest()));
    if (side != "left" && side != "right")
      return refuse(at.here(), "expected left of or right of and a state" + found(at));
    at.skip(side.size());
    at.skip_blanks();
    if (lower(identifier_at(at.rest())) != "of")
      return refuse(at.here(), "expected of and a state" + found(at));
    at.skip(2);
    at.skip_blanks();
    if (auto about = take_end(at); !about)
      return tl::unexpected(std::move(about).error());
    at.skip_blanks();
    if (at.take(":"))
      return read_remark(at);
    if (!at.at_end())
      return finish(at, "expected a colon and a text, or the end of the line");
    while (const auto line = lines_.next()) {
      line_cursor text(*line, lines_.number());
      if (is_end_of_note(*line))
        return {};
      text.skip_blanks();
      text.skip(text.is_at("%%") ? 2 : 0);
      if (auto read = read_remark(text); !read)
        return read;
    }
    return refuse(begin, "this note does not end; add a line end note");
  }

  static bool is_end_of_note(std::string_view line) {
    line = trimmed(line);
    return starts_with_word(line, "end") && lower(trimmed(line.substr(3))) == "note"
           && is_blank(line[3]);
  }

  // -- parts of statements ------------------------------------------------------------------------

  /// A state or `[*]`, with a class after it that is ignored.
  result<arrow_end> take_end(line_cursor& at) {
    arrow_end end{{}, at.here()};
    if (!at.take(outside)) {
      const auto identifier = identifier_at(at.rest());
      if (identifier.empty())
        return refuse(at.here(), "expected a state" + found(at));
      at.skip(identifier.size());
      end.state = mention(identifier, end.at);
    }
    auto next = at; // "a :::c" is no description
    next.skip_blanks();
    if (next.take(class_mark)) {
      at = next;
      at.skip_blanks();
      const auto name = identifier_at(at.rest());
      if (name.empty())
        return refuse(at.here(), "expected the name of a class" + found(at));
      at.skip(name.size());
    }
    return end;
  }

  std::size_t mention(std::string_view identifier, source_position at) {
    const auto [known, is_new] =
        state_of_.try_emplace(std::string(identifier), drawn_.states.size());
    if (is_new)
      drawn_.states.push_back({{known->first, at}, {}});
    return known->second;
  }

  done describe_state(std::size_t index, drawn_text text) {
    auto& state = drawn_.states[index];
    if (state.description && state.description->text != text.text)
      return refuse(text.at, "the state " + in_quotes(state.identifier.text)
                                 + " has another description in line "
                                 + std::to_string(state.description->at.line) + "; remove one");
    if (!state.description)
      state.description = std::move(text);
    return {};
  }

  /// `"text"`, which the cursor is at.
  result<drawn_text> take_quoted(line_cursor& at) {
    const auto end = at.rest().find('"', 1);
    if (end == std::string_view::npos)
      return refuse(at.here(), "this text does not end; add a quote");
    auto text = take_text(inside(at, 1, end), source_, "a description");
    at.skip(end + 1);
    return text;
  }

  /// Checks that a statement is over; a comment may follow.
  done finish(line_cursor at, const std::string& expected) {
    at.skip_blanks();
    if (at.take(";"))
      at.skip_blanks();
    if (at.at_end())
      return {};
    if (at.take("%%"))
      return read_remark(at);
    if (at.is_at("{"))
      return refuse(at.here(), "states within states are no specification; draw them side by side");
    if (at.is_at("<<") || at.is_at("[["))
      return refuse(at.here(), "forks, joins and choices are no specification; draw arrows from "
                               "state to state");
    return refuse(at.here(), expected + found(at));
  }

  [[nodiscard]] tl::unexpected<failure> refuse(source_position at,
                                               const std::string& reason) const {
    return refuse_at(source_, at, reason);
  }

  line_reader lines_;
  std::string_view source_;
  bool has_front_matter_ = false;
  bool has_header_ = false;
  std::unordered_map<std::string, std::size_t> state_of_;
  drawn_diagram drawn_;
};

} // namespace

result<drawn_diagram> parse_state_diagram(std::string_view text, std::string_view source,
                                          std::size_t first_line) {
  return parser(text, source, first_line).parse();
}

} // namespace lockstep
