#pragma once

#include "model/cells/binary_list.hpp"
#include "model/failure.hpp"
#include "model/term/term.hpp"
#include "model/time.hpp"
#include "model/workflow/instance_filter.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <caf/settings.hpp>

namespace lockstep {

/// The calls of a script, one type each. Names in comments are the keys in the file. Those that
/// change something take `operation = TEXT`, too: a call with an operation id that was used before
/// changes nothing and has the first answer.
namespace script {

/// `init = ID, specification = S [, state = S] [, meta = TEXT] [, async = true]`
struct init {
  term identifier;
  std::string specification;
  std::string state;
  term meta = atom{"nil"};
  /// Goes on without waiting; errors go to the error policy only.
  bool async = false;
  std::string operation;
};

/// `transition = ID, action = A, to = S [, async = true]`
struct transition {
  term identifier;
  std::string action;
  std::string to;
  bool async = false;
  std::string operation;
};

/// `mock = ID, specification = S, state = S [, meta = TEXT]`
struct mock {
  term identifier;
  std::string specification;
  std::string state;
  term meta = atom{"nil"};
  std::string operation;
};

/// `get = ID`: prints the instance with its history.
struct get {
  term identifier;
};

/// `list = SPECIFICATION ("" for all) [, state = S] [, idle = "1h"] [, limit = N]`
struct list {
  instance_filter filter;
  std::uint64_t limit = 20;
};

/// `delete = ID`
struct remove {
  term identifier;
  std::string operation;
};

/// `delete-all = SPECIFICATION ("" for all) [, state = S] [, idle = "1h"]`
struct remove_all {
  instance_filter filter;
  std::string operation;
};

/// `declare = FILE`: a specification, new or anew.
struct declare {
  std::string file;
  std::string operation;
};

/// `specifications = true`: those that the node knows.
struct specifications {};

/// `models = true`: prints the implementation models, merged over the shards.
struct models {};

/// `export = FOLDER`: every model as .spex file and as Mermaid diagram.
struct export_models {
  std::string folder;
};

/// `wait = "2s"`
struct wait {
  duration time{};
};

/// `summary = true`: what the shards hold.
struct summary {};

/// `generate = N, specification = S [, prefix = TEXT] [, deviating = PERCENT] [, late = PERCENT]
/// [, seed = N]`: N made-up instances.
struct generate {
  std::uint64_t count = 0;
  std::string specification;
  std::string prefix;
  /// How many of a hundred take a step that the specification does not have.
  std::uint64_t deviating_percent = 0;
  /// How many of a hundred stop half-way.
  std::uint64_t late_percent = 0;
  std::uint64_t seed = 1;
};

/// `expect = ID [, state = S] [, steps = N] [, absent = true]`
struct expect_instance {
  term identifier;
  std::optional<std::string> state;
  std::optional<std::uint64_t> steps;
  bool absent = false;
};

/// `expect-count = "instances" | "steps" | "deviations" | "late", is = N [, specification = S]
/// [, state = S]`
struct expect_count {
  std::string what;
  std::uint64_t is = 0;
  std::string specification;
  std::string state;
};

// Calls about keyed shards. A KEY is a list of texts, or text: `"a/b"` is `["a", "b"]`. With
// `as = "term"` all texts are Erlang terms, keys among them. `node = ID` says whose shards are
// meant, if the node has those of more than one.

/// `reserve = KEY, height = N`
struct reserve {
  std::optional<term> node;
  binary_list key;
  std::uint64_t height = 0;
  std::string operation;
};

/// `write = KEY, value = V, height = N`
struct write {
  std::optional<term> node;
  binary_list key;
  term value;
  std::uint64_t height = 0;
  std::string operation;
};

/// `read = KEY, height = N [, is = V | , absent = true] [, timeout = "1s"]`: the newest value below
/// the height.
struct read {
  std::optional<term> node;
  binary_list key;
  std::uint64_t height = 0;
  /// What it is expected to be; absent if the value within is nothing.
  std::optional<std::optional<term>> expected;
  std::optional<duration> timeout;
};

/// `unreserve = KEY, height = N`
struct unreserve {
  std::optional<term> node;
  binary_list key;
  std::uint64_t height = 0;
  std::string operation;
};

/// `advance-watermark = KEY, height = N`: of the shard of that key.
struct advance_watermark {
  std::optional<term> node;
  binary_list key;
  std::uint64_t height = 0;
  std::string operation;
};

/// `start-shard = KEY [, value = V]`
struct start_shard {
  std::optional<term> node;
  binary_list key;
  std::optional<term> value;
  std::string operation;
};

/// `shards = true`: the keyed shards.
struct shards {
  std::optional<term> node;
};

} // namespace script

using script_call =
    std::variant<script::init, script::transition, script::mock, script::get, script::list,
                 script::remove, script::remove_all, script::declare, script::specifications,
                 script::models, script::export_models, script::wait, script::summary,
                 script::generate, script::expect_instance, script::expect_count, script::reserve,
                 script::write, script::read, script::unreserve, script::advance_watermark,
                 script::start_shard, script::shards>;

struct script_step {
  /// From 1, for messages.
  std::size_t number = 0;
  script_call call;
  /// `fails = CODE`: the call is to fail with this error; without it, it is to succeed. A deviation
  /// is no failure of the script.
  std::optional<ec> fails;
  /// `or-stop = true`: the script ends here if the call does not do what it is to do.
  bool or_stop = false;
};

/// Reads the option `script` of a section: a list of calls, each a section of its own. The key that
/// names the call comes with the call's other options in any order.
/// @param where How messages name the section.
/// @returns `invalid_configuration` naming the step and the option. No script is an empty one.
[[nodiscard]] result<std::vector<script_step>> parse_script(const caf::settings& section,
                                                            std::string_view where);

} // namespace lockstep
