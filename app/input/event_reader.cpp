#include "app/input/event_reader.hpp"

#include "app/input/csv_reader.hpp"
#include "app/input/event_builder.hpp"
#include "app/input/json_reader.hpp"
#include "app/input/line_source.hpp"
#include "app/input/log_reader.hpp"
#include "app/input/record_reader.hpp"

#include <utility>

namespace lockstep {

namespace {

/// Applies what is the same in all formats: building events, counting, the policy on malformed
/// records.
class counting_reader final : public event_reader {
public:
  counting_reader(const input_options& options, line_source source,
                  std::unique_ptr<record_reader> records)
      : policy_(options.on_malformed),
        source_(std::move(source)),
        records_(std::move(records)),
        builder_(options, options.source.value_or(source_.path())) {
    count_progress();
  }

  result<std::optional<event>> next() override;
  const input_counters& counters() const noexcept override { return counters_; }
  bool ended() const noexcept override { return ended_; }
  bool ready(std::chrono::milliseconds wait) const override { return source_.ready(wait); }
  std::optional<std::uint64_t> total_bytes() const noexcept override {
    return source_.total_bytes();
  }

private:
  void count_progress();
  [[nodiscard]] failure note(const malformed_record& what);
  /// Makes an event of a record, if its action is not to be ignored. @returns what is wrong with
  /// it.
  [[nodiscard]] std::optional<failure> take(record_outcome& outcome,
                                            std::optional<lockstep::event>& made);

  malformed_policy policy_;
  line_source source_;
  std::unique_ptr<record_reader> records_;
  event_builder builder_;
  input_counters counters_;
  bool ended_ = false;
};

void counting_reader::count_progress() {
  counters_.lines = source_.lines();
  counters_.bytes = source_.bytes();
}

/// Counts a malformed record. @returns it as an error with its place.
failure counting_reader::note(const malformed_record& what) {
  auto place = source_.path() + ':' + std::to_string(what.line);
  if (what.column != 0)
    place += ':' + std::to_string(what.column);
  auto reported = failure{
      ec::invalid_input,
      place + ": " + what.reason,
      {{"path", term{source_.path()}}, {"line", term{static_cast<std::int64_t>(what.line)}}}};
  if (what.column != 0)
    reported.context.emplace("column", term{static_cast<std::int64_t>(what.column)});
  ++counters_.malformed;
  if (counters_.malformed_examples.size() < input_counters::max_examples)
    counters_.malformed_examples.push_back(reported);
  return reported;
}

result<std::optional<event>> counting_reader::next() {
  for (;;) {
    std::optional<lockstep::event> event;
    auto outcome = records_->next(source_);
    count_progress();
    if (!outcome)
      return tl::unexpected(std::move(outcome.error()));
    if (std::holds_alternative<end_of_input>(*outcome)) {
      ended_ = true;
      return std::nullopt;
    }
    if (std::holds_alternative<unmatched_record>(*outcome)) {
      ++counters_.unmatched;
    } else if (std::holds_alternative<too_long_record>(*outcome)) {
      ++counters_.too_long;
    } else if (auto problem = take(*outcome, event); problem) {
      if (policy_ == malformed_policy::stop)
        return tl::unexpected(std::move(*problem));
    } else if (event) {
      return event;
    }
    // A pipe may have more only much later; what came before must not wait for it.
    if (!source_.ready(std::chrono::milliseconds{0}))
      return std::nullopt;
  }
}

std::optional<failure> counting_reader::take(record_outcome& outcome,
                                             std::optional<lockstep::event>& made) {
  if (const auto* fields = std::get_if<record>(&outcome)) {
    auto built = builder_.build(*fields);
    if (built) {
      ++(*built ? counters_.events : counters_.ignored);
      made = std::move(*built);
      return std::nullopt;
    }
    outcome = malformed_record{fields->line, 0, std::move(built.error().message)};
  }
  return note(std::get<malformed_record>(outcome));
}

result<std::unique_ptr<record_reader>> make_record_reader(const input_options& options,
                                                          line_source& source) {
  switch (options.format) {
  case input_format::csv:
    return make_csv_reader(options, source);
  case input_format::jsonl:
    return make_json_reader(options);
  case input_format::lines:
    break;
  }
  return make_log_reader(options);
}

} // namespace

event_reader::~event_reader() = default;

result<std::unique_ptr<event_reader>> open_reader(const input_options& options,
                                                  const std::string& path) {
  auto source = line_source::open(path, options.max_record_bytes);
  if (!source)
    return tl::unexpected(std::move(source.error()));
  auto records = make_record_reader(options, *source);
  if (!records)
    return tl::unexpected(std::move(records.error()));
  return std::make_unique<counting_reader>(options, *std::move(source), *std::move(records));
}

} // namespace lockstep
