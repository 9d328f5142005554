#include "model/bisimulation/aut_reader.hpp"

#include "model/bisimulation/bounded_lines.hpp"
#include "model/in_quotes.hpp"
#include "model/workflow/transition.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>
#include <system_error>
#include <utility>

namespace lockstep {

namespace {

constexpr std::uint64_t max_states = std::numeric_limits<lts::state>::max() - 1;
/// `(0,a,0)` and a line feed.
constexpr std::uint64_t least_bytes_of_transition = 8;
constexpr std::uint64_t transitions_between_progress = 1U << 16U;

constexpr std::string_view utf8_byte_order_mark = "\xEF\xBB\xBF";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }

/// Takes a line apart from left to right.
class cursor {
public:
  explicit cursor(std::string_view line) : at_(line.data()), end_(line.data() + line.size()) {}

  void skip_blanks() noexcept {
    while (at_ != end_ && is_blank(*at_))
      ++at_;
  }
  /// Skips blanks and this character, if it is there.
  [[nodiscard]] bool take(char wanted) noexcept {
    skip_blanks();
    if (at_ == end_ || *at_ != wanted)
      return false;
    ++at_;
    return true;
  }
  [[nodiscard]] bool take(std::string_view word) noexcept {
    skip_blanks();
    if (!rest().starts_with(word))
      return false;
    at_ += word.size();
    return true;
  }
  /// Skips blanks and a number.
  [[nodiscard]] std::errc take(std::uint64_t& number) noexcept {
    skip_blanks();
    const char* digit = at_;
    for (number = 0; digit != end_ && *digit >= '0' && *digit <= '9'; ++digit)
      number = 10 * number + static_cast<std::uint64_t>(*digit - '0');
    if (digit - at_ > 19) { // may have overflown
      const auto [after, error] = std::from_chars(at_, end_, number);
      at_ = after;
      return error;
    }
    const bool is_number = digit != at_;
    at_ = digit;
    return is_number ? std::errc{} : std::errc::invalid_argument;
  }
  [[nodiscard]] bool at_end() noexcept {
    skip_blanks();
    return at_ == end_;
  }
  [[nodiscard]] std::string_view rest() const noexcept {
    return {at_, static_cast<std::size_t>(end_ - at_)};
  }
  void skip(std::size_t size) noexcept { at_ += size; }

private:
  const char* at_;
  const char* end_;
};

/// What a line `(FROM, LABEL, TO)` says.
struct row {
  std::uint64_t from = 0;
  std::string_view label;
  std::uint64_t to = 0;
};

/// @returns what is wrong with the label, or null.
const char* parse_label(cursor& line, std::string_view& label) {
  line.skip_blanks();
  const auto rest = line.rest();
  if (rest.starts_with('"')) {
    const auto end = rest.rfind('"');
    if (end == 0)
      return "the label has no closing quote";
    label = rest.substr(1, end - 1);
    line.skip(end + 1);
  } else {
    const auto end = rest.rfind(',');
    if (end == std::string_view::npos)
      return "there is no comma after the label";
    label = rest.substr(0, end);
    while (!label.empty() && is_blank(label.back()))
      label.remove_suffix(1);
    if (label.empty())
      return "there is no label";
    line.skip(end);
  }
  return label.find('\0') == std::string_view::npos ? nullptr : "there is a NUL byte in the label";
}

const char* reason_for(std::errc error, const char* no_number, const char* too_large) {
  return error == std::errc::result_out_of_range ? too_large : no_number;
}

/// @returns what is wrong with the line, or null.
const char* parse_row(std::string_view text, row& out) {
  cursor line(text);
  if (!line.take('('))
    return "there is no opening parenthesis";
  if (const auto error = line.take(out.from); error != std::errc{})
    return reason_for(error, "the source is no number", "the source is too large a number");
  if (!line.take(','))
    return "there is no comma after the source";
  if (const auto* reason = parse_label(line, out.label))
    return reason;
  if (!line.take(','))
    return "there is no comma after the label";
  if (const auto error = line.take(out.to); error != std::errc{})
    return reason_for(error, "the target is no number", "the target is too large a number");
  if (!line.take(')'))
    return "there is no closing parenthesis";
  return line.at_end() ? nullptr : "there is text after the closing parenthesis";
}

std::string text_of(std::uint64_t number, const char* noun) {
  return std::to_string(number) + ' ' + noun + (number == 1 ? "" : "s");
}

class reader {
public:
  reader(std::istream& in, label_table& labels, const aut_reader_options& options)
      : lines_(in), labels_(labels), options_(options) {
    // nop
  }

