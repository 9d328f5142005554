#include "model/cells/waiting_reads.hpp"

#include "test/support/results.hpp"
#include "test/support/term_generator.hpp"

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <variant>
#include <vector>

using namespace lockstep;
using namespace lockstep::test;

namespace {

/// Cells without any thought for time and memory: every version there ever was, in one map, looked
/// through for each answer. It says what the cells shall do.
struct naive_cells {
  std::map<std::pair<int, std::uint64_t>, std::optional<term>> slots;
  std::map<std::string, cell_call> calls;
  std::uint64_t watermark = 0;
  std::uint64_t keep = 0;
  std::uint64_t horizon = 0;

  [[nodiscard]] bool is_written(int key, std::uint64_t height) const {
    const auto found = slots.find({key, height});
    return found != slots.end() && found->second;
  }
  [[nodiscard]] bool is_reserved(int key, std::uint64_t height) const {
    const auto found = slots.find({key, height});
    return found != slots.end() && !found->second;
  }

  std::optional<ec> reserve(int key, std::uint64_t height) {
    if (height <= watermark)
      return ec::below_watermark;
    if (slots.contains({key, height}))
      return ec::occupied;
    slots[{key, height}];
    return std::nullopt;
  }

  std::optional<ec> write(int key, std::uint64_t height, const term& value) {
    if (is_written(key, height) && is_needed(key, height))
      return ec::occupied;
    if (!is_reserved(key, height))
      return ec::not_reserved;
    slots[{key, height}] = value;
    return std::nullopt;
  }

  std::optional<ec> unreserve(int key, std::uint64_t height) {
    if (!is_reserved(key, height))
      return ec::not_reserved;
    slots.erase({key, height});
    return std::nullopt;
  }

  /// The height that makes a read wait, if one does.
  [[nodiscard]] std::optional<std::uint64_t> blocking(int key, std::uint64_t height) const {
    for (std::uint64_t below = 0; below < height; ++below)
      if (below > watermark || is_reserved(key, below))
        return below;
    return std::nullopt;
  }

  [[nodiscard]] cell_value read(int key, std::uint64_t height) const {
    for (auto below = height; below-- > 0;)
      if (is_written(key, below))
        return slots.at({key, below});
    return std::nullopt;
  }

  void collect() {
    auto reach = watermark < keep ? 0 : watermark - keep;
    for (const auto& [slot, value] : slots)
      if (!value)
        reach = std::min(reach, slot.second);
    horizon = std::max(horizon, reach);
    std::erase_if(calls, [this](const auto& one) { return one.second.height < horizon; });
  }

  /// The height that a repetition is answered with; nothing: it is none.
  [[nodiscard]] result<std::optional<std::uint64_t>> answered_before(const std::string& operation,
                                                                     cell_call call) const {
    const auto known = calls.find(operation);
    if (known == calls.end())
      return std::nullopt;
    if (call.what == cell_call::kind::advance_watermark)
      call.height = std::max(call.height, known->second.height);
    if (call != known->second)
      return fail(ec::invalid_argument, "");
    return call.height;
  }

  /// Can a read at the horizon or above it still see this slot, or may it come to have a value? So
  /// all from the horizon on, and the newest version below.
  [[nodiscard]] bool is_needed(int key, std::uint64_t height) const {
    const auto next = slots.upper_bound({key, height});
    return height >= horizon || next == slots.end() || next->first.first != key
           || next->first.second >= horizon;
  }

