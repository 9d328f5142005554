#include "actors/checker.hpp"

#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"

#include <exception>
#include <memory>
#include <string>

namespace lockstep {

namespace {

struct checker_state {
  static constexpr const char* name = "lockstep.checker";

  explicit checker_state(checker_actor::pointer self_ptr) : self(self_ptr) {}

  checker_actor::behavior_type make_behavior() {
    return {[this](atoms::check, const local_question& asked) { return check(asked); }};
  }

  caf::result<local_answer> check(const local_question& asked) {
    if (auto sender = self->current_sender(); sender && compat::has_ended(sender))
      return to_error({ec::unavailable, "the shard that asked has ended", {}});
    try {
      return local_answer{std::make_shared<const answer>(answer_to(*asked.value))};
    } catch (const std::exception& thrown) { // too little memory, say
      return to_error({ec::unavailable,
                       "the check of a step of " + asked.value->spec->name() + " failed ("
                           + thrown.what() + "); try again later",
                       {{"specification", asked.value->spec->name()}}});
    }
  }

  checker_actor::pointer self;
};

} // namespace

term checker_name() {
  static const term name = atom{"checker"}; // looked up often: a copy is cheap
  return name;
}

checker_actor spawn_checker(caf::actor_system& system, placement where) {
  if (where == placement::own_thread)
    return compat::spawn<checker_actor, checker_state, caf::detached>(system);
  return compat::spawn<checker_actor, checker_state>(system);
}

} // namespace lockstep
