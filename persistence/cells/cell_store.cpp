#include "persistence/cells/cell_store.hpp"

#include "model/term/term_text.hpp"

namespace lockstep {

term keyed_shard_name(const term& node_id, const shard_key& key) {
  return term::tuple({node_id, term::tuple({atom{"shard"}, to_term(key)})});
}

tl::unexpected<failure> shard_not_in_key_map(const term& node_id, const shard_key& key) {
  return fail(ec::shard_not_found,
              "shard " + to_text(key) + " is not in the key map of " + to_text(node_id)
                  + "; start the shard first",
              {{"shard", to_term(key)}});
}

tl::unexpected<failure> shard_in_key_map(const term& node_id, const shard_key& key) {
  return fail(ec::already_started,
              "shard " + to_text(key) + " is in the key map of " + to_text(node_id) + " already",
              {{"shard", to_term(key)}, {"name", keyed_shard_name(node_id, key)}});
}

tl::unexpected<failure> another_strategy(const term& node_id, const std::string& stored,
                                         const std::string& wanted) {
  return fail(ec::invalid_configuration,
              "the keyed shards of " + to_text(node_id) + " were first started with strategy "
                  + stored + ", and " + wanted
                  + " would look for their cells elsewhere; start them with " + stored);
}

} // namespace lockstep
