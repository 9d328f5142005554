#include "app/script/keyed_calls.hpp"

#include "app/text_table.hpp"
#include "model/term/term_text.hpp"

#include <algorithm>
#include <chrono>
#include <sstream>

namespace lockstep {

namespace {

constexpr duration read_slice = std::chrono::milliseconds{200};

std::string ids_of(std::span<const keyed_shards> there) {
  std::string ids;
  for (const auto& one : there)
    ids += (ids.empty() ? "" : ", ") + to_text(one.node_id());
  return ids;
}

result<keyed_shards> choose(const std::optional<term>& node, std::span<const keyed_shards> there) {
  if (there.empty())
    return fail(ec::invalid_argument,
                "the node has no keyed shards; name some in the option keyed-shards");
  if (!node && there.size() == 1)
    return there.front();
  if (!node)
    return fail(ec::invalid_argument,
                "there are keyed shards of " + ids_of(there) + "; say whose with node = ID");
  auto found = std::ranges::find(there, *node, &keyed_shards::node_id);
  if (found == there.end())
    return fail(ec::invalid_argument, "there are no keyed shards of " + to_text(*node)
                                          + "; there are those of " + ids_of(there));
  return *found;
}

/// Waits little by little, so that whoever stops the script need not wait for the read.
result<cell_value> read_until(const keyed_shards& shards, const script::read& call,
                              const std::function<bool()>& interrupted) {
  auto left = call.timeout.value_or(default_read_patience);
  for (;;) {
    const auto now = std::min(left, read_slice);
    auto found = shards.read(call.key, call.height, now);
    left -= now;
    if (found || found.error().code != ec::read_blocked || left <= duration::zero()
        || interrupted())
      return found;
  }
}

std::string ok() { return "ok"; }

std::string describe(const cell_value& value) { return value ? to_text(*value) : "absent"; }

std::string at(std::uint64_t height) { return " at " + std::to_string(height); }

} // namespace

result<std::string> execute(const script::reserve& call, std::span<const keyed_shards> there) {
  return choose(call.node, there)
      .and_then([&](const keyed_shards& shards) {
        return shards.reserve(call.key, call.height, call.operation);
      })
      .map(ok);
}

result<std::string> execute(const script::write& call, std::span<const keyed_shards> there) {
  return choose(call.node, there)
      .and_then([&](const keyed_shards& shards) {
        return shards.write(call.key, call.value, call.height, call.operation);
      })
      .map(ok);
}

result<std::string> execute(const script::read& call, std::span<const keyed_shards> there,
                            const std::function<bool()>& interrupted) {
  auto found = choose(call.node, there).and_then([&](const keyed_shards& shards) {
    return read_until(shards, call, interrupted);
  });
  if (!found)
    return tl::unexpected(found.error());
  if (!call.expected)
    return describe(*found);
  if (*found != *call.expected)
    return fail(ec::expectation_failed, to_text(call.key) + " is " + describe(*found) + " below "
                                            + std::to_string(call.height) + ", not "
                                            + describe(*call.expected));
  return "holds: " + describe(*found);
}

result<std::string> execute(const script::unreserve& call, std::span<const keyed_shards> there) {
  return choose(call.node, there)
      .and_then([&](const keyed_shards& shards) {
        return shards.unreserve(call.key, call.height, call.operation);
      })
      .map(ok);
}

result<std::string> execute(const script::advance_watermark& call,
                            std::span<const keyed_shards> there) {
  return choose(call.node, there)
      .and_then([&](const keyed_shards& shards) {
        return shards.advance_watermark(call.key, call.height, call.operation);
      })
      .map([](std::uint64_t watermark) { return "ok, it is " + std::to_string(watermark); });
}

result<std::string> execute(const script::start_shard& call, std::span<const keyed_shards> there) {
  return choose(call.node, there)
      .and_then([&](const keyed_shards& shards) {
        return shards.start_shard(call.key, call.value, call.operation);
      })
      .map([](const term& name) { return "ok, " + to_text(name); });
}

result<std::string> execute(const script::shards& call, std::span<const keyed_shards> there) {
  auto all =
      choose(call.node, there).and_then([](const keyed_shards& shards) { return shards.list(); });
  if (!all)
    return tl::unexpected(all.error());
  std::ostringstream text;
  text << counted(all->shards.size(), "shard") << " of " << to_text(all->node_id) << ", "
       << all->strategy << '\n';
  text_table table{{"shard", "state", "restarts"}};
  for (const auto& one : all->shards)
    table.add({to_text(one.key),
               one.parked    ? "parked"
               : one.running ? "running"
                             : "starting",
               std::to_string(one.restarts)});
  if (!all->shards.empty())
    table.print(text, "       ");
  auto lines = text.str();
  lines.pop_back();
  return lines;
}

std::string title_of(const script::reserve& call) {
  return "reserve " + to_text(call.key) + at(call.height);
}

std::string title_of(const script::write& call) {
  return "write " + to_text(call.key) + at(call.height);
}

std::string title_of(const script::read& call) {
  return "read " + to_text(call.key) + " below " + std::to_string(call.height);
}

std::string title_of(const script::unreserve& call) {
  return "unreserve " + to_text(call.key) + at(call.height);
}

std::string title_of(const script::advance_watermark& call) {
  return "advance the watermark of " + to_text(call.key) + " to " + std::to_string(call.height);
}

std::string title_of(const script::start_shard& call) { return "start shard " + to_text(call.key); }

std::string title_of(const script::shards&) { return "shards"; }

} // namespace lockstep
