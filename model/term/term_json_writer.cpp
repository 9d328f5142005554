#include "model/term/base64.hpp"
#include "model/term/float_text.hpp"
#include "model/term/term_json.hpp"
#include "model/term/term_json_tags.hpp"
#include "model/term/utf8.hpp"

#include <algorithm>

namespace lockstep {

namespace {

/// Every integer below this many digits is in the range of floats, which JSON readers insist on.
constexpr std::size_t max_json_digits = 308;

/// Appends terms; recursion is as deep as the term is.
class json_writer {
public:
  explicit json_writer(std::string& out) : out_(out) {}

  void put(const term& value) {
    switch (value.type()) {
    case term::kind::tuple:
      out_ += R"({"tuple":)";
      put_array(value);
      out_ += '}';
      return;
    case term::kind::map:
      return put_map(value.entries());
    case term::kind::list:
      return put_list(value);
    default:
      return put_leaf(value);
    }
  }

private:
  // What does not recurse is kept out of the functions that do, so that they take little stack.

  [[gnu::noinline]] void put_leaf(const term& value) {
    if (const auto* integer = value.as_integer())
      out_ += std::to_string(*integer);
    else if (const auto* big = value.as_big_integer())
      put_big(*big);
    else if (const auto* floating = value.as_float())
      out_ += float_to_text(*floating);
    else if (const auto* name = value.as_atom())
      put_atom(name->name);
    else if (const auto* bits = value.as_bitstring())
      put_bits(*bits);
    else
      out_ += "[]";
  }

  /// @param text well-formed UTF-8
  void put_string(std::string_view text) {
    constexpr std::string_view hexadecimal = "0123456789abcdef";
    out_ += '"';
    for (const auto c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        out_ += '\\';
        out_ += c;
      } else if (c == '\n') {
        out_ += "\\n";
      } else if (byte < ' ' || byte == 0x7F) {
        out_ += "\\u00";
        out_ += hexadecimal[byte >> 4U];
        out_ += hexadecimal[byte & 0xFU];
      } else {
        out_ += c;
      }
    }
    out_ += '"';
  }

  void put_big(const big_integer& value) {
    const auto digits = value.to_decimal();
    if (digits.size() <= max_json_digits)
      out_ += digits;
    else
      out_.append(R"({"integer":")").append(digits).append(R"("})");
  }

  void put_atom(const std::string& name) {
    if (name == "true" || name == "false") {
      out_ += name;
    } else if (name == "nil") {
      out_ += "null";
    } else {
      out_ += R"({"atom":)";
      put_string(name);
      out_ += '}';
    }
  }

  /// The elements of a tuple or a list.
  void put_array(const term& sequence) {
    out_ += '[';
    bool first = true;
    for (const auto& element : sequence.elements()) {
      if (!first)
        out_ += ',';
      first = false;
      put(element);
    }
    out_ += ']';
  }

  void put_list(const term& list) {
    const auto* tail = list.improper_tail();
    if (tail == nullptr)
      return put_array(list);
    out_ += R"({"improper":)";
    put_array(list);
    out_ += R"(,"tail":)";
    put(*tail);
    out_ += '}';
  }

  void put_map(std::span<const term::entry> entries) {
    return is_plain(entries) ? put_object(entries) : put_pairs(entries);
  }

  void put_object(std::span<const term::entry> entries) {
    out_ += '{';
    bool first = true;
    for (const auto& [key, value] : entries) {
      if (!first)
        out_ += ',';
      first = false;
      put_leaf(key);
      out_ += ':';
      put(value);
    }
    out_ += '}';
  }

  void put_pairs(std::span<const term::entry> entries) {
    out_ += R"({"map":[)";
    bool first = true;
    for (const auto& [key, value] : entries) {
      if (!first)
        out_ += ',';
      first = false;
      out_ += '[';
      put(key);
      out_ += ',';
      put(value);
      out_ += ']';
    }
    out_ += "]}";
  }

  /// Whether all keys are text and the object cannot be taken for a tagged form.
  [[gnu::noinline]] static bool is_plain(std::span<const term::entry> entries) {
    const auto has_text_key = [](const term::entry& entry) {
      const auto key = entry.first.as_binary();
      return key && utf8::length(*key);
    };
    return std::all_of(entries.begin(), entries.end(), has_text_key) && !is_tag(entries);
  }

  /// Whether these are the members of a tagged form.
  static bool is_tag(std::span<const term::entry> entries) {
    if (entries.empty() || entries.size() > 2)
      return false;
    const auto second = entries.size() == 2 ? *entries[1].first.as_binary() : std::string_view{};
    return find_json_tag(*entries[0].first.as_binary(), second) != json_tag::none;
  }

  void put_bits(const bitstring& bits) {
    if (bits.last_byte_bits != 8) {
      const auto size = bits.bytes.size() * 8 - (8U - bits.last_byte_bits);
      out_.append(R"({"bits":")").append(to_base64(bits.bytes)).append(R"(","size":)");
      out_.append(std::to_string(size)).append("}");
    } else if (utf8::length(bits.bytes)) {
      put_string(bits.bytes);
    } else {
      out_.append(R"({"binary":")").append(to_base64(bits.bytes)).append(R"("})");
    }
  }

  std::string& out_;
};

} // namespace

std::string to_json_text(const term& value) {
  std::string text;
  json_writer{text}.put(value);
  return text;
}

} // namespace lockstep