  [[nodiscard]] cell_contents needed() const {
    cell_contents contents{watermark, horizon, {}, calls};
    for (const auto& [slot, value] : slots)
      if (is_needed(slot.first, slot.second))
        contents.cells[{{std::to_string(slot.first)}}][slot.second] = value;
    return contents;
  }
};

/// One step of a random run.
struct command {
  enum class kind { reserve, write, unreserve, advance, read, expire, commit, lose, restart };
  kind what = kind::reserve;
  int key = 0;
  std::uint64_t height = 0;
  /// Empty: none.
  std::string operation;
};

std::ostream& operator<<(std::ostream& out, const command& one) {
  constexpr const char* names[] = {"reserve", "write",  "unreserve", "advance", "read",
                                   "expire",  "commit", "lose",      "restart"};
  return out << names[static_cast<std::size_t>(one.what)] << " " << one.key << "@" << one.height
             << " " << one.operation;
}

void showValue(const command& one, std::ostream& out) { out << one; }

rc::Gen<command> any_command() {
  using kind = command::kind;
  return rc::gen::apply(
      [](kind what, int key, std::uint64_t height, int operation) {
        // A watermark that moves fast leaves nothing to do.
        return command{what, key, what == kind::advance ? height / 2 : height,
                       operation < 10 ? std::string{} : std::to_string(operation)};
      },
      rc::gen::weightedElement<kind>({{20, kind::reserve},
                                      {20, kind::write},
                                      {6, kind::unreserve},
                                      {6, kind::advance},
                                      {20, kind::read},
                                      {2, kind::expire},
                                      {8, kind::commit},
                                      {2, kind::lose},
                                      {1, kind::restart}}),
      rc::gen::inRange(0, 3), rc::gen::inRange<std::uint64_t>(0, 25), rc::gen::inRange(0, 30));
}

/// Runs commands on cells as an actor would, and compares them with the naive ones all the time.
class comparison {
public:
  explicit comparison(std::uint64_t keep) : options_{keep}, cells_(options_) {
    wanted_.keep = keep;
    durable_ = wanted_;
  }

  void run(const command& one) {
    using kind = command::kind;
    const cell_key key{{std::to_string(one.key)}};
    switch (one.what) {
    case kind::reserve:
      if (is_repeated(one, {cell_call::kind::reserve, key, one.height}))
        return;
      agree(cells_.reserve(key, one.height), wanted_.reserve(one.key, one.height), one,
            {cell_call::kind::reserve, key, one.height});
      check_answers({});
      return;
    case kind::write: {
      if (is_repeated(one, {cell_call::kind::write, key, one.height}))
        return;
      const term value{++values_};
      agree(cells_.write(key, value, one.height), wanted_.write(one.key, one.height, value), one,
            {cell_call::kind::write, key, one.height});
      check_answers(reads_.slot_closed(cells_, key, one.height));
      return;
    }
    case kind::unreserve:
      if (is_repeated(one, {cell_call::kind::unreserve, key, one.height}))
        return;
      agree(cells_.unreserve(key, one.height), wanted_.unreserve(one.key, one.height), one,
            {cell_call::kind::unreserve, key, one.height});
      check_answers(reads_.slot_closed(cells_, key, one.height));
      return;
    case kind::advance: {
      if (is_repeated(one, {cell_call::kind::advance_watermark, {}, one.height}))
        return;
      const auto change = must(cells_.advance_watermark(one.height));
      RC_ASSERT(change.has_value() == (one.height > wanted_.watermark));
      if (change)
        staged_.push_back(*change);
      wanted_.watermark = std::max(wanted_.watermark, one.height);
      remember(one, {cell_call::kind::advance_watermark, {}, wanted_.watermark});
      check_answers(reads_.watermark_moved(cells_));
      return;
    }
    case kind::read:
      read(one.key, key, one.height);
      return;
    case kind::expire:
      expire();
      return;
    case kind::commit:
      commit(one.height);
      return;
    case kind::lose:
      load();
      check_answers(reads_.cells_replaced(cells_));
      return;
    case kind::restart:
      load();
      reads_ = {};
      waiting_.clear();
      return;
    }
  }

private:
  void agree(const result<cell_change>& done, std::optional<ec> wanted, const command& asked,
             const cell_call& call) {
    RC_ASSERT(done.has_value() == !wanted);
    if (!done) {
      RC_ASSERT(done.error().code == *wanted);
      return;
    }
    staged_.push_back(*done);
    remember(asked, call);
  }

  /// A repetition, or the operation id of another call, is not made.
  bool is_repeated(const command& asked, const cell_call& call) const {
    const auto before = cells_.answered_before(asked.operation, call);
    const auto wanted = wanted_.answered_before(asked.operation, call);
    RC_ASSERT(before.has_value() == wanted.has_value());
    if (before)
      RC_ASSERT(*before == *wanted);
    else
      RC_ASSERT(before.error().code == wanted.error().code);
    return !before || before->has_value();
  }

