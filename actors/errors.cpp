#include "actors/errors.hpp"

#include <caf/error.hpp>
#include <caf/message.hpp>
#include <caf/sec.hpp>

#include <string>
#include <utility>
#include <vector>

namespace lockstep {

caf::error to_error(const failure& reason) {
  std::vector<term::entry> context;
  for (const auto& [name, value] : reason.context)
    context.emplace_back(name, value);
  return caf::make_error(reason.code, reason.message, term::map(std::move(context)));
}

failure to_failure(const caf::error& reason) {
  if (!reason || reason.category() != caf::type_id_v<ec>)
    return {ec::unavailable, "no answer from the actor in charge: " + caf::to_string(reason), {}};
  failure converted{static_cast<ec>(reason.code()), {}, {}};
  auto context = reason.context();
  if (context.match_elements<std::string, term>()) {
    converted.message = context.get_as<std::string>(0);
    for (const auto& [name, value] : context.get_as<term>(1).entries())
      if (auto text = name.as_binary())
        converted.context.emplace(*text, value);
  } else {
    converted.message = to_string(converted.code);
  }
  return converted;
}

bool receiver_has_gone(const caf::error& reason) {
  return reason == caf::sec::request_receiver_down || reason == caf::sec::broken_promise;
}

} // namespace lockstep
