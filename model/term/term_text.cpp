// The reader; the writer is term_text_writer.cpp.

#include "model/term/term_text.hpp"

#include "model/term/open_container.hpp"
#include "model/term/text_lexer.hpp"
#include "model/term/utf8.hpp"

namespace lockstep {

namespace {

/// The containers around the leaves that the lexer reads.
class text_reader {
public:
  explicit text_reader(std::string_view text) : lexer_(text) {}

  result<term> read_all() {
    auto value = read_term();
    if (value && !lexer_.at_end())
      return lexer_.expected("the end of the term");
    return value;
  }

private:
  using shape = open_container::shape;

  struct frame : open_container {
    /// Tails that are lists themselves, as in `[1|[2,3]]`: their elements go on in this frame.
    std::size_t spliced = 0;
  };

  result<term> read_term() {
    for (;;) {
      auto value = read_value();
      if (!value)
        return tl::unexpected{value.error()};
      if (!*value)
        continue; // a container was opened
      auto& finished = **value;
      for (;;) {
        if (open_.empty())
          return std::move(finished);
        auto& parent = open_.back();
        parent.items.push_back(std::move(finished));
        const auto closed = read_separator(parent);
        if (!closed)
          return tl::unexpected{closed.error()};
        if (!*closed)
          break;
        finished = parent.close();
        open_.pop_back();
      }
    }
  }

  /// Nothing if it opened a container.
  result<std::optional<term>> read_value() {
    if (lexer_.take("{"))
      return open(shape::tuple, "}");
    if (lexer_.take("["))
      return open(shape::list, "]");
    if (lexer_.take("#{"))
      return open(shape::map, "}");
    if (lexer_.sees("\""))
      return read_string();
    return lexer_.leaf().map([](term&& leaf) { return std::optional<term>{std::move(leaf)}; });
  }

  /// Behind the opening bracket.
  result<std::optional<term>> open(shape type, std::string_view closing) {
    if (lexer_.take(closing))
      return open_container{type, {}}.close();
    if (type == shape::list && at_tail()) {
      open_.back().has_tail = false;
      ++open_.back().spliced;
      return std::optional<term>{};
    }
    if (open_.size() == term::max_depth)
      return too_deep(lexer_.position() - 1);
    open_.push_back({{type, {}}});
    return std::optional<term>{};
  }

  result<std::optional<term>> read_string() {
    const auto start = lexer_.position();
    auto characters = lexer_.string();
    if (!characters)
      return tl::unexpected{characters.error()};
    const bool continues = at_tail();
    if (!continues && !characters->empty() && open_.size() == term::max_depth)
      return too_deep(start);
    std::vector<term> elements;
    auto& target = continues ? open_.back().items : elements;
    for (auto character : *characters)
      target.emplace_back(static_cast<std::int64_t>(character));
    return term::list(std::move(elements)); // `[]` as the tail of the list it continues
  }

  [[nodiscard]] bool at_tail() const noexcept { return !open_.empty() && open_.back().has_tail; }

  /// What comes behind an item; true if it ends the container.
  result<bool> read_separator(frame& parent) {
    switch (parent.type) {
    case shape::tuple:
      if (lexer_.take("}"))
        return true;
      if (lexer_.take(","))
        return false;
      return lexer_.expected("',' or '}'");
    case shape::map:
      return read_map_separator(parent);
    case shape::list:
      return read_list_separator(parent);
    }
    return true;
  }

  result<bool> read_map_separator(const frame& parent) {
    if (parent.items.size() % 2 != 0) {
      if (lexer_.take("=>"))
        return false;
      return lexer_.expected("'=>'");
    }
    if (lexer_.take("}"))
      return true;
    if (lexer_.take(","))
      return false;
    return lexer_.expected("',' or '}'");
  }

  result<bool> read_list_separator(frame& parent) {
    if (lexer_.take("]")) {
      for (; parent.spliced > 0; --parent.spliced)
        if (!lexer_.take("]"))
          return lexer_.expected("']'");
      return true;
    }
    if (parent.has_tail)
      return lexer_.expected("']'");
    if (lexer_.take("|")) {
      parent.has_tail = true;
      return false;
    }
    if (lexer_.take(","))
      return false;
    return lexer_.expected("',', '|' or ']'");
  }

  tl::unexpected<failure> too_deep(std::size_t position) const {
    return lexer_.error_at(position,
                           "terms nest more than " + std::to_string(term::max_depth) + " deep");
  }

  text_lexer lexer_;
  std::vector<frame> open_;
};

} // namespace

result<term> parse_term(std::string_view text) {
  for (auto rest = text; !rest.empty();) {
    const auto character = utf8::first(rest);
    if (!character)
      return fail(ec::invalid_term, "invalid term: byte "
                                        + std::to_string(text.size() - rest.size())
                                        + " is not UTF-8");
    rest.remove_prefix(character->length);
  }
  return text_reader{text}.read_all();
}

} // namespace lockstep
