#pragma once

#include "actors/interfaces.hpp"
#include "actors/keyed/keyed_options.hpp"
#include "actors/supervision/supervisor.hpp"
#include "model/failure.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace lockstep {

/// Makes the shards that run those of the key map. Belongs to the front and runs within it.
class key_map_repair {
public:
  /// How a shard is started.
  using child_function = std::function<std::shared_ptr<const child_spec>(const shard_key&)>;
  /// Hears the first thing that went wrong.
  using done_function = std::function<void(const std::optional<failure>&)>;

  key_map_repair(keyed_shards_actor::pointer self,
                 std::shared_ptr<const keyed_shards_options> options, supervisor_actor supervisor,
                 child_function child_of);

  /// Starts the shards that are missing and waits until they have their cells; ends those that are
  /// too many. Then calls `done`, once. Errors: `failed_to_start_initial_child` with the `key`;
  /// those of the supervisor.
  void run(const std::set<shard_key>& listed, done_function done);

private:
  /// What is under way, and the first thing that went wrong. The beginning counts as one.
  struct repairs {
    done_function done;
    std::size_t missing = 1;
    std::optional<failure> first_error;
  };
  using shared_repairs = std::shared_ptr<repairs>;

  void compare(const std::set<shard_key>& listed, const std::vector<child_info>& there,
               const shared_repairs& begun);
  static void repaired(const shared_repairs& begun);
  static void failed(const shared_repairs& begun, failure reason);
  void start_listed(const shard_key& key, const shared_repairs& begun, int retries);
  /// Until the shard has its cells; one that crashes in between is started again.
  void wait_for(const shard_key& key, const shared_repairs& begun, int retries);
  void wait_longer(const shard_key& key, const shared_repairs& begun, int retries);
  void stop_unlisted(const std::string& id, const shared_repairs& begun);
  [[nodiscard]] term name_of(const shard_key& key) const;
  [[nodiscard]] failure initial_child_failed(const shard_key& key, const failure& reason) const;

  keyed_shards_actor::pointer self_;
  std::shared_ptr<const keyed_shards_options> options_;
  supervisor_actor supervisor_;
  child_function child_of_;
};

} // namespace lockstep