  result<lts> read() {
    auto header = read_header();
    if (!header)
      return tl::unexpected(std::move(header.error()));
    auto& edges = system_.edges;
    if (options_.size > 0)
      edges.reserve(std::min(announced_, options_.size / least_bytes_of_transition + 1));
    for (;;) {
      const auto status = lines_.next();
      if (status == bounded_lines::status::end)
        break;
      if (status != bounded_lines::status::line)
        return unusable(status);
      if (cursor(lines_.text()).at_end())
        continue;
      lts::edge edge{};
      if (auto read = read_transition(edge); !read)
        return tl::unexpected(std::move(read.error()));
      edges.push_back(edge);
      if (edges.size() % transitions_between_progress == 0 && options_.progress)
        options_.progress(edges.size(), announced_);
    }
    if (edges.size() < announced_)
      return refuse("the file ends after " + std::to_string(edges.size()) + " of "
                    + text_of(announced_, "transition")
                    + "; it may have been cut off, or correct the header's second number");
    if (const auto idle = idle_states(); idle > max_idle_aut_states)
      return refuse_at(header_line_, "the header announces " + text_of(system_.state_count, "state")
                                         + ", but at least " + std::to_string(idle)
                                         + " of them have no transitions, more than the "
                                         + std::to_string(max_idle_aut_states)
                                         + " that are read; correct its third number");
    return std::move(system_);
  }

private:
  [[nodiscard]] tl::unexpected<failure> refuse_at(std::uint64_t line,
                                                  const std::string& reason) const {
    return fail(ec::invalid_input, options_.source + ':' + std::to_string(line) + ": " + reason,
                {{"file", term(options_.source)}, {"line", term(static_cast<std::int64_t>(line))}});
  }
  [[nodiscard]] tl::unexpected<failure> refuse(const std::string& reason) const {
    return refuse_at(std::max<std::uint64_t>(lines_.number(), 1), reason);
  }

  [[nodiscard]] tl::unexpected<failure> unusable(bounded_lines::status status) const {
    if (status == bounded_lines::status::too_long)
      return refuse("the line is longer than " + std::to_string(bounded_lines::max_line_bytes)
                    + " bytes; is this an Aldebaran file?");
    return refuse("the file cannot be read on; see whether it is readable in whole");
  }

  [[nodiscard]] tl::unexpected<failure> refuse_header() const {
    return refuse("expected \"des (INITIAL, TRANSITIONS, STATES)\", found "
                  + in_quotes(lines_.text()) + "; is this an Aldebaran file?");
  }

  result<void> read_header() {
    const auto status = lines_.next();
    if (status == bounded_lines::status::end)
      return refuse("the file is empty; an Aldebaran file begins with \"des (INITIAL, "
                    "TRANSITIONS, STATES)\"");
    if (status != bounded_lines::status::line)
      return unusable(status);
    header_line_ = lines_.number();
    std::uint64_t initial = 0;
    std::uint64_t states = 0;
    cursor line(lines_.text());
    static_cast<void>(line.take(utf8_byte_order_mark));
    if (!line.take("des") || !line.take('('))
      return refuse_header();
    for (auto* number : {&initial, &announced_, &states}) {
      const auto error = line.take(*number);
      if (error == std::errc::result_out_of_range)
        return refuse_too_large();
      if (error != std::errc{} || !line.take(number == &states ? ')' : ','))
        return refuse_header();
    }
    if (!line.at_end())
      return refuse("there is text after the header's closing parenthesis: "
                    + in_quotes(line.rest()) + "; begin a new line for the first transition");
    if (states > max_states)
      return refuse_too_large();
    if (initial >= states)
      return refuse("the initial state " + std::to_string(initial) + out_of_range(states));
    system_.initial = static_cast<lts::state>(initial);
    system_.state_count = static_cast<lts::state>(states);
    return {};
  }

  [[nodiscard]] tl::unexpected<failure> refuse_too_large() const {
    return refuse("a number is too large in " + in_quotes(lines_.text()) + "; there can be up to "
                  + text_of(max_states, "state"));
  }

  [[nodiscard]] static std::string out_of_range(std::uint64_t states) {
    return " is out of range: the header announces " + text_of(states, "state")
           + ", numbered from 0; correct one of them";
  }

  result<void> read_transition(lts::edge& edge) {
    row said;
    if (const auto* reason = parse_row(lines_.text(), said))
      return refuse(std::string(reason) + ": " + in_quotes(lines_.text())
                    + (lines_.is_terminated() ? "; write (FROM, LABEL, TO)"
                                              : "; the file may have been cut off here"));
    if (system_.edges.size() == announced_)
      return refuse("there are more transitions than the " + std::to_string(announced_)
                    + " that the header announces; correct its second number");
    if (said.from >= system_.state_count || said.to >= system_.state_count)
      return refuse("state " + std::to_string(std::max(said.from, said.to))
                    + out_of_range(system_.state_count));
    if (said.label == internal_action)
      return refuse("the label " + in_quotes(said.label)
                    + " is reserved; write i for an internal step, or give it another name");
    const bool is_internal = said.label == "i" || said.label == "tau";
    edge = {static_cast<lts::state>(said.from), is_internal ? lts::tau : labels_.of(said.label),
            static_cast<lts::state>(said.to)};
    return {};
  }

  /// How many states there are at least that no transition mentions.
  [[nodiscard]] std::uint64_t idle_states() const {
    const auto mentioned = 2 * static_cast<std::uint64_t>(system_.edges.size()) + 1;
    return system_.state_count - std::min<std::uint64_t>(mentioned, system_.state_count);
  }

  bounded_lines lines_;
  label_table& labels_;
  const aut_reader_options& options_;
  lts system_;
  std::uint64_t announced_ = 0;
  std::uint64_t header_line_ = 1;
};

} // namespace

result<lts> read_aut(std::istream& in, label_table& labels, const aut_reader_options& options) {
  return reader(in, labels, options).read();
}

} // namespace lockstep
