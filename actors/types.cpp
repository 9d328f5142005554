#include "actors/types.hpp"

#include <caf/init_global_meta_objects.hpp>
#include <caf/io/middleman.hpp>

namespace lockstep {

void make_types_known() {
  [[maybe_unused]] static const bool are_known = [] {
    caf::init_global_meta_objects<caf::id_block::lockstep>();
    caf::io::middleman::init_global_meta_objects();
    caf::core::init_global_meta_objects();
    return true;
  }();
}

} // namespace lockstep
