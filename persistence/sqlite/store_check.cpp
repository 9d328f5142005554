#include "persistence/sqlite/store_check.hpp"

#include "model/routing/shard_layout.hpp"
#include "model/term/term_text.hpp"
#include "model/workflow/specification_json.hpp"
#include "persistence/cells/keyed_inventory.hpp"
#include "persistence/sqlite/engine_failure.hpp"
#include "persistence/sqlite/integrity.hpp"
#include "persistence/sqlite/row_check.hpp"
#include "persistence/sqlite/sqlite_store.hpp"

#include <memory>
#include <optional>
#include <system_error>
#include <utility>

namespace lockstep::sqlite {

namespace {

/// Of one file.
constexpr std::size_t most_findings = 100;

/// Operations that are read at once.
constexpr std::size_t deadlines_a_page = 1'000;
constexpr std::size_t operations_a_page = 10'000;

constexpr const char* what_to_do = "; restore the store from a backup";

/// What went wrong, with what to do about it.
std::string advised(const failure& reason) {
  return reason.message.find("; ") == std::string::npos ? reason.message + what_to_do
                                                        : reason.message;
}

/// Does this say something about what the store holds?
bool is_finding(const failure& reason) {
  return reason.code != ec::store_too_new && !is_unreadable(reason);
}

/// Looks through one file.
class file_check {
public:
  file_check(checked_file& file, store_check& all) : file_(file), all_(all) {}

  /// What it finds on its way to an error counts, too.
  result<void> run(const std::function<void(std::uint64_t)>& looked_at) {
    auto opened = database::open(file_.path, if_missing::refuse);
    if (!opened)
      return tl::unexpected(opened.error());
    // One transaction: whatever is written meanwhile, all that is read fits together.
    if (auto begun = opened->execute("PRAGMA query_only = ON; BEGIN"); !begun)
      return begun;
    if (auto sound = check_integrity(*opened); !sound)
      return sound;
    if (file_.label.version != schema_version())
      return {};
    const auto found = [this](const std::string& what) { find(what); };
    auto whole = check_schema(*opened, found);
    if (!whole)
      return tl::unexpected(whole.error());
    if (!*whole)
      return {};
    if (auto checked = check_rows(*opened, found); !checked)
      return checked;
    auto store = open_store(std::move(*opened));
    if (!store)
      return tl::unexpected(store.error());
    if (auto checked = check_instances(**store, looked_at); !checked)
      return checked;
    if (auto checked = check_sums(**store); !checked)
      return checked;
    if (auto checked = check_operations(**store); !checked)
      return checked;
    return check_knowledge(**store);
  }

private:
  result<void> check_instances(instance_store& store,
                               const std::function<void(std::uint64_t)>& looked_at) {
    page_request part;
    for (;;) {
      auto page = store.page(part, {});
      if (!page)
        return tl::unexpected(page.error());
      for (const auto& one : page->instances) {
        auto steps = store.history(one.head.identifier);
        if (!steps)
          return tl::unexpected(steps.error());
        check_instance(one, *steps);
        ++file_.instances;
        file_.steps += steps->size();
      }
      looked_at(page->instances.size());
      if (!page->next)
        return {};
      part.from = *page->next;
    }
  }

  void check_instance(const stored_instance& one, const std::vector<step>& steps) {
    const auto& head = one.head;
    const auto who = "instance " + to_text(head.identifier);
    if (const auto division = file_.label.division; division > 0)
      if (auto home =
              shard_layout{static_cast<std::uint32_t>(division), file_.label.routing}.shard_of(
                  head.identifier);
          home != file_.label.shard) // for a file under a wrong name that is told once
        find("has " + who + ", which belongs to shard " + std::to_string(home));
    if (head.specification.empty() || head.current_state.empty())
      find("has " + who + " without the name of its specification or state");
    if (steps.size() != head.step_count)
      find("has " + std::to_string(steps.size()) + (steps.size() == 1 ? " step of " : " steps of ")
           + who + ", which made " + std::to_string(head.step_count));
    for (std::size_t i = 0; i < steps.size(); ++i)
      if (steps[i].action.empty() || steps[i].to.empty()
          || !is_verdict(static_cast<int>(steps[i].outcome)))
        find("has " + who + " with step " + std::to_string(i + 1)
             + " without the name of its action or state, or with an unknown verdict");
    if (!steps.empty() && steps.size() == head.step_count
        && (steps.back().to != head.current_state || steps.back().at != head.last_step_at))
      find("has " + who + " in another state, or since another time, than its last step says");
  }

  static bool is_verdict(int number) {
    return number >= 0 && number <= static_cast<int>(verdict::deviation_not_equivalent);
  }

  /// What summaries tell is what the instances tell.
  result<void> check_sums(instance_store& store) {
    auto counts = store.count_by_state();
    if (!counts)
      return tl::unexpected(counts.error());
    std::uint64_t instances = 0;
    std::uint64_t steps = 0;
    for (const auto& one : *counts) {
      instances += one.instances;
      steps += one.steps;
    }
    if (instances != file_.instances || steps != file_.steps)
      find("sums up to " + std::to_string(instances) + " instances with " + std::to_string(steps)
           + " steps, but has " + std::to_string(file_.instances) + " with "
           + std::to_string(file_.steps));
    return {};
  }

  result<void> check_operations(instance_store& store) {
    std::string after;
    for (;;) {
      auto page = store.operations(after, operations_a_page);
      if (!page)
        return tl::unexpected(page.error());
      for (const auto& one : *page)
        if (!is_verdict(static_cast<int>(one.recorded.outcome)))
          find("remembers an operation with an unknown verdict");
      file_.operations += page->size();
      if (page->size() < operations_a_page)
        return {};
      after = page->back().id;
    }
  }

