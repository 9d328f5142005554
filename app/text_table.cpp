#include "app/text_table.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace lockstep {

namespace {

/// Characters of UTF-8 text: what a terminal gives a column each, for most scripts.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

bool is_number(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0 || c == ',';
  });
}

} // namespace

text_table::text_table(std::vector<std::string> header) { rows_.push_back(std::move(header)); }

void text_table::add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

void text_table::print(std::ostream& out, const std::string& indent) const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < widths.size(); ++i)
      widths[i] = std::max(widths[i], width(row[i]));
  for (const auto& row : rows_) {
    std::string line = indent;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      std::string padding(widths[i] - width(row[i]), ' ');
      auto to_the_right = is_number(rows_.back()[i]);
      line += to_the_right ? padding + row[i] : row[i] + padding;
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  }
}

std::string counted(std::uint64_t number, const std::string& noun) {
  return with_commas(number) + " " + noun + (number == 1 ? "" : "s");
}

std::string indented(const std::string& lines, const std::string& indent) {
  std::string result;
  for (std::size_t begin = 0; begin < lines.size();) {
    const auto end = std::min(lines.find('\n', begin), lines.size() - 1) + 1;
    result += indent;
    result.append(lines, begin, end - begin);
    begin = end;
  }
  return result;
}

} // namespace lockstep
