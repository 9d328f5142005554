#include "persistence/sqlite/names.hpp"

namespace lockstep::sqlite {

result<names> names::load(database& db) {
  names loaded;
  loaded.db_ = &db;
  auto insert = db.prepare("INSERT INTO name (text) VALUES (?1)");
  if (!insert)
    return tl::unexpected(insert.error());
  loaded.insert_ = std::move(*insert);
  auto all = db.prepare("SELECT id, text FROM name");
  if (!all)
    return tl::unexpected(all.error());
  loaded.texts_.emplace(0, "");
  for (;;) {
    auto row = all->next();
    if (!row)
      return tl::unexpected(row.error());
    if (!*row)
      return loaded;
    loaded.numbers_.emplace(all->text(1), all->number(0));
    loaded.texts_.emplace(all->number(0), all->text(1));
  }
}

result<std::int64_t> names::number_of(std::string_view name) {
  if (name.empty())
    return 0;
  if (auto known = numbers_.find(name); known != numbers_.end())
    return known->second;
  std::string text{name};
  if (auto inserted = insert_.bind(name).run(); !inserted)
    return tl::unexpected(inserted.error());
  auto number = db_->last_insert_rowid();
  new_.push_back(number);
  texts_.emplace(number, text);
  numbers_.emplace(std::move(text), number);
  return number;
}

const std::string& names::name_of(std::int64_t number) const {
  static const std::string none;
  auto found = texts_.find(number);
  return found == texts_.end() ? none : found->second;
}

void names::forget_new() {
  for (auto number : new_)
    if (auto found = texts_.find(number); found != texts_.end()) {
      numbers_.erase(found->second);
      texts_.erase(found);
    }
  new_.clear();
}

} // namespace lockstep::sqlite