  result<void> check_knowledge(instance_store& store) {
    if (auto models = store.models(); !models)
      return tl::unexpected(models.error());
    for (std::optional<deadline_position> from = deadline_position{}; from;) {
      auto due = store.deadlines(*from, deadlines_a_page);
      if (!due)
        return tl::unexpected(due.error());
      from.reset();
      if (due->size() == deadlines_a_page)
        from = deadline_position{due->back().at, due->back().number + 1};
    }
    if (auto quarantined = store.quarantined(); !quarantined)
      return tl::unexpected(quarantined.error());
    auto declared = store.specifications();
    if (!declared)
      return tl::unexpected(declared.error());
    for (const auto& [name, text] : *declared)
      if (auto spec = parse_specification_json(text, "the specification " + name); !spec)
        find("has a specification that cannot be used: " + spec.error().message);
    return {};
  }

  void find(const std::string& what) {
    if (++count_ > most_findings)
      ++all_.unlisted;
    else
      all_.findings.push_back({file_.path, file_.path.string() + " " + what + what_to_do});
  }

  checked_file& file_;
  store_check& all_;
  std::size_t count_ = 0;
};

result<void> check_keyed_files(const std::filesystem::path& folder, store_check& all) {
  auto sound = check_keyed_list(folder);
  auto there = take_inventory(folder);
  for (const auto* reason : {sound ? nullptr : &sound.error(), there ? nullptr : &there.error()})
    if (reason != nullptr && !is_finding(*reason))
      return tl::unexpected(*reason);
  if (!sound || !there)
    all.findings.push_back(
        {keyed_list_file(folder), advised(sound ? there.error() : sound.error())});
  if (!there)
    return {};
  all.strays = std::move(there->strays);
  for (const auto& [where, what] : there->problems)
    if (!is_finding(what))
      return tl::unexpected(what);
    else
      all.findings.push_back({where, advised(what)});
  for (const auto& [path, label] : there->files) {
    auto& file = all.keyed.emplace_back();
    file.path = path;
    const auto find = [&, &where = path](const std::string& what) {
      all.findings.push_back({where, where.string() + " " + what + what_to_do});
    };
    auto done = check_keyed_file(file, find);
    if (!done && !is_finding(done.error()))
      return done;
    if (!done)
      all.findings.push_back({path, advised(done.error())});
  }
  return {};
}

std::uintmax_t bytes_of(const std::filesystem::path& file) {
  std::error_code none;
  const auto bytes = std::filesystem::file_size(file, none);
  return none ? 0 : bytes;
}

} // namespace

result<std::map<std::uint32_t, std::filesystem::path>>
files_of_store(const std::filesystem::path& folder) {
  auto files = shard_files(folder);
  if (files && files->empty())
    return fail(ec::invalid_configuration,
                folder.string() + " holds no store; give --store-dir or --config");
  return files;
}

result<std::uint32_t> check_division(const std::filesystem::path& folder,
                                     const store_labels& labels) {
  auto vouched = check_labels(folder, labels);
  if (!vouched)
    return vouched;
  if (*vouched == 0)
    return fail(ec::store_failure,
                folder.string()
                    + " is the store of a node whose first start did not come to its "
                      "end; start the node once to finish that");
  for (std::uint32_t shard = 1; shard <= *vouched; ++shard)
    if (labels.at(shard).division != *vouched)
      return fail(ec::store_failure, shard_file(folder, shard).string()
                                         + " is being redistributed; start the node once to finish "
                                           "that, or wait for the node that is at it");
  return vouched;
}

result<shard_layout> layout_of_store(const std::filesystem::path& folder) {
  auto files = files_of_store(folder);
  if (!files)
    return tl::unexpected(files.error());
  store_labels labels;
  for (const auto& [shard, path] : *files) {
    auto label = database::open(path, if_missing::refuse).and_then([](database db) {
      return db.execute("PRAGMA query_only = ON").and_then([&] { return read_label(db); });
    });
    if (!label)
      return tl::unexpected(label.error());
    labels.emplace(shard, *label);
  }
  return check_division(folder, labels).map([&](std::uint32_t shards) {
    return shard_layout{shards, labels.at(1).routing};
  });
}

result<store_check> check_store(const std::filesystem::path& folder,
                                const progress_function& progress) {
  auto files = files_of_store(folder);
  if (!files)
    return tl::unexpected(files.error());
  store_check all;
  store_labels labels;
  for (const auto& [shard, path] : *files) {
    auto label = database::open(path, if_missing::refuse).and_then([](database db) {
      return read_label(db);
    });
    if (!label && !is_finding(label.error()))
      return tl::unexpected(label.error());
    if (!label) {
      all.findings.push_back({path, advised(label.error())});
      labels.emplace(shard, store_label{schema_version(), shard, 0}); // it is not missing
      continue;
    }
    labels.emplace(shard, *label);
    all.files.push_back({shard, path, *label, bytes_of(path)});
  }
  const auto divided =
      all.findings.empty() ? check_division(folder, labels) : check_labels(folder, labels);
  if (!divided)
    all.findings.push_back({folder, divided.error().message});
  std::uint64_t looked_at = 0;
  for (auto& file : all.files) {
    auto done = file_check{file, all}.run([&](std::uint64_t more) {
      looked_at += more;
      if (progress)
        progress(looked_at);
    });
    if (!done && !is_finding(done.error()))
      return tl::unexpected(done.error());
    if (!done)
      all.findings.push_back({file.path, advised(done.error())});
  }
  return check_keyed_files(folder, all).map([&] { return std::move(all); });
}

} // namespace lockstep::sqlite
