#include "actors/declared_specifications.hpp"

#include <utility>

namespace lockstep {

void declared_specifications::add(std::shared_ptr<const specification> spec,
                                  const std::string& operation_id) {
  const std::lock_guard lock{mutex_};
  if (!operation_id.empty() && !operations_.insert(operation_id).second)
    return;
  auto name = spec->name();
  specifications_.insert_or_assign(std::move(name), std::move(spec));
}

std::shared_ptr<const specification_catalog>
declared_specifications::over(const specification_catalog& configured) const {
  auto all = std::make_shared<specification_catalog>(configured);
  const std::lock_guard lock{mutex_};
  for (const auto& [name, spec] : specifications_)
    all->insert_or_assign(name, spec);
  return all;
}

} // namespace lockstep
