// The reader; the writer is term_json_writer.cpp.

#include "model/term/term_json.hpp"

#include "model/term/base64.hpp"
#include "model/term/term_json_tags.hpp"
#include "model/term/text_characters.hpp"
#include "model/term/utf8.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace lockstep {

namespace {

using nlohmann::json;

tl::unexpected<failure> invalid(const std::string& what) {
  return fail(ec::invalid_term, "invalid JSON term: " + what);
}

tl::unexpected<failure> too_deep() {
  return invalid("terms nest more than " + std::to_string(term::max_depth) + " deep");
}

/// A finished term, and how many containers stand around its innermost one.
struct measured {
  term value;
  std::size_t depth = 0;
};

// -- tagged forms ---------------------------------------------------------------------------------

result<term> to_atom(const term& name) {
  const auto text = name.as_binary();
  if (!text)
    return invalid("the value of \"atom\" must be a string");
  if (utf8::length(*text).value_or(max_atom_characters + 1) > max_atom_characters)
    return invalid("an atom may have at most 255 characters");
  return term{atom{std::string{*text}}};
}

result<term> to_tuple(const term& elements) {
  if (!elements.is_list() || elements.improper_tail() != nullptr)
    return invalid("the value of \"tuple\" must be an array");
  return term::tuple({elements.elements().begin(), elements.elements().end()});
}

result<term> to_integer(std::string_view text) {
  const bool negative = text.substr(0, 1) == "-";
  const auto digits = text.substr(negative ? 1 : 0);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos)
    return invalid("the value of \"integer\" must be a string of digits");
  const auto value = big_integer::from_digits(digits, 10, negative);
  if (!value)
    return invalid("an integer may have at most " + std::to_string(big_integer::max_bytes)
                   + " bytes");
  return term{*value};
}

result<term> to_float(const term& number) {
  if (const auto* integer = number.as_integer())
    return term{static_cast<double>(*integer)};
  if (number.as_float() != nullptr)
    return number;
  if (const auto* integer = number.as_big_integer()) {
    const auto digits = integer->to_decimal();
    double value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (read.ec == std::errc{} && std::isfinite(value))
      return term{value};
  }
  return invalid("the value of \"float\" must be a number in the range of floats");
}

result<term> to_binary(const term& base64) {
  const auto text = base64.as_binary();
  if (!text)
    return invalid("the value of \"binary\" must be a string");
  return from_base64(*text).map([](std::string&& bytes) { return term{std::move(bytes)}; });
}

result<term> to_bits(const term& base64, const term& size) {
  const auto text = base64.as_binary();
  const auto* bits = size.as_integer();
  if (!text || bits == nullptr)
    return invalid("the values of \"bits\" and \"size\" must be a string and an integer");
  return from_base64(*text).and_then([&](std::string&& bytes) -> result<term> {
    const auto most = static_cast<std::int64_t>(bytes.size()) * 8;
    if (*bits > most || *bits < std::max<std::int64_t>(most - 7, 0))
      return invalid("\"size\" must be the number of bits in the bytes of \"bits\"");
    return term{bitstring{std::move(bytes), static_cast<std::uint8_t>(8 - (most - *bits))}};
  });
}

result<term> to_improper_list(const term& elements, const term& tail) {
  if (elements.elements().empty() || !elements.is_list() || elements.improper_tail() != nullptr)
    return invalid("the value of \"improper\" must be an array with elements");
  if (tail.is_list())
    return invalid("the value of \"tail\" must not be a list");
  return term::improper_list({elements.elements().begin(), elements.elements().end()}, tail);
}

result<term> to_map(const term& pairs) {
  std::vector<term::entry> entries;
  for (const auto& pair : pairs.elements()) {
    if (!pair.is_list() || pair.elements().size() != 2 || pair.improper_tail() != nullptr)
      break;
    entries.emplace_back(pair.elements()[0], pair.elements()[1]);
  }
  if (!pairs.is_list() || entries.size() != pairs.elements().size()
      || pairs.improper_tail() != nullptr)
    return invalid("the value of \"map\" must be an array of [key, value] arrays");
  return term::map(std::move(entries));
}

// -- events ---------------------------------------------------------------------------------------

/// Builds a term from the events of the JSON parser, which does not recurse either. A handler
/// returns false to stop.
class json_reader final : public nlohmann::json_sax<json> {
public:
  [[nodiscard]] result<term> finish() && { return std::move(outcome_); }

  bool null() override { return add({term{atom{"nil"}}}); }
  bool boolean(bool value) override { return add({term{atom{value ? "true" : "false"}}}); }
  bool number_integer(std::int64_t value) override { return add({term{value}}); }
  bool number_unsigned(std::uint64_t value) override { return add_integer(std::to_string(value)); }

  /// The parser takes integers of more than 64 bits for floats, too.
  bool number_float(double value, const std::string& text) override {
    if (text.find_first_of(".eE") == std::string::npos)
      return add_integer(text);
    return add({term{value}});
  }

