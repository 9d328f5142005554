#include "actors/naming/name_index.hpp"

namespace lockstep {

void name_index::apply(const name_change& change) {
  switch (change.what) {
  case name_change::kind::assign:
    assign(change);
    break;
  case name_change::kind::withdraw:
    withdraw(change);
    break;
  case name_change::kind::update:
    *find(change.key, change.holder) = {change.holder, change.value, change.version};
    break;
  case name_change::kind::put_meta:
    meta_[change.key] = change.value;
    break;
  case name_change::kind::clear:
    *this = {};
    break;
  }
  version_ = change.version;
}

void name_index::assign(const name_change& change) {
  auto& named = names_[change.key];
  registration added{change.holder, change.value, change.version};
  if (named.first.holder) {
    named.others.emplace(change.version, std::move(added));
  } else {
    named.first = std::move(added);
    named.since = change.version;
    names_.set_word(change.key, change.holder.get());
    ordered_.insert(change.key);
  }
  by_holder_[change.holder.get()].emplace(change.key, change.version);
  ++count_;
}

void name_index::withdraw(const name_change& change) {
  auto holder = by_holder_.find(change.holder.get());
  auto name = holder->second.find(change.key);
  auto& named = *names_.find(change.key);
  if (named.since != name->second) {
    named.others.erase(name->second);
  } else if (!named.others.empty()) {
    auto next = named.others.extract(named.others.begin());
    named.since = next.key();
    named.first = std::move(next.mapped());
    names_.set_word(change.key, named.first.holder.get());
  } else {
    names_.erase(change.key);
    ordered_.erase(change.key);
  }
  holder->second.erase(name);
  if (holder->second.empty())
    by_holder_.erase(holder);
  --count_;
}

const registration* name_index::find(const term& key, const caf::strong_actor_ptr& holder) const {
  const auto has = by_holder_.find(holder.get());
  if (has == by_holder_.end())
    return nullptr;
  const auto name = has->second.find(key);
  if (name == has->second.end())
    return nullptr;
  const auto* named = names_.find(key);
  return named->since == name->second ? &named->first : &named->others.at(name->second);
}

registration* name_index::find(const term& key, const caf::strong_actor_ptr& holder) {
  return const_cast<registration*>(std::as_const(*this).find(key, holder));
}

std::vector<term> name_index::names_of(const caf::strong_actor_ptr& holder) const {
  std::vector<term> names;
  if (const auto has = by_holder_.find(holder.get()); has != by_holder_.end())
    for (const auto& [name, since] : has->second)
      names.push_back(name);
  return names;
}

} // namespace lockstep
