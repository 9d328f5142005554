#include "app/input/log_reader.hpp"

#include "app/input/log_rules.hpp"

#include <utility>

namespace lockstep {

namespace {

class log_reader final : public record_reader {
public:
  explicit log_reader(log_rules rules) : rules_(std::move(rules)) {}

  result<record_outcome> next(line_source& source) override {
    const auto read = source.next();
    if (!read)
      return tl::unexpected(read.error());
    if (!*read)
      return end_of_input{};
    const auto& current = **read;
    if (current.too_long)
      return too_long_record{};
    auto matched = rules_.match(current.text);
    if (!matched)
      return unmatched_record{};
    matched->line = current.number;
    matched->offset = current.offset;
    return *std::move(matched);
  }

private:
  log_rules rules_;
};

} // namespace

result<std::unique_ptr<record_reader>> make_log_reader(const input_options& options) {
  auto rules = log_rules::compile(options.rules, "input");
  if (!rules)
    return tl::unexpected(std::move(rules.error()));
  return std::make_unique<log_reader>(*std::move(rules));
}

} // namespace lockstep
