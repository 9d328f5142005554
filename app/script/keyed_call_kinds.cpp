/// How calls about keyed shards are read.

#include "app/script/call_reader.hpp"

#include <optional>

namespace lockstep {

namespace {

std::optional<term> node_of(call_reader& call) {
  if (!call.section().has("node"))
    return std::nullopt;
  return read_term(call.section(), "node");
}

binary_list key_of(call_reader& call, std::string_view name) {
  return read_key(call.section(), name);
}

std::uint64_t height_of(call_reader& call) {
  if (!call.section().has("height"))
    call.section().refuse("height", "it is missing");
  return call.number("height", 0);
}

std::optional<term> value_of(call_reader& call, std::string_view name) {
  if (!call.section().has(name))
    return std::nullopt;
  return read_term(call.section(), name);
}

term required_value_of(call_reader& call) {
  if (!call.section().has("value"))
    call.section().refuse("value", "it is missing");
  return value_of(call, "value").value_or(term{});
}

script_call read_read(call_reader& call) {
  script::read read{node_of(call), key_of(call, "read"), height_of(call), std::nullopt,
                    std::nullopt};
  const auto absent = call.flag("absent");
  if (absent && call.section().has("is"))
    call.section().refuse("is", "it cannot be that and absent; remove one");
  if (absent)
    read.expected.emplace();
  else if (call.section().has("is"))
    read.expected.emplace(read_term(call.section(), "is"));
  if (call.section().has("timeout"))
    read.timeout = call.time("timeout");
  return read;
}

} // namespace

std::vector<call_kind> keyed_call_kinds() {
  return {
      {"reserve",
       {"height", "node", "as", "operation"},
       [](call_reader& call) -> script_call {
         return script::reserve{node_of(call), key_of(call, "reserve"), height_of(call),
                                call.text("operation")};
       }},
      {"write",
       {"value", "height", "node", "as", "operation"},
       [](call_reader& call) -> script_call {
         return script::write{node_of(call), key_of(call, "write"), required_value_of(call),
                              height_of(call), call.text("operation")};
       }},
      {"read", {"height", "is", "absent", "timeout", "node", "as"}, read_read},
      {"unreserve",
       {"height", "node", "as", "operation"},
       [](call_reader& call) -> script_call {
         return script::unreserve{node_of(call), key_of(call, "unreserve"), height_of(call),
                                  call.text("operation")};
       }},
      {"advance-watermark",
       {"height", "node", "as", "operation"},
       [](call_reader& call) -> script_call {
         return script::advance_watermark{node_of(call), key_of(call, "advance-watermark"),
                                          height_of(call), call.text("operation")};
       }},
      {"start-shard",
       {"value", "node", "as", "operation"},
       [](call_reader& call) -> script_call {
         return script::start_shard{node_of(call), key_of(call, "start-shard"),
                                    value_of(call, "value"), call.text("operation")};
       }},
      {"shards",
       {"node", "as"},
       [](call_reader& call) -> script_call {
         (void)call.flag("shards");
         return script::shards{node_of(call)};
       }},
  };
}

} // namespace lockstep
