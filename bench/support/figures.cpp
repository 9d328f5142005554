#include "bench/support/figures.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace lockstep::bench {

namespace {

/// With commas between thousands.
std::string text_of(const figure& number) {
  char buffer[64]; // NOLINT
  std::snprintf(buffer, sizeof buffer, "%.*f", number.decimals, number.value);
  std::string text = buffer;
  const auto whole = std::min(text.find('.'), text.size());
  for (auto at = whole; at > 3 + (text.front() == '-' ? 1U : 0U); at -= 3)
    text.insert(at - 3, 1, ',');
  return text;
}

std::string text_of(const cell& one) {
  if (const auto* text = std::get_if<std::string>(&one))
    return *text;
  if (const auto* number = std::get_if<figure>(&one))
    return text_of(*number);
  return {};
}

nlohmann::ordered_json json_of(const cell& one) {
  if (const auto* text = std::get_if<std::string>(&one))
    return *text;
  if (const auto* number = std::get_if<figure>(&one); number && std::isfinite(number->value))
    return number->decimals == 0 ? nlohmann::ordered_json(std::llround(number->value))
                                 : nlohmann::ordered_json(number->value);
  return nullptr;
}

} // namespace

figures::figures(std::string key, std::string title, std::vector<std::string> columns)
    : key_(std::move(key)), title_(std::move(title)), columns_(std::move(columns)) {}

void figures::add(std::vector<cell> row) { rows_.push_back(std::move(row)); }

void figures::print(std::ostream& out) const {
  struct column {
    std::size_t index;
    std::size_t width;
    bool numbers;
  };
  std::vector<column> shown;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    column one{i, columns_[i].size(), true};
    auto blank = true;
    for (const auto& row : rows_) {
      one.width = std::max(one.width, text_of(row[i]).size());
      one.numbers = one.numbers && !std::holds_alternative<std::string>(row[i]);
      blank = blank && std::holds_alternative<std::monostate>(row[i]);
    }
    if (!blank)
      shown.push_back(one);
  }
  const auto line = [&](auto text_at) {
    std::string written;
    for (const auto& one : shown) {
      const std::string text = text_at(one.index);
      const std::string padding(one.width - text.size(), ' ');
      if (!written.empty())
        written += "  ";
      written += one.numbers ? padding + text : text + padding;
    }
    written.erase(written.find_last_not_of(' ') + 1);
    out << written << '\n';
  };
  out << '\n' << title_ << "\n\n";
  line([&](std::size_t i) { return columns_[i]; });
  for (const auto& row : rows_)
    line([&](std::size_t i) { return text_of(row[i]); });
  out.flush();
}

nlohmann::ordered_json figures::to_json() const {
  auto all = nlohmann::ordered_json::array();
  for (const auto& row : rows_) {
    nlohmann::ordered_json one;
    for (std::size_t i = 0; i < columns_.size(); ++i)
      one[columns_[i]] = json_of(row[i]);
    all.push_back(std::move(one));
  }
  return all;
}

scorecard::scorecard(std::string remarks)
    : table_("targets", "Targets",
             {"what", "value", "unit", "target", "result", std::move(remarks)}) {}

void scorecard::add(std::string what, double value, std::string unit, std::optional<target> wanted,
                    int decimals, cell remark) {
  cell bound;
  cell judgement;
  if (wanted) {
    const auto least = wanted->which == target::bound::at_least;
    const auto met = least ? value >= wanted->value : value <= wanted->value;
    missed_ += met ? 0 : 1;
    bound = (least ? "at least " : "at most ") + text_of(figure{wanted->value, decimals});
    judgement = std::string{met ? "met" : "MISSED"};
  }
  table_.add({std::move(what), figure{value, decimals}, std::move(unit), std::move(bound),
              std::move(judgement), std::move(remark)});
}

} // namespace lockstep::bench
