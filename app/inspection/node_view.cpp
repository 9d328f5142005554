#include "app/inspection/node_view.hpp"

#include "persistence/store_lock.hpp"

namespace lockstep {

result<std::unique_ptr<node_view>> open_view(const view_options& options) {
  if (options.connect)
    return open_live_view(*options.connect);
  const auto& folder = options.configuration.store_dir;
  const auto holder = store_lock::holder(folder);
  if (!holder)
    return open_stored_view(options.configuration);
  if (!holder->address.empty())
    return open_live_view(holder->address);
  return fail(ec::unavailable, "process " + holder->process + " has the store " + folder.string()
                                   + " open and listens on no port; start that node with --port");
}

} // namespace lockstep
