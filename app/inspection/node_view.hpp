#pragma once

#include "actors/types.hpp"
#include "app/configuration.hpp"
#include "model/failure.hpp"
#include "model/workflow/specification.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lockstep {

/// What there is to see of a node: of a running one through its port, of one that is down in its
/// store, which is only read then but for a release and for keyed shards that are added. Calls
/// block.
class node_view {
public:
  node_view() = default;
  node_view(const node_view&) = delete;
  node_view& operator=(const node_view&) = delete;
  virtual ~node_view() = default;

  /// A part of the instances, from a cursor on; may be empty and yet have a `next`. Errors:
  /// `invalid_argument` for a cursor to a shard that is not there.
  [[nodiscard]] virtual result<instance_listing>
  list(const instance_filter& filter, const listing_cursor& from, std::uint64_t limit) = 0;

  /// Errors: `instance_identifier_not_found`.
  [[nodiscard]] virtual result<instance> get(const term& identifier) = 0;

  /// Where an instance is, or would be. Of a node that is down, what its store says.
  [[nodiscard]] virtual result<whereabouts> where(const term& identifier) = 0;

  /// Does this look at a running node?
  [[nodiscard]] virtual bool is_live() const noexcept = 0;

  // What changes something takes an operation id: a repetition changes nothing and gets the first
  // answer. Empty: none.

  /// @returns whether there was one. Errors: `unavailable` if the node is down.
  [[nodiscard]] virtual result<bool> remove(const term& identifier,
                                            const std::string& operation) = 0;

  /// @returns how many. Errors: `unavailable` if the node is down.
  [[nodiscard]] virtual result<std::uint64_t> remove_all(const instance_filter& filter,
                                                         const std::string& operation) = 0;

  /// The quarantined instances, shard by shard.
  [[nodiscard]] virtual result<std::vector<quarantined_instance>> quarantined() = 0;

  /// Lets requests about a quarantined instance through again; fine if it is not quarantined. Also
  /// in the store of a node that is down, which is locked and written to then. @returns whether it
  /// was quarantined. Errors: `store_failure`, `invalid_argument` for the id of another operation.
  [[nodiscard]] virtual result<bool> release(const term& identifier,
                                             const std::string& operation) = 0;

  /// Merged over the shards, in ascending order of their specifications.
  [[nodiscard]] virtual result<std::vector<implementation_model>> models() = 0;

  /// In ascending order of their names.
  [[nodiscard]] virtual result<std::vector<specification>> specifications() = 0;

  // -- keyed shards ------------------------------------------------------------------------------

  /// Whose there are.
  [[nodiscard]] virtual result<std::vector<term>> keyed_nodes() = 0;

  /// Errors: `invalid_argument` or `not_registered` if there are none of that `node_id`.
  [[nodiscard]] virtual result<keyed_shard_listing> keyed_list(const term& node_id) = 0;

  /// Errors: `shard_not_found`, and as above.
  [[nodiscard]] virtual result<keyed_shard_contents> keyed_contents(const term& node_id,
                                                                    const shard_key& key) = 0;

  /// Starts one more shard; in the store of a node that is down it is only written to the key map.
  /// @returns its name. Errors: `already_started`, `invalid_argument`, and as above.
  [[nodiscard]] virtual result<term> start_keyed(const term& node_id, const new_shard& shard) = 0;
};

/// Where to look.
struct view_options {
  /// `HOST:PORT` of a running node; nothing: the store of the configuration, or the node that has
  /// it open.
  std::optional<std::string> connect;
  lockstep::configuration configuration;
};

/// Opens a view. Errors: `invalid_configuration`, `unavailable`, `store_failure`.
[[nodiscard]] result<std::unique_ptr<node_view>> open_view(const view_options& options);

/// On a running node that listens there.
[[nodiscard]] result<std::unique_ptr<node_view>> open_live_view(const std::string& address);

/// On the store of a node that is down.
[[nodiscard]] result<std::unique_ptr<node_view>> open_stored_view(const configuration& options);

} // namespace lockstep
