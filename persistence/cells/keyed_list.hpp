#pragma once

#include "persistence/cells/cell_schema.hpp"
#include "persistence/sqlite/database.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lockstep::sqlite {

/// How sure it is that a file of keyed shards is there. Part of the format on disk.
enum class keyed_file_state : std::uint8_t {
  /// It is about to be made: it may be missing or empty, since nobody was told yet that anything is
  /// stored in it.
  begun = 0,
  /// It was there when it was written down: it may lack its identity, nothing else.
  found = 1,
  /// It is there, with its identity.
  made = 2
};

/// What a store knows of the file of one `node_id`'s keyed shards.
struct keyed_entry {
  term node_id;
  std::string identity;
  keyed_file_state state = keyed_file_state::begun;

  friend bool operator==(const keyed_entry&, const keyed_entry&) = default;
};

/// The list of the files of keyed shards that a store has ever had, so that one that is lost,
/// emptied or replaced is noticed instead of being made anew. It is `keyed.sqlite` in the store's
/// folder, not in the folder `keyed`: so that is noticed as a whole, too. A file that is put back
/// as it was at an earlier time, such as from a backup, is not noticed.
///
/// The way of a file into use; every step is durable before the next one:
///
///   1. an entry with a new identity: `begun`, or `found` if there is such a file with something in
///      it, from before there was a list
///   2. the file is made with that identity, or gets it
///   3. the entry becomes `made`
///   4. only now can anything be stored in the file
///
/// Killed after 1, the file of `begun` is missing or empty, and is made by the next start: nothing
/// that was in it was ever acknowledged. That of `found` must be there, whatever it holds: it is
/// not this start that brought it. Killed after 2, the file has its identity already, and step 3 is
/// taken. From then on a file that is missing, empty or of another identity is refused.
///
/// The list is made in one transaction with an entry `found` for each file that is there. No file
/// has an identity before that, so a file with one and no list tell of a list that was lost. A file
/// that is not in the list loses nothing: it is taken in with the identity that it has.
class keyed_list {
public:
  /// The list in this database. One that is empty becomes a list of `found`.
  /// @returns the errors of `bring_up_to_date`.
  [[nodiscard]] static result<keyed_list> open(database db, const std::vector<keyed_entry>& found);

  [[nodiscard]] result<std::optional<keyed_entry>> find(const term& node_id);

  /// In the place of the one before; durable when it returns.
  [[nodiscard]] result<void> put(const keyed_entry& entry);

private:
  explicit keyed_list(database db) : db_(std::move(db)) {}
  database db_;
};

/// `keyed.sqlite`
[[nodiscard]] std::filesystem::path keyed_list_file(const std::filesystem::path& folder);

/// What the database lists; nothing if it is empty. Only reads. Errors: those of `read_version`;
/// `store_failure`.
[[nodiscard]] result<std::optional<std::vector<keyed_entry>>> read_keyed_entries(database& db);

/// One that no file has.
[[nodiscard]] std::string new_identity();

/// Is this what the list says of the file? @param label Nothing: the file is empty.
/// @returns `invalid_configuration` if the file is empty, another one's or another one.
[[nodiscard]] result<void> check_listed(const keyed_entry& entry, const std::filesystem::path& file,
                                        const std::optional<cell_label>& label);

/// The `invalid_configuration` for a file of the list that is not there.
[[nodiscard]] tl::unexpected<failure> keyed_file_missing(const keyed_entry& entry,
                                                         const std::filesystem::path& file);

/// Takes a file into use, as above, or goes on where that was interrupted.
/// @param vfs As for `database::open`.
/// @returns its entry, which is `made`. Errors: `invalid_configuration` for a file that is missing,
///          empty or not the one that the list says; those of the list and the file.
[[nodiscard]] result<keyed_entry> take_into_use(keyed_list& list, const term& node_id,
                                                const std::filesystem::path& file,
                                                const std::string& vfs = {});

/// Opens a file that is in use. Errors: as above.
[[nodiscard]] result<database> open_in_use(const keyed_entry& entry,
                                           const std::filesystem::path& file,
                                           const std::string& vfs = {});

} // namespace lockstep::sqlite
