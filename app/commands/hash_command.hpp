#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace lockstep {

/// What `lockstep hash` was asked to do.
struct hash_options {
  /// Texts of terms; if there are none, every line of the input is one.
  std::vector<std::string> terms;
  /// How they are written: `term`, `json` or `etf-base64`.
  std::string format = "term";
  /// 1 to 2^32: numbers are from 0 to `range` - 1.
  std::uint64_t range = std::uint64_t{1} << 27;
  /// Given: print the shard, of 1 to so many, instead of the hash; at most 1024.
  std::optional<std::uint32_t> shards = std::nullopt;
  /// How the shard is found: `modulo`, `rendezvous` or `ring`.
  std::string routing = "modulo";
};

/// Prints the phash2 of each term, or its shard, on a line of its own, as far as they can be read.
/// @returns the exit status: 0, or 2 after one sentence on `err` that says which term is wrong
[[nodiscard]] int run_hash(const hash_options& options, std::istream& in, std::ostream& out,
                           std::ostream& err);

/// Registers `hash` with the command line. When it is parsed, the command runs on the standard
/// streams and sets `status`, which must outlive `root`.
void add_hash_command(CLI::App& root, int& status);

} // namespace lockstep
