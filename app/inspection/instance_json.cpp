#include "app/inspection/instance_json.hpp"

#include "model/term/term_json.hpp"

#include <nlohmann/json.hpp>

namespace lockstep {

namespace {

using json = nlohmann::ordered_json;

json to_json(const term& value) { return json::parse(to_json_text(value)); }

} // namespace

std::string to_json_text(const stored_instance& one) {
  const auto& head = one.head;
  json text{{"identifier", to_json(head.identifier)},
            {"specification", head.specification},
            {"state", head.current_state},
            {"steps", head.step_count},
            {"late", one.times_late},
            {"meta", to_json(head.meta)}};
  if (head.step_count > 0)
    text["last_step_at"] = to_string(head.last_step_at);
  if (one.deadline)
    text["deadline"] = to_string(*one.deadline);
  return text.dump();
}

std::string to_json_text(const instance& whole) {
  auto steps = json::array();
  for (const auto& one : whole.steps)
    steps.push_back({{"action", one.action},
                     {"to", one.to},
                     {"at", to_string(one.at)},
                     {"verdict", to_string(one.outcome)}});
  const json text{{"identifier", to_json(whole.identifier)},
                  {"specification", whole.specification},
                  {"state", whole.current_state},
                  {"meta", to_json(whole.meta)},
                  {"steps", std::move(steps)}};
  return text.dump();
}

std::string to_json_text(const whereabouts& where, const std::string& from) {
  auto candidates = json::array();
  for (const auto& one : where.why.candidates)
    candidates.push_back(
        {{"shard", to_json(one.shard)}, {"score", one.score}, {"chosen", one.chosen}});
  json text{{"identifier", to_json(where.identifier)},
            {"asked", from},
            {"strategy", to_string(where.why.strategy)},
            {"hash", where.why.hash},
            {"candidates", std::move(candidates)},
            {"shard", where.shard},
            {"name", to_json(where.name)},
            {"display_name", where.display_name}};
  if (from == "nowhere")
    return text.dump();
  text["actor"] = to_string(where.status);
  if (where.status == actor_status::parked)
    text["reason"] = where.reason;
  if (from == "node") {
    text["restarts"] = where.restarts;
    text["pending"] = where.pending;
  }
  text["store"] = where.store.empty() ? json(nullptr) : json(where.store);
  text["instance"] = nullptr;
  if (where.found) {
    json found{{"specification", where.found->specification},
               {"state", where.found->state},
               {"steps", where.found->steps}};
    if (where.found->last_step_at)
      found["last_step_at"] = to_string(*where.found->last_step_at);
    text["instance"] = std::move(found);
  }
  if (where.unknown)
    text["unknown"] = where.unknown->message;
  return text.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string to_json_text(const quarantined_instance& one) {
  const json text{{"identifier", to_json(one.identifier)},
                  {"since", to_string(one.at)},
                  {"reason", one.reason}};
  return text.dump();
}

} // namespace lockstep
