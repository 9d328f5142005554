#include "model/term/float_text.hpp"
#include "model/term/term_text.hpp"
#include "model/term/text_characters.hpp"
#include "model/term/utf8.hpp"

#include <algorithm>
#include <array>

namespace lockstep {

namespace {

constexpr std::array<std::string_view, 29> reserved_words = {
    "after", "and",   "andalso", "band",   "begin",   "bnot", "bor", "bsl",  "bsr", "bxor",
    "case",  "catch", "cond",    "div",    "else",    "end",  "fun", "if",   "let", "maybe",
    "not",   "of",    "or",      "orelse", "receive", "rem",  "try", "when", "xor"};

/// The letter after the backslash, or 0 if the character has no such form.
char escape_letter(char32_t character) noexcept {
  switch (character) {
  case '\b':
    return 'b';
  case '\t':
    return 't';
  case '\n':
    return 'n';
  case '\v':
    return 'v';
  case '\f':
    return 'f';
  case '\r':
    return 'r';
  case 0x1B:
    return 'e';
  case 0x7F:
    return 'd';
  default:
    return 0;
  }
}

/// Whether Erlang shows it in a text; all of Unicode but what is for control or for no character.
bool is_printable(char32_t c) noexcept {
  if (c < 0x7F)
    return c >= ' ' || escape_letter(c) != 0;
  return (c >= 0xA0 && c < 0xD800) || (c >= 0xE000 && c < 0xFFFE)
         || (c >= 0x10000 && c <= 0x10FFFF);
}

bool is_printable_latin1(std::string_view bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](char c) { return is_printable(static_cast<unsigned char>(c)); });
}

bool is_printable_utf8(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const auto character = utf8::first(bytes);
    if (!character || !is_printable(character->code_point))
      return false;
    bytes.remove_prefix(character->length);
  }
  return true;
}

bool is_ascii(std::string_view bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Whether an atom needs no quotes.
bool is_bare_atom(std::string_view name) noexcept {
  bool first = true;
  for (auto rest = name; !rest.empty(); first = false) {
    const auto character = utf8::first(rest);
    if (!character)
      return false;
    rest.remove_prefix(character->length);
    const auto c = character->code_point;
    if (first ? !is_small_letter(c) : !is_atom_character(c))
      return false;
  }
  return !name.empty()
         && std::find(reserved_words.begin(), reserved_words.end(), name) == reserved_words.end();
}

/// Appends terms; recursion is as deep as the term is.
class text_writer {
public:
  explicit text_writer(std::string& out) : out_(out) {}

  void put(const term& value) {
    switch (value.type()) {
    case term::kind::tuple:
      return put_sequence('{', value, '}');
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
      out_ += big->to_decimal();
    else if (const auto* floating = value.as_float())
      out_ += float_to_text(*floating);
    else if (const auto* name = value.as_atom())
      put_atom(name->name);
    else if (const auto* bits = value.as_bitstring())
      put_bits(*bits);
    else
      out_ += "[]";
  }

  void put_character(char32_t character, char quote) {
    if (character == static_cast<unsigned char>(quote) || character == '\\') {
      out_ += '\\';
      out_ += static_cast<char>(character);
    } else if (const auto letter = escape_letter(character); letter != 0) {
      out_ += '\\';
      out_ += letter;
    } else if (character < ' ' || (character >= 0x7F && character < 0xA0)) {
      out_ += '\\';
      for (const auto shift : {6, 3, 0})
        out_ += static_cast<char>('0' + ((character >> shift) & 7U));
    } else {
      utf8::append(out_, character);
    }
  }

  /// @param text well-formed UTF-8
  void put_quoted(std::string_view text, char quote) {
    out_ += quote;
    while (const auto character = utf8::first(text)) {
      put_character(character->code_point, quote);
      text.remove_prefix(character->length);
    }
    out_ += quote;
  }

  void put_atom(const std::string& name) {
    if (is_bare_atom(name))
      out_ += name;
    else
      put_quoted(name, '\'');
  }

  void put_sequence(char opening, const term& sequence, char closing) {
    out_ += opening;
    bool first = true;
    for (const auto& element : sequence.elements()) {
      if (!first)
        out_ += ',';
      first = false;
      put(element);
    }
    if (const auto* tail = sequence.improper_tail()) {
      out_ += '|';
      put(*tail);
    }
    out_ += closing;
  }

  void put_list(const term& list) {
    return is_string(list) ? put_string(list.elements()) : put_sequence('[', list, ']');
  }

  [[gnu::noinline]] static bool is_string(const term& list) {
    const auto is_character = [](const term& element) {
      const auto* code = element.as_integer();
      return code != nullptr && *code >= 0 && *code <= 0xFF
             && is_printable(static_cast<char32_t>(*code));
    };
    const auto elements = list.elements();
    return list.improper_tail() == nullptr
           && std::all_of(elements.begin(), elements.end(), is_character);
  }

  [[gnu::noinline]] void put_string(std::span<const term> characters) {
    out_ += '"';
    for (const auto& character : characters)
      put_character(static_cast<char32_t>(*character.as_integer()), '"');
    out_ += '"';
  }

  void put_map(std::span<const term::entry> entries) {
    out_ += "#{";
    bool first = true;
    for (const auto& [key, value] : entries) {
      if (!first)
        out_ += ',';
      first = false;
      put(key);
      out_ += " => ";
      put(value);
    }
    out_ += '}';
  }

  void put_bits(const bitstring& bits) {
    const bool whole = bits.last_byte_bits == 8;
    const std::string_view bytes = bits.bytes;
    out_ += "<<";
    if (whole && !bytes.empty() && is_printable_utf8(bytes)) {
      put_quoted(bytes, '"');
      if (!is_ascii(bytes))
        out_ += "/utf8";
    } else if (whole && !bytes.empty() && !utf8::length(bytes) && is_printable_latin1(bytes)) {
      put_quoted(utf8::from_latin1(bytes), '"');
    } else {
      put_byte_list(bits);
    }
    out_ += ">>";
  }

  void put_byte_list(const bitstring& bits) {
    for (std::size_t i = 0; i < bits.bytes.size(); ++i) {
      if (i > 0)
        out_ += ',';
      const unsigned byte = static_cast<unsigned char>(bits.bytes[i]);
      if (i + 1 == bits.bytes.size() && bits.last_byte_bits != 8)
        out_ += std::to_string(byte >> (8U - bits.last_byte_bits)) + ':'
                + std::to_string(bits.last_byte_bits);
      else
        out_ += std::to_string(byte);
    }
  }

  std::string& out_;
};

} // namespace

std::string to_text(const term& value) {
  std::string text;
  text_writer{text}.put(value);
  return text;
}

} // namespace lockstep