  void remember(const command& asked, const cell_call& call) {
    if (asked.operation.empty())
      return;
    staged_.push_back(cells_.remember(asked.operation, call));
    wanted_.calls.emplace(asked.operation, call);
  }

  void read(int key, const cell_key& name, std::uint64_t height) {
    const auto answer = cells_.read(name, height);
    if (height == 0 || height < wanted_.horizon) {
      RC_ASSERT(!answer);
      RC_ASSERT(answer.error().code
                == (height == 0 ? ec::invalid_argument : ec::version_collected));
      return;
    }
    RC_ASSERT(answer.has_value());
    const auto blocking = wanted_.blocking(key, height);
    if (!blocking) {
      RC_ASSERT(std::get<cell_value>(*answer) == wanted_.read(key, height));
      return;
    }
    const auto block = std::get<read_block>(*answer);
    RC_ASSERT(block.height == *blocking);
    RC_ASSERT(block.reserved == wanted_.is_reserved(key, *blocking));
    reads_.add(++last_id_, name, height, block);
    waiting_[last_id_] = {key, height};
  }

  /// All reads that are certain now are answered, in order, and no others.
  void check_answers(const std::vector<answered_read>& answered) {
    std::vector<std::pair<std::uint64_t, cell_value>> told;
    for (const auto& one : answered)
      told.emplace_back(one.id, must(one.value));
    std::vector<std::pair<std::uint64_t, cell_value>> wanted;
    for (const auto& [id, read] : waiting_)
      if (!wanted_.blocking(read.first, read.second))
        wanted.emplace_back(id, wanted_.read(read.first, read.second));
    for (const auto& [id, value] : wanted)
      waiting_.erase(id);
    RC_ASSERT(told == wanted);
    RC_ASSERT(reads_.size() == waiting_.size());
  }

  void expire() {
    if (waiting_.empty())
      return;
    const auto [id, read] = *waiting_.begin();
    waiting_.erase(id);
    const auto why = reads_.expire(cells_, id);
    RC_ASSERT(why.has_value());
    RC_ASSERT(why->code == ec::read_blocked);
    const auto blocking = static_cast<std::int64_t>(*wanted_.blocking(read.first, read.second));
    RC_ASSERT(why->context.at("blocking_height") == term{blocking});
  }

  void commit(std::uint64_t most) {
    wanted_.collect();
    if (most % 4 != 0)
      most = 1'000;
    // In parts, all of which belong to one commit.
    for (;;) {
      auto before = cells_.horizon();
      const auto changes = cells_.collect(most);
      staged_.insert(staged_.end(), changes.begin(), changes.end());
      RC_ASSERT(cells_.horizon() <= wanted_.horizon);
      if (cells_.horizon() == before)
        break;
    }
    RC_ASSERT(cells_.horizon() == wanted_.horizon);
    for (const auto& change : staged_)
      stored_.apply(change);
    staged_.clear();
    durable_ = wanted_;
    RC_ASSERT(stored_ == cells_.contents());
    RC_ASSERT(stored_ == wanted_.needed());
    std::size_t slots = 0;
    for (const auto& [key, own] : stored_.cells)
      slots += own.size();
    RC_ASSERT(slots == cells_.version_count() + cells_.reservation_count());
  }

  /// The commit failed, or the process was killed.
  void load() {
    staged_.clear();
    cells_ = shard_cells{stored_, options_};
    wanted_ = durable_;
    RC_ASSERT(stored_ == cells_.contents());
  }

  cell_options options_;
  shard_cells cells_;
  waiting_reads reads_;
  std::vector<cell_change> staged_;
  cell_contents stored_;

  naive_cells wanted_;
  naive_cells durable_;
  std::map<std::uint64_t, std::pair<int, std::uint64_t>> waiting_;
  std::uint64_t last_id_ = 0;
  std::int64_t values_ = 0;
};

} // namespace

TEST_CASE("cells do what cells do that keep every version", "[cells]") {
  const auto ran = rc::check([] {
    const auto keep = *rc::gen::inRange<std::uint64_t>(0, 6);
    const auto commands =
        *rc::gen::resize(200, rc::gen::container<std::vector<command>>(any_command()));
    comparison run{keep};
    for (const auto& one : commands)
      run.run(one);
  });
  CHECK(ran);
}