  bool string(std::string& value) override { return add({term{std::move(value)}}); }
  bool binary(json::binary_t&) override { return false; } // not in text
  bool start_array(std::size_t) override { return open(false); }
  bool start_object(std::size_t) override { return open(true); }

  bool key(std::string& name) override {
    open_.back().names.push_back(std::move(name));
    return true;
  }

  bool end_array() override {
    auto array = take();
    const auto depth = array.items.empty() ? 0 : array.depth + 1;
    return add({term::list(std::move(array.items)), depth});
  }

  bool end_object() override {
    auto closed = close_object(take());
    if (!closed) {
      outcome_ = tl::unexpected{closed.error()};
      return false;
    }
    return add(std::move(*closed));
  }

  bool parse_error(std::size_t, const std::string& token, const json::exception& error) override {
    // Without the library's own code, as in "[json.exception.parse_error.101] parse error at ...".
    const std::string_view message = error.what();
    std::string text{message.substr(std::min(message.find("] ") + 2, message.size()))};
    // Nor the token that was read last: it may be long and any bytes.
    const auto last_read = "; last read: '" + token + '\'';
    if (const auto from = text.find(last_read); from != std::string::npos)
      text.erase(from, last_read.size());
    if (text.starts_with("number overflow"))
      outcome_ = invalid("a number is beyond the range of floats; write a large integer as "
                         "{\"integer\":\"...\"}");
    else
      outcome_ = invalid(text);
    return false;
  }

private:
  struct frame {
    bool is_object;
    std::vector<term> items;
    /// Of the deepest item.
    std::size_t depth = 0;
    /// In an object: of each item.
    std::vector<std::string> names;
    std::vector<std::size_t> depths;
  };

  /// A tagged form takes up to three brackets for one container.
  static constexpr std::size_t max_brackets = 3 * term::max_depth + 3;

  bool open(bool is_object) {
    if (open_.size() >= max_brackets) {
      outcome_ = too_deep();
      return false;
    }
    open_.push_back({is_object, {}, 0, {}, {}});
    return true;
  }

  frame take() {
    auto closed = std::move(open_.back());
    open_.pop_back();
    return closed;
  }

  bool add_integer(const std::string& text) {
    auto value = to_integer(text);
    if (value)
      return add({std::move(*value)});
    outcome_ = std::move(value);
    return false;
  }

  bool add(measured&& item) {
    // One more for the outer array of a "map", which is taken off when the object ends.
    if (item.depth > term::max_depth + (open_.empty() ? 0 : 1)) {
      outcome_ = too_deep();
      return false;
    }
    if (open_.empty()) {
      outcome_ = std::move(item.value);
      return true;
    }
    auto& parent = open_.back();
    parent.items.push_back(std::move(item.value));
    parent.depth = std::max(parent.depth, item.depth);
    if (parent.is_object)
      parent.depths.push_back(item.depth);
    return true;
  }

  static result<measured> measure(result<term>&& value, std::size_t depth) {
    return std::move(value).map([&](term&& finished) {
      return measured{std::move(finished), depth};
    });
  }

  static result<measured> close_object(frame&& object) {
    auto& items = object.items;
    auto tag = json_tag::none;
    if (items.size() == 1)
      tag = find_json_tag(object.names[0], {});
    else if (items.size() == 2) {
      if (object.names[1] < object.names[0]) {
        std::swap(object.names[0], object.names[1]);
        std::swap(items[0], items[1]);
        std::swap(object.depths[0], object.depths[1]);
      }
      tag = find_json_tag(object.names[0], object.names[1]);
    }
    switch (tag) {
    case json_tag::none:
      return close_plain(std::move(object));
    case json_tag::atom:
      return measure(to_atom(items[0]), 0);
    case json_tag::tuple:
      return measure(to_tuple(items[0]), object.depth);
    case json_tag::integer:
      return measure(to_integer(items[0].as_binary().value_or("")), 0);
    case json_tag::floating:
      return measure(to_float(items[0]), 0);
    case json_tag::binary:
      return measure(to_binary(items[0]), 0);
    case json_tag::bits:
      return measure(to_bits(items[0], items[1]), 0);
    case json_tag::improper:
      return measure(to_improper_list(items[0], items[1]),
                     std::max(object.depths[0], object.depths[1] + 1));
    case json_tag::map:
      return measure(to_map(items[0]), std::max<std::size_t>(object.depth, 1) - 1);
    }
    return measured{};
  }

  static measured close_plain(frame&& object) {
    const auto depth = object.items.empty() ? 0 : object.depth + 1;
    std::vector<term::entry> entries;
    entries.reserve(object.items.size());
    for (std::size_t i = 0; i < object.items.size(); ++i)
      entries.emplace_back(std::move(object.names[i]), std::move(object.items[i]));
    return {term::map(std::move(entries)), depth};
  }

  std::vector<frame> open_;
  result<term> outcome_;
};

} // namespace

result<term> parse_term_json(std::string_view json_text) {
  json_reader reader;
  static_cast<void>(json::sax_parse(json_text, &reader));
  return std::move(reader).finish();
}

} // namespace lockstep
