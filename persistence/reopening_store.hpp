#pragma once

#include "persistence/instance_store.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace lockstep {

/// A durable store that can tell which batches it holds.
class counting_store : public instance_store {
public:
  /// How many batches were ever committed, empty ones included: the number is written with each of
  /// them. What was there when the store was opened, this number included, is durable.
  [[nodiscard]] virtual result<std::uint64_t> commits() = 0;

  /// After a call that failed so: should the store be closed and opened again? If the call was a
  /// commit, its batch may be in the store all the same, or come to be.
  [[nodiscard]] virtual bool leaves_doubt(const failure& reason) const = 0;

  /// Closing the store will write nothing.
  virtual void leave_as_it_is() = 0;
};

/// A store that is opened again, not trusted, after its engine failed; so what it answers is true
/// as long as the process lives and after it, whatever the disk does:
///
///  - a commit without an error is stored for good
///  - one that is refused (`store_failure`) is not stored, and never will be
///  - in between there is `unavailable`: the store failed while it committed, and fails still, so
///    only the disk knows. Whoever reads the store later sees which it was; an operation id makes a
///    repetition safe.
///
/// While it cannot be opened every call fails, and tries again first. What readers know of the
/// store from before a failed commit may be wrong after it.
///
/// Why that is so with SQLite. A transaction is in the log once its last frame is, which is before
/// the sync that may fail; the connection then ignores it, but whoever opens the log next takes it
/// for committed. So the truth is what the next opening finds, if that is durable and stays:
///
///  1. The failed connection is closed without moving the log's content to the file.
///  2. Opening reads the log, then writes all of it again and syncs it. A sync that succeeds after
///     one that failed proves nothing of what was written before; of what was written in between it
///     does. Now the disk has what the connection sees. If the number of commits is the one that
///     the batch would have given, it is stored.
///  3. Otherwise the batch may still be in the log, behind what the connection sees (while another
///     process has the store open, the log is not read again), or in a log that was removed without
///     its folder being synced. So an empty batch is committed: it overwrites the first frame of
///     the refused one, on whose checksum all later ones depend, or begins a new log, whose first
///     sync includes the folder. When that has succeeded, the refused batch is gone.
///
/// If 3 fails, it is done before the next commit; or else the refused batch could pass for it.
class reopening_store final : public instance_store {
public:
  using open_function = std::function<result<std::unique_ptr<counting_store>>()>;

  /// Opens the store the first time. @returns the errors of `open`.
  [[nodiscard]] static result<std::unique_ptr<instance_store>> open(open_function open);

  [[nodiscard]] result<void> commit(const batch& changes) override;
  [[nodiscard]] result<std::optional<stored_instance>> find(const term& identifier) override;
  [[nodiscard]] result<std::vector<step>> history(const term& identifier) override;
  [[nodiscard]] result<std::optional<recorded_operation>>
  find_operation(std::string_view operation_id) override;
  [[nodiscard]] result<instance_page> page(const page_request& part,
                                           const instance_predicate& accept) override;
  [[nodiscard]] result<std::uint64_t> last_instance() override;
  [[nodiscard]] result<std::vector<stored_operation>> operations(std::string_view after,
                                                                 std::size_t limit) override;
  [[nodiscard]] result<bool> forget_operations(timestamp before, std::size_t limit) override;
  [[nodiscard]] result<std::vector<quarantined_instance>> quarantined() override;
  [[nodiscard]] result<bool> collect(std::size_t steps) override;
  [[nodiscard]] result<std::vector<state_count>> count_by_state() override;
  [[nodiscard]] result<deviation_list> deviations(std::size_t limit) override;
  [[nodiscard]] result<std::vector<due_instance>> deadlines(const deadline_position& from,
                                                            std::size_t limit) override;
  [[nodiscard]] result<std::vector<implementation_model>> models() override;
  [[nodiscard]] result<std::map<std::string, std::string>> specifications() override;

private:
  explicit reopening_store(open_function open) : open_(std::move(open)) {}

  /// Opens the store if it is closed.
  result<void> make_ready();
  /// Makes sure that what a failed commit wrote is gone.
  result<void> settle();
  void close_after(const failure& reason);
  /// Calls the store, opened if need be.
  template <class F>
  auto call(F f);

  open_function open_;
  /// Nothing after a failure.
  std::unique_ptr<counting_store> store_;
  std::uint64_t commits_ = 0;
  bool settled_ = true;
  /// Why the store was closed.
  std::string reason_;
};

} // namespace lockstep
