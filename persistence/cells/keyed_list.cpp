#include "persistence/cells/keyed_list.hpp"

#include "model/term/external_term_format.hpp"
#include "model/term/term_text.hpp"

#include <array>
#include <random>
#include <string_view>
#include <system_error>
#include <utility>

namespace lockstep::sqlite {

namespace {

/// "LSTL". Part of the format on disk.
constexpr std::int64_t application_id = 0x4C53544C;

/// Migration n brings a file from version n to n + 1. Part of the format on disk: append only.
///
/// `node_id` is in canonical external term format, `state` a `keyed_file_state`.
constexpr std::array migrations = {
    R"(
    CREATE TABLE keyed_file (
      node_id BLOB PRIMARY KEY,
      identity TEXT NOT NULL,
      state INTEGER NOT NULL
    ) WITHOUT ROWID;
  )",
};

constexpr file_format format{application_id, "a list of a store's keyed shards",
                             "restore it from a backup", migrations};

constexpr std::string_view what_to_do = "; restore it from a backup, or choose another store-dir";

result<void> write(database& db, const keyed_entry& entry) {
  const auto bytes = encode_etf(entry.node_id);
  return db
      .prepare("INSERT INTO keyed_file (node_id, identity, state) VALUES (?1, ?2, ?3) "
               "ON CONFLICT DO UPDATE SET identity = excluded.identity, state = excluded.state")
      .and_then([&](statement insert) {
        return insert
            .bind(statement::blob(bytes), entry.identity, static_cast<std::int64_t>(entry.state))
            .run();
      });
}

result<keyed_entry> read_entry(const statement& row, const std::filesystem::path& file) {
  auto node_id = decode_etf(row.bytes(0));
  const auto state = row.number(2);
  if (!node_id || state < 0 || state > static_cast<std::int64_t>(keyed_file_state::made))
    return fail(ec::store_failure,
                file.string() + " has a damaged entry; restore it from a backup");
  return keyed_entry{std::move(*node_id), row.text(1), static_cast<keyed_file_state>(state)};
}

std::string name_of(const keyed_entry& entry) {
  return "the file of the keyed shards of " + to_text(entry.node_id);
}

tl::unexpected<failure> not_as_listed(const keyed_entry& entry, std::string message) {
  return fail(ec::invalid_configuration, std::move(message), {{"node_id", entry.node_id}});
}

/// Nothing: the file is empty.
result<std::optional<cell_label>> label_of(database& db) {
  return read_version(db, cell_format())
      .and_then([&](std::int64_t version) -> result<std::optional<cell_label>> {
        if (version == 0)
          return std::nullopt;
        return read_cell_label(db).map([](cell_label label) { return std::optional{label}; });
      });
}

/// Nothing: it is not there.
result<std::optional<database>> open_if_there(const std::filesystem::path& file,
                                              const std::string& vfs) {
  auto opened = database::open(file, if_missing::refuse, vfs);
  if (opened)
    return std::optional<database>{std::move(*opened)};
  std::error_code error;
  if (!std::filesystem::exists(file, error) && !error)
    return std::optional<database>{};
  return tl::unexpected(opened.error());
}

/// @param otherwise `create`: the file may be missing.
result<database> open_checked(const keyed_entry& entry, const std::filesystem::path& file,
                              const std::string& vfs, if_missing otherwise) {
  auto opened = otherwise == if_missing::refuse
                    ? open_if_there(file, vfs)
                    : database::open(file, otherwise, vfs).map([](database db) {
                        return std::optional{std::move(db)};
                      });
  if (!opened)
    return tl::unexpected(opened.error());
  if (!*opened)
    return keyed_file_missing(entry, file);
  return label_of(**opened)
      .and_then(
          [&](const std::optional<cell_label>& label) { return check_listed(entry, file, label); })
      .map([&] { return std::move(**opened); });
}

/// The entry of a file that the list does not have.
result<keyed_entry> first_entry(const term& node_id, const std::filesystem::path& file,
                                const std::string& vfs) {
  auto there = open_if_there(file, vfs);
  if (!there)
    return tl::unexpected(there.error());
  auto label = *there ? label_of(**there) : result<std::optional<cell_label>>{std::nullopt};
  if (!label)
    return tl::unexpected(label.error());
  if (!*label)
    return keyed_entry{node_id, new_identity(), keyed_file_state::begun};
  auto identity = (*label)->identity.empty() ? new_identity() : (*label)->identity;
  keyed_entry found{node_id, std::move(identity), keyed_file_state::found};
  // Before the list has it: an entry stays.
  return check_listed(found, file, *label).map([&] { return std::move(found); });
}

} // namespace

