#pragma once

#include <cstddef>
#include <iterator>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lockstep {

/// Which children are stopped and started again with one that has crashed.
enum class restart_strategy {
  /// None: the others go on.
  one_for_one,
  /// Those that were added after it.
  rest_for_one,
  /// All.
  one_for_all,
};

/// The children of a supervisor in the order in which they were added, which is that of their
/// start. Adding, finding and removing one takes the same time however many there are.
///
/// @tparam Child Its member function `id()` returns a `const std::string&` that never changes.
template <class Child>
class child_list {
public:
  using iterator = typename std::list<Child>::iterator;
  using const_iterator = typename std::list<Child>::const_iterator;

  /// Adds a child as the last one. @returns null, and adds nothing, if one has its id.
  Child* add(Child child) {
    if (find(child.id()))
      return nullptr;
    children_.push_back(std::move(child));
    auto added = std::prev(children_.end());
    by_id_.emplace(added->id(), added);
    return &*added;
  }

  /// The child of that id, at an address that stays until it is removed; null if there is none.
  [[nodiscard]] Child* find(std::string_view id) {
    auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &*found->second;
  }

  void remove(const Child& child) {
    auto found = by_id_.find(child.id());
    auto place = found->second;
    by_id_.erase(found);
    children_.erase(place);
  }

  /// The children that the crash of one of them concerns, itself among them, in their order.
  [[nodiscard]] std::vector<Child*> concerned_by(const Child& crashed, restart_strategy strategy) {
    auto first = strategy == restart_strategy::one_for_all ? children_.begin()
                                                           : by_id_.find(crashed.id())->second;
    auto last = strategy == restart_strategy::one_for_one ? std::next(first) : children_.end();
    std::vector<Child*> concerned;
    for (auto next = first; next != last; ++next)
      concerned.push_back(&*next);
    return concerned;
  }

  [[nodiscard]] std::size_t size() const noexcept { return children_.size(); }
  [[nodiscard]] iterator begin() { return children_.begin(); }
  [[nodiscard]] iterator end() { return children_.end(); }
  [[nodiscard]] const_iterator begin() const { return children_.begin(); }
  [[nodiscard]] const_iterator end() const { return children_.end(); }

private:
  std::list<Child> children_;
  /// Keys are views of the children's own ids.
  std::unordered_map<std::string_view, iterator> by_id_;
};

} // namespace lockstep
