#include "persistence/cells/cell_rows.hpp"

#include "model/term/external_term_format.hpp"

namespace lockstep::sqlite {

std::string bytes_of(const binary_list& key) { return encode_etf(to_term(key)); }

result<binary_list> read_key(const database& db, std::string_view bytes,
                             const std::function<std::string()>& where) {
  auto key = decode_etf(bytes).and_then(&to_binary_list);
  if (!key)
    return damaged(db, "key", key.error().message, where());
  return key;
}

tl::unexpected<failure> damaged(const database& db, std::string_view what, const std::string& why,
                                const std::string& where) {
  return fail(ec::store_failure, db.path().string() + " holds a damaged " + std::string(what)
                                     + " at " + where + " (" + why + "); restore it from a backup");
}

} // namespace lockstep::sqlite
