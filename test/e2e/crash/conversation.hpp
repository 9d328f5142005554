#pragma once

#include "actors/instance_manager.hpp"
#include "test/e2e/crash/journal.hpp"
#include "test/e2e/crash/watchdog.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace lockstep::crash {

/// One thread's requests to a node, from its start to its end: sends them, and notes in the journal
/// what became of them. All return whether there was an answer; without one, the node is gone.
class conversation {
public:
  conversation(const instance_manager& node, journal& own, counts& all, watchdog& watching)
      : node_(node), own_(own), counts_(all), watchdog_(watching) {}

  /// The last request of a record. One that is refused as overloaded is just refused.
  bool send(record& about);
  /// The requests from there on, all steps, as one list.
  bool send_list(record& about, std::size_t first);
  /// What must be refused with that code, or as overloaded.
  bool send_in_vain(ec code, const initialisation& request);
  bool send_in_vain(ec code, const step_report& report);

  // Until they are let in: some shards may have done them already.
  bool declare(declaration& about, declaration::version& wanted);
  bool adopt(declaration& about);
  bool clear(clearance& wanted);

  /// Sends an acknowledged request again, which must change nothing and get the first answer.
  bool repeat(const record& about, const sent& request);

  /// Asks until it is let in.
  template <class F>
  auto insist(F ask) {
    for (;;) {
      auto answer = ask();
      watchdog_.sign_of_life();
      if (answer || answer.error().code != ec::overloaded)
        return answer;
      std::this_thread::sleep_for(note_overload(answer.error()));
    }
  }

  [[nodiscard]] const instance_manager& node() const { return node_; }
  [[nodiscard]] journal& own() { return own_; }
  [[nodiscard]] counts& sums() { return counts_; }

private:
  bool lost(const failure& reason);
  bool lost(const failure& reason, std::uint64_t requests);
  /// @returns when it may be tried again.
  std::chrono::milliseconds note_overload(const failure& reason);
  bool take(sent& request, const result<receipt>& answer);
  bool take(sent& request, const result<bool>& answer);
  bool take(sent& request, const result<void>& answer);
  bool refuse(sent& request, const failure& reason);
  void acknowledge(sent& request);
  bool expect(ec code, const result<receipt>& answer);

  const instance_manager& node_;
  journal& own_;
  counts& counts_;
  watchdog& watchdog_;
};

} // namespace lockstep::crash
