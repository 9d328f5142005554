#include "order.hpp"

#include <utility>

namespace shop {

order::order(const lockstep::instance_manager& manager, std::string id)
    : manager_(manager), id_(std::move(id)) {}

lockstep::result<order> order::place(const lockstep::instance_manager& manager, std::string id) {
  lockstep::initialisation request;
  request.specification = "Order";
  request.identifier = id;
  return manager.initialise(request).map([&](const lockstep::receipt&) {
    return order{manager, std::move(id)};
  });
}

lockstep::result<void> order::report(const std::string& action, const std::string& state) {
  lockstep::step_report step;
  step.identifier = id_;
  step.action = action;
  step.to = state;
  return manager_.step(step).map([](const lockstep::receipt&) {});
}

} // namespace shop
