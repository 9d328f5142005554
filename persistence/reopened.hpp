#pragma once

#include "model/failure.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace lockstep {

/// A store that is opened again, not trusted, after its engine failed; so what it answers is true
/// as long as the process lives and after it, whatever the disk does:
///
///  - a change without an error is stored for good
///  - one that is refused (`store_failure`) is not stored, and never will be
///  - in between there is `unavailable`: the store failed while it committed, and fails still, so
///    only the disk knows. Whoever reads the store later sees which it was; an operation id makes a
///    repetition safe.
///
/// While it cannot be opened every call fails, and tries again first. What readers know of the
/// store from before a failed change may be wrong after it.
///
/// Why that is so with SQLite. A transaction is in the log once its last frame is, which is before
/// the sync that may fail; the connection then ignores it, but whoever opens the log next takes it
/// for committed. So the truth is what the next opening finds, if that is durable and stays:
///
///  1. The failed connection is closed without moving the log's content to the file.
///  2. Opening reads the log, then writes all of it again and syncs it. A sync that succeeds after
///     one that failed proves nothing of what was written before; of what was written in between it
///     does. Now the disk has what the connection sees. If the number of commits is the one that
///     the change would have given, it is stored.
///  3. Otherwise the change may still be in the log, behind what the connection sees (while another
///     process has the store open, the log is not read again), or in a log that was removed without
///     its folder being synced. So an empty batch is committed: it overwrites the first frame of
///     the refused one, on whose checksum all later ones depend, or begins a new log, whose first
///     sync includes the folder. When that has succeeded, the refused change is gone.
///
/// If 3 fails, it is done before the next change; or else the refused one could pass for it.
///
/// @tparam Store Has, beside its own functions:
///   - `result<std::uint64_t> commits()`: how many changes were ever committed, empty ones
///   included:
///     the number is written with each of them. What was there when the store was opened, this
///     number included, is durable.
///   - `bool leaves_doubt(const failure&) const`: after a call that failed so, should the store be
///     closed and opened again? If the call was a change, it may be in the store all the same, or
///     come to be.
///   - `void leave_as_it_is()`: closing the store will write nothing.
///   - `bool wants_to_be_reopened() const`: would it be well, after a change that is stored, to
///     close the store and open it again?
///   - `result<void> commit(batch)`, where `{}` is an empty batch.
template <class Store>
class reopened {
public:
  using open_function = std::function<result<std::unique_ptr<Store>>()>;

  explicit reopened(open_function open) : open_(std::move(open)) {}

  /// The first time. @returns the errors of the function that opens it, as they are.
  [[nodiscard]] result<void> open() {
    auto store = open_();
    if (!store)
      return tl::unexpected(store.error());
    auto commits = (*store)->commits();
    if (!commits)
      return tl::unexpected(commits.error());
    store_ = std::move(*store);
    commits_ = *commits;
    return {};
  }

  /// Calls a function that changes nothing that anybody relies on.
  template <class F>
  std::invoke_result_t<F, Store&> call(F f) {
    if (auto ready = make_ready(); !ready)
      return tl::unexpected(ready.error());
    auto answer = f(*store_);
    if (!answer && store_->leaves_doubt(answer.error()))
      close_after(answer.error().message);
    return answer;
  }

  /// Calls a function that makes one change, in one transaction.
  template <class F>
  result<void> change(F f) {
    if (auto ready = make_ready().and_then([this] { return settle(); }); !ready)
      return ready;
    const auto number = commits_ + 1;
    result<void> committed = f(*store_);
    if (committed) {
      commits_ = number;
      if (store_->wants_to_be_reopened())
        close_after("its log could not be moved into its file");
    }
    if (committed || !store_->leaves_doubt(committed.error()))
      return committed;

    close_after(committed.error().message);
    auto known = make_ready();
    if (known && commits_ == number)
      return {};
    if (known)
      known = settle();
    if (known)
      return committed;
    return fail(ec::unavailable,
                "whether the changes are stored is not known, since the store failed ("
                    + committed.error().message + ") and then failed again ("
                    + known.error().message
                    + "); see to the disk and look, or repeat calls that have operation ids",
                known.error().context);
  }

private:
  /// Opens the store if it is closed.
  result<void> make_ready() {
    if (store_)
      return {};
    auto store = open_();
    auto commits = store ? (*store)->commits() : result<std::uint64_t>{};
    if (store && !commits)
      (*store)->leave_as_it_is();
    if (!store || !commits) {
      const auto& why = store ? commits.error() : store.error();
      return fail(ec::store_failure,
                  "the store was closed since it failed (" + reason_
                      + ") and cannot be opened again (" + why.message
                      + "); see to the disk, every call tries again",
                  why.context);
    }
    store_ = std::move(*store);
    commits_ = *commits;
    return {};
  }

  /// Makes sure that what a failed change wrote is gone.
  result<void> settle() {
    if (settled_)
      return {};
    if (auto marked = store_->commit({}); !marked) {
      if (store_->leaves_doubt(marked.error()))
        close_after(marked.error().message);
      return marked;
    }
    ++commits_;
    settled_ = true;
    return {};
  }

  void close_after(std::string reason) {
    reason_ = std::move(reason);
    settled_ = false;
    store_->leave_as_it_is();
    store_.reset();
  }

  /// Goes last: what it holds, such as the right to use the file, is held until the file is closed.
  open_function open_;
  /// Nothing after a failure.
  std::unique_ptr<Store> store_;
  std::uint64_t commits_ = 0;
  /// Nor is it known what a process that died left behind the log's end.
  bool settled_ = false;
  /// Why the store was closed.
  std::string reason_;
};

} // namespace lockstep
