#include "fuzz/term_properties.hpp"

#include "fuzz/properties.hpp"
#include "model/term/external_term_format.hpp"
#include "model/term/phash2.hpp"
#include "model/term/term_json.hpp"
#include "model/term/term_text.hpp"

#include <string>

namespace lockstep::fuzz {

namespace {

template <class Write, class Read>
void demand_round_trip(const term& value, Write write, Read read, const std::string& form) {
  const std::string written = write(value);
  const result<term> again = read(written);
  demand(again.has_value(), "what is written as " + form + " can be read");
  demand(*again == value, "what is written as " + form + " is read as the same term");
  demand(hash_value(*again) == hash_value(value), "equal terms have equal hashes");
  demand(write(*again) == written, form + " is written the same each time");
}

} // namespace

void demand_forms_agree(const term& value) {
  demand((value <=> value) == std::strong_ordering::equal, "a term equals itself");
  demand_round_trip(value, to_text, parse_term, "text");
  demand_round_trip(
      value, [](const term& t) { return to_json_text(t); }, parse_term_json, "JSON");
  demand_round_trip(value, encode_etf, decode_etf, "external term format");
  demand(to_text(value).find('\n') == std::string::npos, "the text of a term is one line");
  demand(to_json_text(value).find('\n') == std::string::npos, "the JSON of a term is one line");
  demand(phash2(value) < (1U << 27U), "phash2 is below 2^27");
}

} // namespace lockstep::fuzz
