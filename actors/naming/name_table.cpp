#include "actors/naming/name_table.hpp"

#include "model/term/term_pattern.hpp"

#include <memory>
#include <string>
#include <utility>

namespace lockstep {

std::uint64_t name_changes::make(name_change::kind what, const term& key,
                                 const caf::strong_actor_ptr& holder, const term& value) {
  // The change keeps its actor alive, so none is destroyed while a copy is being changed.
  made_.push_back({what, key, holder, value, names_.version() + 1});
  names_.apply(made_.back());
  return names_.version();
}

result<caf::strong_actor_ptr> name_table::lookup_since(const term& key,
                                                       std::uint64_t version) const {
  const auto packed = pack(key);
  return names_.read([&](const name_index& names) -> result<caf::strong_actor_ptr> {
    if (names.version() < version)
      return fail(ec::unavailable,
                  "the names are at version " + std::to_string(names.version())
                      + " and not at version " + std::to_string(version) + " yet; try again",
                  {{"version", static_cast<std::int64_t>(names.version())}});
    return caf::strong_actor_ptr{names.holder(key, packed)};
  });
}

std::vector<registration> name_table::find(const term& key) const { return match(key, atom{"_"}); }

std::size_t name_table::dispatch(const term& key, const caf::message& content) const {
  const auto holders = find(key);
  for (const auto& one : holders)
    one.holder->enqueue(nullptr, caf::make_message_id(), content, nullptr);
  return holders.size();
}

std::vector<term> name_table::keys(const caf::strong_actor_ptr& holder) const {
  return names_.read([&](const name_index& names) { return names.names_of(holder); });
}

std::vector<term> name_table::values(const term& key, const caf::strong_actor_ptr& holder) const {
  return names_.read([&](const name_index& names) {
    const auto* found = names.find(key, holder);
    return found == nullptr ? std::vector<term>{} : std::vector<term>{found->value};
  });
}

std::size_t name_table::count() const {
  return names_.read([](const name_index& names) { return names.count(); });
}

std::vector<registration> name_table::match(const term& key, const term& pattern) const {
  return names_.read([&](const name_index& names) {
    std::vector<registration> holders;
    names.for_each_holder(key, [&](const registration& one) {
      if (matches(pattern, one.value))
        holders.push_back(one);
    });
    return holders;
  });
}

std::vector<named_registration> name_table::select(
    const std::function<bool(const term& name, const registration& entry)>& chosen) const {
  return names_.read([&](const name_index& names) {
    std::vector<named_registration> selected;
    for (const auto& name : names.names())
      names.for_each_holder(name, [&](const registration& one) {
        if (chosen(name, one))
          selected.push_back({name, one});
      });
    return selected;
  });
}

std::vector<term> name_table::keys_page(const std::optional<term>& after, std::size_t limit) const {
  return names_.read([&](const name_index& names) {
    std::vector<term> page;
    auto next = after ? names.names().upper_bound(*after) : names.names().begin();
    for (; next != names.names().end() && page.size() < limit; ++next)
      page.push_back(*next);
    return page;
  });
}

std::optional<term> name_table::meta(const term& key) const {
  return names_.read([&](const name_index& names) {
    const auto* found = names.meta(key);
    return found == nullptr ? std::nullopt : std::optional{*found};
  });
}

std::uint64_t name_table::version() const {
  return names_.read([](const name_index& names) { return names.version(); });
}

registry_actor name_table::registry() const {
  std::lock_guard guard{mutex_};
  return registry_;
}

void name_table::take_over(registry_actor registry) {
  const name_change clear{name_change::kind::clear, {}, nullptr, {}, version() + 1};
  names_.write([clear](name_index& names) { names.apply(clear); });
  std::lock_guard guard{mutex_};
  registry_ = std::move(registry);
}

bool name_table::try_change(const std::function<void(name_changes&)>& make) {
  auto* hidden = names_.hidden();
  if (hidden == nullptr)
    return false;
  auto changes = std::make_shared<name_changes>(*hidden);
  make(*changes);
  if (!changes->made().empty())
    names_.show([changes](name_index& other) {
      for (const auto& one : changes->made())
        other.apply(one);
    });
  return true;
}

} // namespace lockstep
