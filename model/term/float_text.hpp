#pragma once

#include <string>

namespace lockstep {

/// The shortest decimal text that reads as the same float, in Erlang's form (`float_to_list/2` with
/// `short`): always with a point, as in `100.0`, `0.25`, `1.0e22`, `-4.03e4`. It is a JSON number
/// too. Internal to `model/term/`.
[[nodiscard]] std::string float_to_text(double value);

} // namespace lockstep
