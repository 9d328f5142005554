#include "persistence/cells/keyed_files.hpp"

#include "model/term/external_term_format.hpp"
#include "model/term/term_text.hpp"
#include "persistence/system_advice.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace lockstep::sqlite {

namespace {

namespace fs = std::filesystem;

constexpr const char* folder_name = "keyed";
constexpr const char* file_suffix = ".sqlite";

/// File systems take 255 bytes, with the suffixes of the engine's files beside it.
constexpr std::size_t longest_name = 200;
constexpr std::size_t kept_of_longer = 150;

constexpr std::string_view digits = "0123456789ABCDEF";

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view plain =
      "_-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string encoded;
  for (const char byte : text) {
    const auto number = static_cast<unsigned char>(byte);
    if (plain.find(byte) != std::string_view::npos)
      encoded += byte;
    else
      encoded.append({'%', digits[number >> 4U], digits[number & 15U]});
  }
  return encoded;
}

/// FNV-1a of 64 bits, in hexadecimal digits. Part of the format on disk.
std::string hash_text(std::string_view bytes) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char byte : bytes)
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3U;
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4)
    text += digits[(hash >> static_cast<unsigned>(shift)) & 15U];
  return text;
}

/// The text of which this is the percent-encoded one; nothing for what is none.
std::optional<std::string> percent_decoded(std::string_view encoded) {
  std::string text;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '%') {
      text += encoded[i];
      continue;
    }
    const auto high = i + 2 < encoded.size() ? digits.find(encoded[i + 1]) : digits.npos;
    const auto low = i + 2 < encoded.size() ? digits.find(encoded[i + 2]) : digits.npos;
    if (high == digits.npos || low == digits.npos)
      return std::nullopt;
    text += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return text;
}

/// No percent-encoded text has a `~`, so the two kinds of names never meet.
std::string name_of(const term& node_id) {
  auto name = percent_encoded(to_text(node_id));
  if (name.size() > longest_name)
    name = name.substr(0, kept_of_longer) + "~" + hash_text(encode_etf(node_id));
  return name;
}

} // namespace

fs::path keyed_file(const fs::path& folder, const term& node_id) {
  return folder / folder_name / (name_of(node_id) + file_suffix);
}

result<std::vector<fs::path>> keyed_files(const fs::path& folder) {
  const auto keyed = folder / folder_name;
  std::vector<fs::path> files;
  std::error_code error;
  if (!fs::exists(keyed, error) && !error)
    return files;
  fs::directory_iterator entries{keyed, error};
  for (; !error && entries != fs::directory_iterator{}; entries.increment(error))
    if (std::error_code none;
        entries->path().extension() == file_suffix && entries->is_regular_file(none))
      files.push_back(entries->path());
  if (error)
    return fail(ec::store_failure, "cannot read the folder " + keyed.string() + ": "
                                       + error.message() + "; "
                                       + system_advice(error, "choose another store-dir"));
  std::ranges::sort(files);
  return files;
}

bool may_be_keyed_file(const fs::path& file) {
  const auto name = file.stem().string();
  if (name.find('~') != std::string::npos)
    return name.size() == kept_of_longer + 17 && name[kept_of_longer] == '~';
  const auto text = percent_decoded(name);
  const auto node_id = text ? parse_term(*text) : result<term>{fail(ec::invalid_term, "none")};
  return node_id && name_of(*node_id) == name;
}

} // namespace lockstep::sqlite
