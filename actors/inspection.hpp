#pragma once

/// How CAF reads and writes the values of the model: CAF's side of types that know nothing of CAF.

#include "model/failure.hpp"
#include "model/term/external_term_format.hpp"
#include "model/term/term.hpp"
#include "model/term/term_text.hpp"
#include "model/workflow/implementation_model.hpp"
#include "model/workflow/instance.hpp"
#include "model/workflow/instance_filter.hpp"
#include "model/workflow/request.hpp"
#include "persistence/instance_store.hpp"
#include "persistence/model_directory.hpp"

#include <string>
#include <utility>

namespace lockstep {

/// Terms travel in Erlang's external term format.
template <class Inspector>
bool inspect(Inspector& f, term& x) {
  if (f.has_human_readable_format()) {
    auto text = [&x] { return to_text(x); };
    auto read = [&x](const std::string& written) {
      auto parsed = parse_term(written);
      if (parsed)
        x = std::move(*parsed);
      return parsed.has_value();
    };
    return f.apply(text, read);
  }
  auto bytes = [&x] { return encode_etf(x); };
  auto read = [&x](const std::string& encoded) {
    auto decoded = decode_etf(encoded);
    if (decoded)
      x = std::move(*decoded);
    return decoded.has_value();
  };
  return f.apply(bytes, read);
}

namespace detail {

/// An enum travels as its number; values up to `last` are known.
template <class Inspector, class Enum>
bool inspect_enum(Inspector& f, Enum& x, Enum last) {
  if (f.has_human_readable_format()) {
    auto text = [&x] { return std::string(to_string(x)); };
    auto read = [](const std::string&) { return false; };
    return f.apply(text, read);
  }
  auto number = [&x] { return static_cast<std::uint8_t>(x); };
  auto read = [&x, last](std::uint8_t value) {
    if (value > static_cast<std::uint8_t>(last))
      return false;
    x = static_cast<Enum>(value);
    return true;
  };
  return f.apply(number, read);
}

} // namespace detail

template <class Inspector>
bool inspect(Inspector& f, ec& x) {
  return detail::inspect_enum(f, x, last_ec);
}

template <class Inspector>
bool inspect(Inspector& f, failure& x) {
  return f.object(x).fields(f.field("code", x.code), f.field("message", x.message),
                            f.field("context", x.context));
}

template <class Inspector>
bool inspect(Inspector& f, verdict& x) {
  return detail::inspect_enum(f, x, verdict::deviation_not_equivalent);
}

template <class Inspector>
bool inspect(Inspector& f, transition& x) {
  return f.object(x).fields(f.field("from", x.from), f.field("action", x.action),
                            f.field("to", x.to));
}

template <class Inspector>
bool inspect(Inspector& f, implementation_model& x) {
  return f.object(x).fields(f.field("specification", x.specification),
                            f.field("learning", x.learning), f.field("transitions", x.transitions));
}

template <class Inspector>
bool inspect(Inspector& f, step& x) {
  return f.object(x).fields(f.field("action", x.action), f.field("to", x.to), f.field("at", x.at),
                            f.field("outcome", x.outcome));
}

template <class Inspector>
bool inspect(Inspector& f, instance& x) {
  return f.object(x).fields(f.field("specification", x.specification),
                            f.field("identifier", x.identifier), f.field("meta", x.meta),
                            f.field("current_state", x.current_state), f.field("steps", x.steps));
}

template <class Inspector>
bool inspect(Inspector& f, instance_head& x) {
  return f.object(x).fields(
      f.field("specification", x.specification), f.field("identifier", x.identifier),
      f.field("meta", x.meta), f.field("current_state", x.current_state),
      f.field("step_count", x.step_count), f.field("last_step_at", x.last_step_at));
}

template <class Inspector>
bool inspect(Inspector& f, stored_instance& x) {
  return f.object(x).fields(f.field("head", x.head), f.field("deadline", x.deadline),
                            f.field("times_late", x.times_late));
}

template <class Inspector>
bool inspect(Inspector& f, quarantined_instance& x) {
  return f.object(x).fields(f.field("identifier", x.identifier), f.field("reason", x.reason),
                            f.field("at", x.at));
}

template <class Inspector>
bool inspect(Inspector& f, instance_filter& x) {
  return f.object(x).fields(f.field("specification", x.specification), f.field("state", x.state),
                            f.field("idle_for", x.idle_for));
}

template <class Inspector>
bool inspect(Inspector& f, model_file& x) {
  return f.object(x).fields(f.field("name", x.name), f.field("text", x.text));
}

template <class Inspector>
bool inspect(Inspector& f, page_request& x) {
  return f.object(x).fields(f.field("from", x.from), f.field("until", x.until),
                            f.field("limit", x.limit), f.field("visit", x.visit));
}

template <class Inspector>
bool inspect(Inspector& f, instance_page& x) {
  return f.object(x).fields(f.field("instances", x.instances), f.field("next", x.next));
}

template <class Inspector>
bool inspect(Inspector& f, state_count& x) {
  return f.object(x).fields(f.field("specification", x.specification), f.field("state", x.state),
                            f.field("instances", x.instances), f.field("steps", x.steps),
                            f.field("times_late", x.times_late));
}

template <class Inspector>
bool inspect(Inspector& f, deviating_step& x) {
  return f.object(x).fields(f.field("identifier", x.identifier),
                            f.field("specification", x.specification), f.field("number", x.number),
                            f.field("from", x.from), f.field("step", x.step));
}

template <class Inspector>
bool inspect(Inspector& f, deviation_list& x) {
  return f.object(x).fields(f.field("total", x.total), f.field("first", x.first));
}

template <class Inspector>
bool inspect(Inspector& f, initialisation& x) {
  return f.object(x).fields(f.field("specification", x.specification),
                            f.field("identifier", x.identifier), f.field("meta", x.meta),
                            f.field("initial_state", x.initial_state), f.field("at", x.at),
                            f.field("operation_id", x.operation_id), f.field("client", x.client),
                            f.field("deadline", x.deadline));
}

template <class Inspector>
bool inspect(Inspector& f, step_report& x) {
  return f.object(x).fields(f.field("identifier", x.identifier), f.field("action", x.action),
                            f.field("to", x.to), f.field("at", x.at),
                            f.field("operation_id", x.operation_id),
                            f.field("initialise_as", x.initialise_as), f.field("client", x.client),
                            f.field("deadline", x.deadline));
}

template <class Inspector>
bool inspect(Inspector& f, receipt& x) {
  return f.object(x).fields(f.field("step_number", x.step_number), f.field("outcome", x.outcome),
                            f.field("duplicate", x.duplicate));
}

} // namespace lockstep
