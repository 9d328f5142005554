#include "app/input/csv_reader.hpp"

#include "app/input/csv_parser.hpp"
#include "app/input/quoted.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace lockstep {

namespace {

/// Where the fields of an event are among those of a row.
struct column_numbers {
  std::size_t identifier = 0;
  std::size_t action = 0;
  std::optional<std::size_t> state;
  std::optional<std::size_t> timestamp;
  std::optional<std::size_t> operation;
};

/// Where a row starts.
struct row {
  std::uint64_t line = 0;
  std::uint64_t offset = 0;
};
using row_outcome = std::variant<end_of_input, row, malformed_record>;

class csv_reader final : public record_reader {
public:
  explicit csv_reader(const input_options& options)
      : parser_(options.separator, options.max_record_bytes) {}

  [[nodiscard]] result<void> read_header(const field_names& names, line_source& source);
  result<record_outcome> next(line_source& source) override;

private:
  [[nodiscard]] result<row_outcome> next_row(line_source& source);

  csv_parser parser_;
  std::size_t width_ = 0;
  column_numbers columns_;
};

/// The next row that is not blank; its fields are in the parser.
result<row_outcome> csv_reader::next_row(line_source& source) {
  parser_.reset();
  row first;
  for (auto started = false;;) {
    const auto read = source.next();
    if (!read)
      return tl::unexpected(read.error());
    if (!*read) {
      if (!started)
        return end_of_input{};
      const auto opened = parser_.positions().back();
      return malformed_record{opened.line, opened.column,
                              "the quoted field that starts here is never closed"};
    }
    const auto& current = **read;
    if (!started && current.text.empty() && !current.too_long)
      continue;
    if (!std::exchange(started, true))
      first = {current.number, current.offset};
    switch (parser_.feed(current)) {
    case csv_parser::status::more:
      continue;
    case csv_parser::status::complete:
      return first;
    case csv_parser::status::malformed:
      // A record that is too long is to blame as a whole, not its last line.
      return malformed_record{parser_.column() == 0 ? first.line : current.number, parser_.column(),
                              parser_.problem()};
    }
  }
}

result<void> csv_reader::read_header(const field_names& names, line_source& source) {
  const auto place = [&source](std::uint64_t line) {
    return source.path() + ':' + std::to_string(line) + ": ";
  };
  const auto read = next_row(source);
  if (!read)
    return tl::unexpected(read.error());
  if (const auto* broken = std::get_if<malformed_record>(&*read))
    return fail(ec::invalid_input, place(broken->line) + "the header row: " + broken->reason);
  if (std::holds_alternative<end_of_input>(*read))
    return fail(ec::invalid_input, source.path()
                                       + ": the file is empty; CSV needs a header row that names "
                                         "the columns");
  const auto header = parser_.fields();
  width_ = header.size();

  std::string present;
  for (const auto& name : header)
    present += (present.empty() ? "" : ", ") + quoted(name);
  std::string problem;
  const auto find = [&](const std::string& name) -> std::size_t {
    const auto count = std::count(header.begin(), header.end(), name);
    if (count != 1 && problem.empty())
      problem = place(std::get<row>(*read).line) + (count == 0 ? "no column " : "several columns ")
                + quoted(name) + "; the columns are " + present;
    return static_cast<std::size_t>(std::find(header.begin(), header.end(), name) - header.begin());
  };
  const auto find_optional = [&](const std::optional<std::string>& name) {
    return name ? std::optional{find(*name)} : std::nullopt;
  };
  columns_ = {find(names.identifier), find(names.action), find_optional(names.state),
              find_optional(names.timestamp), find_optional(names.operation)};
  if (!problem.empty())
    return fail(ec::invalid_input, std::move(problem));
  return {};
}

result<record_outcome> csv_reader::next(line_source& source) {
  auto read = next_row(source);
  if (!read)
    return tl::unexpected(std::move(read.error()));
  if (std::holds_alternative<end_of_input>(*read))
    return end_of_input{};
  if (auto* broken = std::get_if<malformed_record>(&*read))
    return std::move(*broken);
  const auto& place = std::get<row>(*read);

  const auto fields = parser_.fields();
  if (fields.size() != width_) {
    // The first field too many, or the last one that is there.
    const auto blamed = parser_.positions()[std::min(width_, fields.size() - 1)];
    return malformed_record{blamed.line, blamed.column,
                            "the record has " + std::to_string(fields.size()) + " fields where "
                                + "the header row has " + std::to_string(width_)};
  }
  const auto optional_field = [&](const std::optional<std::size_t>& number) {
    return number ? std::optional<std::string_view>{fields[*number]} : std::nullopt;
  };
  return record{std::string_view{fields[columns_.identifier]},
                fields[columns_.action],
                optional_field(columns_.state),
                optional_field(columns_.timestamp),
                optional_field(columns_.operation),
                place.line,
                place.offset};
}

} // namespace

result<std::unique_ptr<record_reader>> make_csv_reader(const input_options& options,
                                                       line_source& source) {
  auto reader = std::make_unique<csv_reader>(options);
  if (auto header = reader->read_header(options.fields, source); !header)
    return tl::unexpected(std::move(header.error()));
  return reader;
}

} // namespace lockstep
