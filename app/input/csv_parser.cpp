#include "app/input/csv_parser.hpp"

#include <utility>

namespace lockstep {

void csv_parser::reset() {
  place_ = place::field_start;
  in_record_ = false;
  count_ = 0;
  record_bytes_ = 0;
}

void csv_parser::begin_field(position at) {
  if (count_ == fields_.size()) {
    fields_.emplace_back();
    positions_.emplace_back();
  }
  fields_[count_].clear();
  positions_[count_] = at;
  ++count_;
  place_ = place::field_start;
}

csv_parser::status csv_parser::refuse(std::string problem, std::size_t column) {
  reset();
  problem_ = std::move(problem);
  column_ = column;
  return status::malformed;
}

csv_parser::status csv_parser::feed(const line& next) {
  record_bytes_ = in_record_ ? record_bytes_ : 0;
  record_bytes_ += next.text.size() + next.end.size();
  if (next.too_long || record_bytes_ > max_record_bytes_ + next.end.size())
    return refuse("the record is longer than " + std::to_string(max_record_bytes_)
                      + " bytes; close its quotes or raise max-record-bytes",
                  0);
  if (!std::exchange(in_record_, true)) {
    count_ = 0;
    begin_field({next.number, 1});
  }
  for (std::size_t i = 0; i < next.text.size(); ++i) {
    const auto c = next.text[i];
    auto& field = fields_[count_ - 1];
    switch (place_) {
    case place::field_start:
    case place::unquoted:
      if (c == separator_)
        begin_field({next.number, i + 2});
      else if (c != '"') {
        field += c;
        place_ = place::unquoted;
      } else if (place_ == place::field_start)
        place_ = place::quoted;
      else
        return refuse("a quote within a field that does not start with one; put the field in "
                      "quotes and double those within it",
                      i + 1);
      break;
    case place::quoted:
      if (c == '"')
        place_ = place::behind_quote;
      else
        field += c;
      break;
    case place::behind_quote:
      if (c == '"') {
        field += c;
        place_ = place::quoted;
      } else if (c == separator_)
        begin_field({next.number, i + 2});
      else
        return refuse("text behind a closing quote; double quotes within a field", i + 1);
      break;
    }
  }
  if (place_ == place::quoted) {
    fields_[count_ - 1] += next.end;
    return status::more;
  }
  in_record_ = false;
  return status::complete;
}

} // namespace lockstep
