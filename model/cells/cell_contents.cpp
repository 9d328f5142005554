#include "model/cells/cell_contents.hpp"

#include <algorithm>

namespace lockstep {

namespace {

/// Applies one kind of change each.
struct application {
  cell_contents& contents;

  void operator()(const reserve_slot& change) const {
    contents.cells[change.key].try_emplace(change.height);
  }

  void operator()(const write_slot& change) const {
    contents.cells[change.key][change.height] = change.value;
  }

  void operator()(const free_slot& change) const {
    erase(change.key, change.height, change.height + 1);
  }

  void operator()(const drop_versions& change) const { erase(change.key, 0, change.below); }

  void operator()(const set_marks& change) const {
    contents.watermark = std::max(contents.watermark, change.watermark);
    if (change.horizon <= contents.horizon)
      return;
    contents.horizon = change.horizon;
    std::erase_if(contents.calls,
                  [&](const auto& one) { return one.second.height < contents.horizon; });
  }

  void operator()(const remember_call& change) const {
    contents.calls.try_emplace(change.operation_id, change.call);
  }

private:
  void erase(const cell_key& key, std::uint64_t from, std::uint64_t end) const {
    const auto found = contents.cells.find(key);
    if (found == contents.cells.end())
      return;
    auto& slots = found->second;
    slots.erase(slots.lower_bound(from), slots.lower_bound(end));
    if (slots.empty())
      contents.cells.erase(found);
  }
};

} // namespace

void cell_contents::apply(const cell_change& change) { std::visit(application{*this}, change); }

} // namespace lockstep
