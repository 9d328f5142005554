#include "actors/locator.hpp"

#include "actors/caf_compat.hpp"
#include "actors/errors.hpp"
#include "actors/shard.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

namespace lockstep {

namespace {

/// How long the supervisor, and then the shard, may take for their answers.
constexpr auto patience = std::chrono::seconds{2};

/// One question on its way.
class location : public std::enable_shared_from_this<location> {
public:
  location(instance_manager_actor::pointer self, const routing_options& options,
           const term& identifier, std::function<void(whereabouts)> then)
      : self_(self),
        options_(options),
        then_(std::move(then)),
        found_(placed(options.layout(), identifier)) {}

  void begin() {
    if (options_.store_file)
      found_.store = options_.store_file(found_.shard);
    if (options_.gates)
      found_.pending = (*options_.gates)[found_.shard - 1]->counts().pending;
    shard_ = caf::actor_cast<shard_actor>(options_.names->lookup(found_.name));
    found_.status = shard_ ? actor_status::alive : actor_status::not_running;
    ask_supervisor();
  }

private:
  void ask_supervisor() {
    auto supervisor =
        caf::actor_cast<supervisor_actor>(options_.names->lookup(shard_supervisor_name()));
    if (!supervisor)
      return ask_shard();
    compat::request(self_, supervisor, patience, atoms::which_children_v)
        .then(
            [self = shared_from_this()](const std::vector<child_info>& children) {
              self->look_at(children);
              self->ask_shard();
            },
            [self = shared_from_this()](const caf::error&) { self->ask_shard(); });
  }

  void look_at(const std::vector<child_info>& children) {
    const auto own = std::ranges::find(children, found_.name, &child_info::name);
    if (own == children.end())
      return;
    found_.restarts = own->restarts;
    if (own->parked) {
      found_.status = actor_status::parked;
      found_.reason = *own->parked;
    } else if (!own->alive || !shard_) {
      found_.status = actor_status::restarting;
    }
  }

  void ask_shard() {
    if (found_.status != actor_status::alive)
      return refused({ec::unavailable, found_.display_name + " is not running", {}});
    auto place = enter_until<atoms::get>(options_, found_.shard, patience);
    if (!place)
      return refused(place.error());
    compat::request(self_, shard_, patience, atoms::get_v, found_.identifier, std::move(*place))
        .then([self = shared_from_this()](const instance& one) { self->has(one); },
              [self = shared_from_this()](const caf::error& reason) { self->lacks(reason); });
  }

  void has(const instance& one) {
    found_.found = {one.specification, one.current_state, one.steps.size(), std::nullopt};
    if (!one.steps.empty())
      found_.found->last_step_at = one.steps.back().at;
    then_(std::move(found_));
  }

  void lacks(const caf::error& reason) {
    auto why = to_failure(reason);
    if (why.code == ec::instance_identifier_not_found)
      return then_(std::move(found_));
    if (receiver_has_gone(reason))
      found_.status = actor_status::restarting;
    refused(std::move(why));
  }

  void refused(failure why) {
    found_.unknown = std::move(why);
    then_(std::move(found_));
  }

  instance_manager_actor::pointer self_;
  const routing_options& options_;
  std::function<void(whereabouts)> then_;
  whereabouts found_;
  shard_actor shard_;
};

} // namespace

std::string_view to_string(actor_status status) noexcept {
  switch (status) {
  case actor_status::alive:
    return "alive";
  case actor_status::restarting:
    return "restarting";
  case actor_status::parked:
    return "parked";
  case actor_status::not_running:
    return "not running";
  }
  return "unknown";
}

whereabouts placed(const shard_layout& layout, const term& identifier) {
  whereabouts where;
  where.identifier = identifier;
  where.why = layout.explain(identifier);
  where.shard = layout.shard_of(identifier);
  where.name = shard_name(where.shard);
  where.display_name = shard_display_name(where.shard);
  return where;
}

void locate(instance_manager_actor::pointer self, const routing_options& options,
            const term& identifier, std::function<void(whereabouts)> then) {
  std::make_shared<location>(self, options, identifier, std::move(then))->begin();
}

} // namespace lockstep
