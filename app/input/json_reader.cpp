#include "app/input/json_reader.hpp"

#include "app/input/json_slice.hpp"
#include "app/input/quoted.hpp"
#include "model/term/term_json.hpp"

#include <utility>

namespace lockstep {

namespace {

/// Where the fields of an event are in a value.
struct field_pointers {
  json_pointer identifier;
  json_pointer action;
  std::optional<json_pointer> state;
  std::optional<json_pointer> timestamp;
  std::optional<json_pointer> operation;
};

/// A value in a line, unless it is missing or null.
std::optional<std::string_view> find_field(std::string_view text,
                                           const std::optional<json_pointer>& where) {
  auto found = where ? find_json(text, *where) : std::nullopt;
  return found == "null" ? std::nullopt : found;
}

class json_reader final : public record_reader {
public:
  explicit json_reader(field_pointers pointers) : pointers_(std::move(pointers)) {}

  result<record_outcome> next(line_source& source) override;

private:
  [[nodiscard]] record_outcome read(const line& from);

  field_pointers pointers_;
  /// What the views in the last record point to.
  std::string identifier_;
  std::string action_;
  std::string state_;
  std::string timestamp_;
  std::string operation_;
};

result<record_outcome> json_reader::next(line_source& source) {
  for (;;) {
    const auto read_line = source.next();
    if (!read_line)
      return tl::unexpected(read_line.error());
    if (!*read_line)
      return end_of_input{};
    const auto& current = **read_line;
    if (current.too_long)
      return malformed_record{current.number, 0,
                              "the line is longer than max-record-bytes; raise it"};
    if (current.text.find_first_not_of(" \t\r") != std::string_view::npos)
      return read(current);
  }
}

record_outcome json_reader::read(const line& from) {
  if (auto problem = check_json(from.text))
    return malformed_record{from.number, problem->column, "no JSON: " + problem->reason};
  const auto identifier = find_field(from.text, pointers_.identifier);
  const auto action = find_field(from.text, pointers_.action);
  if (!identifier || !action)
    return unmatched_record{};

  const auto refuse = [&from](std::string_view slice, std::string reason) {
    const auto column = static_cast<std::uint64_t>(slice.data() - from.text.data()) + 1;
    return malformed_record{from.number, column, std::move(reason)};
  };
  record made;
  made.line = from.number;
  made.offset = from.offset;
  if (identifier->starts_with('"')) {
    identifier_ = decode_json_string(*identifier);
    made.identifier = std::string_view{identifier_};
  } else {
    auto parsed = parse_term_json(*identifier);
    if (!parsed)
      return refuse(*identifier, "the identifier: " + parsed.error().message);
    made.identifier = *std::move(parsed);
  }

  std::optional<malformed_record> problem;
  const auto text_of = [&](std::string_view name, std::optional<std::string_view> slice,
                           bool may_be_number,
                           std::string& memory) -> std::optional<std::string_view> {
    if (!slice)
      return std::nullopt;
    const auto is_number = slice->find_first_of("-0123456789") == 0;
    if (slice->starts_with('"'))
      memory = decode_json_string(*slice);
    else if (is_number && may_be_number)
      memory = *slice;
    else if (!problem)
      problem =
          refuse(*slice, "the " + std::string{name} + " is " + quoted(*slice)
                             + ", but must be a string" + (may_be_number ? " or a number" : ""));
    return std::string_view{memory};
  };
  made.action = *text_of("action", action, false, action_);
  made.state = text_of("state", find_field(from.text, pointers_.state), false, state_);
  made.timestamp =
      text_of("timestamp", find_field(from.text, pointers_.timestamp), true, timestamp_);
  made.operation =
      text_of("operation", find_field(from.text, pointers_.operation), true, operation_);
  if (problem)
    return *std::move(problem);
  return made;
}

} // namespace

result<std::unique_ptr<record_reader>> make_json_reader(const input_options& options) {
  std::optional<failure> problem;
  const auto parse = [&problem](const std::string& text) {
    auto pointer = json_pointer::parse(text);
    if (!pointer && !problem)
      problem = std::move(pointer.error());
    return std::move(pointer).value_or(json_pointer{});
  };
  const auto parse_optional = [&parse](const std::optional<std::string>& text) {
    return text ? std::optional{parse(*text)} : std::nullopt;
  };
  const auto& names = options.fields;
  auto pointers =
      field_pointers{parse(names.identifier), parse(names.action), parse_optional(names.state),
                     parse_optional(names.timestamp), parse_optional(names.operation)};
  if (problem)
    return tl::unexpected(*std::move(problem));
  return std::make_unique<json_reader>(std::move(pointers));
}

} // namespace lockstep
