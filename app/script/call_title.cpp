#include "app/script/call_title.hpp"

#include "app/script/keyed_calls.hpp"
#include "app/text_table.hpp"
#include "model/term/term_text.hpp"

#include <variant>

namespace lockstep {

namespace {

/// What a filter chooses, as the end of a title.
std::string chosen_by(const instance_filter& filter) {
  return (filter.specification.empty() ? "" : " " + filter.specification)
         + (filter.state.empty() ? "" : " in state " + filter.state)
         + (filter.idle_for ? " idle for " + to_string(filter.idle_for) : "");
}

struct title {
  std::string operator()(const script::init& call) const {
    return "init " + to_text(call.identifier) + " of " + call.specification;
  }
  std::string operator()(const script::transition& call) const {
    return "transition " + to_text(call.identifier) + " --[" + call.action + "]-> " + call.to;
  }
  std::string operator()(const script::mock& call) const {
    return "mock " + to_text(call.identifier) + " in state " + call.state;
  }
  std::string operator()(const script::get& call) const {
    return "get " + to_text(call.identifier);
  }
  std::string operator()(const script::list& call) const { return "list" + chosen_by(call.filter); }
  std::string operator()(const script::remove& call) const {
    return "delete " + to_text(call.identifier);
  }
  std::string operator()(const script::remove_all& call) const {
    return "delete all" + chosen_by(call.filter);
  }
  std::string operator()(const script::declare& call) const { return "declare " + call.file; }
  std::string operator()(const script::specifications&) const { return "specifications"; }
  std::string operator()(const script::models&) const { return "models"; }
  std::string operator()(const script::export_models& call) const {
    return "export " + call.folder;
  }
  std::string operator()(const script::wait& call) const { return "wait " + to_string(call.time); }
  std::string operator()(const script::summary&) const { return "summary"; }
  std::string operator()(const script::generate& call) const {
    return "generate " + counted(call.count, "instance") + " of " + call.specification;
  }
  std::string operator()(const script::expect_instance& call) const {
    return "expect " + to_text(call.identifier);
  }
  std::string operator()(const script::expect_count& call) const { return "expect " + call.what; }
  template <keyed_call Call>
  std::string operator()(const Call& call) const {
    return title_of(call);
  }
};

} // namespace

std::string title_of(const script_call& call) { return std::visit(title{}, call); }

} // namespace lockstep
