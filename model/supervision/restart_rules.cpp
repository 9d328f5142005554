#include "model/supervision/restart_rules.hpp"

namespace lockstep {

end_verdict judge_end(restart_type type, exit_kind how, bool forget_ended,
                      restart_intensity* budget, restart_intensity& intensity,
                      restart_intensity::clock::time_point now) {
  if (type == restart_type::temporary)
    return end_verdict::forget;
  if (type == restart_type::transient && how == exit_kind::clean)
    return forget_ended ? end_verdict::forget : end_verdict::keep;
  if (budget)
    return budget->allows(now) ? end_verdict::restart : end_verdict::park;
  return intensity.allows(now) ? end_verdict::restart : end_verdict::give_up;
}

} // namespace lockstep
