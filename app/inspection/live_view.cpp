#include "actors/instance_manager.hpp"
#include "actors/keyed/keyed_shards.hpp"
#include "app/inspection/node_view.hpp"
#include "model/term/term_text.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>

#include <charconv>
#include <utility>

namespace lockstep {

namespace {

/// An actor system that talks to other nodes.
struct client {
  caf::actor_system_config config;
  std::optional<caf::actor_system> system;

  client() {
    config.load<caf::io::middleman>();
    config.set("caf.scheduler.max-threads", 1);
    system.emplace(config);
  }
};

class live_view final : public node_view {
public:
  live_view(std::unique_ptr<client> own, instance_manager manager)
      : client_(std::move(own)), manager_(std::move(manager)) {}

  result<instance_listing> list(const instance_filter& filter, const listing_cursor& from,
                                std::uint64_t limit) override {
    return manager_.list(filter, from, limit);
  }
  result<instance> get(const term& identifier) override { return manager_.get(identifier); }
  result<whereabouts> where(const term& identifier) override { return manager_.where(identifier); }
  [[nodiscard]] bool is_live() const noexcept override { return true; }
  result<bool> remove(const term& identifier, const std::string& operation) override {
    return manager_.remove(identifier, operation);
  }
  result<std::uint64_t> remove_all(const instance_filter& filter,
                                   const std::string& operation) override {
    return manager_.remove_all(filter, operation);
  }
  result<std::vector<quarantined_instance>> quarantined() override {
    return manager_.quarantined();
  }
  result<bool> release(const term& identifier, const std::string& operation) override {
    return manager_.release(identifier, operation);
  }
  result<std::vector<implementation_model>> models() override { return manager_.models(); }
  result<std::vector<specification>> specifications() override { return manager_.specifications(); }

  result<std::vector<term>> keyed_nodes() override { return manager_.keyed_nodes(); }
  result<keyed_shard_listing> keyed_list(const term& node_id) override {
    return keyed(node_id).and_then([](const keyed_shards& shards) { return shards.list(); });
  }
  result<keyed_shard_contents> keyed_contents(const term& node_id, const shard_key& key) override {
    return keyed(node_id).and_then(
        [&](const keyed_shards& shards) { return shards.contents(key); });
  }
  result<term> start_keyed(const term& node_id, const new_shard& shard) override {
    return keyed(node_id).and_then([&](const keyed_shards& shards) {
      return shards.start_shard(shard.key, shard.initial_value, shard.operation_id);
    });
  }

private:
  result<keyed_shards> keyed(const term& node_id) {
    return keyed_shards::connect(*client_->system, manager_, node_id).map_error([&](failure why) {
      if (why.code == ec::not_registered)
        why.message = "the node has no keyed shards of " + to_text(node_id)
                      + "; lockstep shards list shows those that there are";
      return why;
    });
  }

  // In this order: the handle goes before its system.
  std::unique_ptr<client> client_;
  instance_manager manager_;
};

} // namespace

result<std::unique_ptr<node_view>> open_live_view(const std::string& address) {
  const auto colon = address.rfind(':');
  const auto host = address.substr(0, colon);
  std::uint16_t port = 0;
  if (colon != std::string::npos) {
    const auto* end = address.data() + address.size();
    auto [rest, error] = std::from_chars(address.data() + colon + 1, end, port);
    if (error != std::errc{} || rest != end)
      port = 0;
  }
  if (host.empty() || port == 0)
    return fail(ec::invalid_configuration,
                "\"" + address
                    + "\" is no address of a node; write HOST:PORT, such as "
                      "127.0.0.1:4242");
  auto own = std::make_unique<client>();
  // A node that listens everywhere is reached here.
  auto reached = host == "0.0.0.0" ? std::string("127.0.0.1") : host == "::" ? "::1" : host;
  auto manager = instance_manager::connect(*own->system, reached, port);
  if (!manager)
    return tl::unexpected(manager.error());
  return std::make_unique<live_view>(std::move(own), std::move(*manager));
}

} // namespace lockstep
