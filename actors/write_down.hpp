#pragma once

#include <functional>
#include <type_traits>

namespace lockstep {

/// Tells a sink of something that has happened already, so that nothing it throws may undo that or
/// end the actor that tells it: it is ignored, since nobody is left who could be told. An empty
/// sink is fine.
template <class... Ts>
void write_down(const std::function<void(Ts...)>& sink, std::type_identity_t<Ts>... what) noexcept {
  try {
    if (sink)
      sink(what...);
  } catch (...) { // see above
  }
}

} // namespace lockstep
