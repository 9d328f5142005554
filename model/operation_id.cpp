#include "model/operation_id.hpp"

#include "model/in_quotes.hpp"
#include "model/term/term_text.hpp"

namespace lockstep {

failure operation_of_another_kind(const std::string& operation_id) {
  return {ec::invalid_argument,
          "the operation id " + in_quotes(operation_id)
              + " stands for another kind of request already; give each request its own",
          {{"operation_id", term{operation_id}}}};
}

std::string operation_about(const std::string& operation_id, const term& one) {
  return operation_id.empty() ? operation_id : operation_id + "/" + to_text(one);
}

} // namespace lockstep