result<keyed_list> keyed_list::open(database db, const std::vector<keyed_entry>& found) {
  const auto fill = [&](database& made) -> result<void> {
    for (const auto& entry : found)
      if (auto written = write(made, entry); !written)
        return written;
    return {};
  };
  return bring_up_to_date(db, format, fill).map([&] { return keyed_list{std::move(db)}; });
}

result<std::optional<keyed_entry>> keyed_list::find(const term& node_id) {
  const auto bytes = encode_etf(node_id);
  auto row = db_.prepare("SELECT node_id, identity, state FROM keyed_file WHERE node_id = ?1");
  if (!row)
    return tl::unexpected(row.error());
  return row->bind(statement::blob(bytes))
      .next()
      .and_then([&](bool found) -> result<std::optional<keyed_entry>> {
        if (!found)
          return std::nullopt;
        return read_entry(*row, db_.path()).map([](keyed_entry entry) {
          return std::optional{std::move(entry)};
        });
      });
}

result<void> keyed_list::put(const keyed_entry& entry) { return write(db_, entry); }

std::filesystem::path keyed_list_file(const std::filesystem::path& folder) {
  return folder / "keyed.sqlite";
}

result<std::optional<std::vector<keyed_entry>>> read_keyed_entries(database& db) {
  auto version = read_version(db, format);
  if (!version)
    return tl::unexpected(version.error());
  if (*version == 0)
    return std::nullopt;
  auto rows = db.prepare("SELECT node_id, identity, state FROM keyed_file ORDER BY node_id");
  if (!rows)
    return tl::unexpected(rows.error());
  std::vector<keyed_entry> entries;
  for (;;) {
    auto more = rows->next();
    if (!more)
      return tl::unexpected(more.error());
    if (!*more)
      return entries;
    auto entry = read_entry(*rows, db.path());
    if (!entry)
      return tl::unexpected(entry.error());
    entries.push_back(std::move(*entry));
  }
}

std::string new_identity() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::random_device source;
  std::string text;
  for (int i = 0; i < 32; ++i)
    text += digits[source() % digits.size()];
  return text;
}

result<void> check_listed(const keyed_entry& entry, const std::filesystem::path& file,
                          const std::optional<cell_label>& label) {
  if (!label && entry.state == keyed_file_state::begun)
    return {};
  if (!label)
    return not_as_listed(entry, file.string() + ", " + name_of(entry) + ", is empty"
                                    + std::string(what_to_do));
  if (label->node_id != entry.node_id)
    return not_as_listed(entry, file.string() + " has the keyed shards of "
                                    + to_text(label->node_id) + ", not those of "
                                    + to_text(entry.node_id)
                                    + "; put the files back under their own names");
  const auto may_have_none = entry.state != keyed_file_state::made;
  if (label->identity == entry.identity || (may_have_none && label->identity.empty()))
    return {};
  return not_as_listed(entry, file.string() + ", " + name_of(entry)
                                  + ", is not the one that the store had"
                                  + std::string(what_to_do));
}

tl::unexpected<failure> keyed_file_missing(const keyed_entry& entry,
                                           const std::filesystem::path& file) {
  return not_as_listed(entry, file.string() + ", " + name_of(entry) + ", is missing"
                                  + std::string(what_to_do));
}

result<keyed_entry> take_into_use(keyed_list& list, const term& node_id,
                                  const std::filesystem::path& file, const std::string& vfs) {
  auto known = list.find(node_id);
  if (!known)
    return tl::unexpected(known.error());
  if (*known && (*known)->state == keyed_file_state::made)
    return **known;
  auto entry = *known ? result<keyed_entry>{**known} : first_entry(node_id, file, vfs);
  if (!entry)
    return entry;
  if (!*known)
    if (auto written = list.put(*entry); !written)
      return tl::unexpected(written.error());
  const auto may_be_missing = entry->state == keyed_file_state::begun;
  auto db =
      open_checked(*entry, file, vfs, may_be_missing ? if_missing::create : if_missing::refuse);
  if (!db)
    return tl::unexpected(db.error());
  if (auto ready = prepare_cell_schema(*db, {node_id, entry->identity}); !ready)
    return tl::unexpected(ready.error());
  entry->state = keyed_file_state::made;
  if (auto written = list.put(*entry); !written)
    return tl::unexpected(written.error());
  return entry;
}

result<database> open_in_use(const keyed_entry& entry, const std::filesystem::path& file,
                             const std::string& vfs) {
  return open_checked(entry, file, vfs, if_missing::refuse);
}

} // namespace lockstep::sqlite
