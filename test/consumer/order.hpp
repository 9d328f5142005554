#pragma once

#include "actors/instance_manager.hpp"

#include <string>

namespace shop {

/// An order that tells Lockstep what happens to it.
class order {
public:
  /// A new order.
  static lockstep::result<order> place(const lockstep::instance_manager& manager, std::string id);
  /// An order that Lockstep knows already.
  order(const lockstep::instance_manager& manager, std::string id);

  lockstep::result<void> pay() { return report("pay", "paid"); }
  lockstep::result<void> cancel() { return report("cancel", "cancelled"); }
  lockstep::result<void> pack() { return report("pack", "packed"); }
  lockstep::result<void> refund() { return report("refund", "cancelled"); }
  lockstep::result<void> ship() { return report("ship", "shipped"); }

private:
  lockstep::result<void> report(const std::string& action, const std::string& state);

  lockstep::instance_manager manager_;
  std::string id_;
};

} // namespace shop
