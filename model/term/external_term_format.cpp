// The reader; the writer is etf_writer.cpp.

#include "model/term/external_term_format.hpp"

#include "model/term/etf_tags.hpp"
#include "model/term/open_container.hpp"
#include "model/term/text_characters.hpp"
#include "model/term/utf8.hpp"

#include <bit>
#include <charconv>
#include <cmath>

namespace lockstep {

namespace {

/// One pass over the bytes. The methods that read return what they read, or the failure.
class etf_reader {
public:
  explicit etf_reader(std::string_view bytes) : bytes_(bytes) {}

  result<term> read_all() {
    const auto first = number<1>();
    if (!first || *first != etf::version)
      return error_at(0, "expected the version byte 131");
    auto value = read_term();
    if (value && position_ != bytes_.size())
      return error_at(position_, "expected the end, found "
                                     + std::to_string(bytes_.size() - position_) + " more bytes");
    return value;
  }

private:
  using shape = open_container::shape;

  result<term> read_term() {
    for (;;) {
      start_ = position_;
      const auto tag = number<1>();
      if (!tag)
        return tl::unexpected{tag.error()};
      auto value = read_value(static_cast<std::uint8_t>(*tag));
      if (!value)
        return tl::unexpected{value.error()};
      if (!*value)
        continue; // a container was opened
      auto& finished = **value;
      for (;;) {
        if (open_.empty())
          return std::move(finished);
        auto& parent = open_.back();
        parent.items.push_back(std::move(finished));
        if (--parent.remaining > 0)
          break;
        const auto pairs = parent.items.size() / 2;
        finished = parent.close();
        if (parent.type == shape::map && finished.entries().size() != pairs)
          return error_at(position_, "the map that ends here has a key twice");
        open_.pop_back();
      }
    }
  }

  /// Nothing if it opened a container.
  result<std::optional<term>> read_value(std::uint8_t tag) {
    switch (tag) {
    case etf::small_integer:
      return as_term(number<1>(), [](auto n) { return term{static_cast<std::int64_t>(n)}; });
    case etf::integer:
      return as_term(number<4>(), [](auto n) {
        return term{static_cast<std::int32_t>(static_cast<std::uint32_t>(n))};
      });
    case etf::new_float:
      return number<8>().and_then([&](auto n) { return read_float(std::bit_cast<double>(n)); });
    case etf::float_text:
      return block(31).and_then([&](auto text) { return read_float_text(text); });
    case etf::small_big:
      return number<1>().and_then([&](auto size) { return read_big(size); });
    case etf::large_big:
      return number<4>().and_then([&](auto size) { return read_big(size); });
    case etf::atom_utf8:
      return sized_block<2>().and_then([&](auto name) { return read_atom(std::string{name}); });
    case etf::small_atom_utf8:
      return sized_block<1>().and_then([&](auto name) { return read_atom(std::string{name}); });
    case etf::atom_latin1:
      return sized_block<2>().and_then(
          [&](auto name) { return read_atom(utf8::from_latin1(name)); });
    case etf::small_atom_latin1:
      return sized_block<1>().and_then(
          [&](auto name) { return read_atom(utf8::from_latin1(name)); });
    case etf::binary:
      return as_term(sized_block<4>(), [](auto data) { return term{data}; });
    case etf::bit_binary:
      return read_bits();
    case etf::string:
      return sized_block<2>().and_then([&](auto data) { return read_string(data); });
    case etf::nil:
      return term{};
    case etf::small_tuple:
      return number<1>().and_then([&](auto size) { return open(shape::tuple, size); });
    case etf::large_tuple:
      return number<4>().and_then([&](auto size) { return open(shape::tuple, size); });
    case etf::list:
      return number<4>().and_then([&](auto size) { return open(shape::list, size); });
    case etf::map:
      return number<4>().and_then([&](auto size) { return open(shape::map, size); });
    default:
      return unsupported(tag);
    }
  }

  tl::unexpected<failure> unsupported(std::uint8_t tag) const {
    const auto name = [&]() -> std::string_view {
      switch (tag) {
      case etf::compressed:
        return "compressed data";
      case etf::process:
      case 88: // NEW_PID_EXT
        return "a process identifier";
      case etf::port:
      case 89:  // NEW_PORT_EXT
      case 120: // V4_PORT_EXT
        return "a port";
      case etf::reference:
      case 90:  // NEWER_REFERENCE_EXT
      case 114: // NEW_REFERENCE_EXT
        return "a reference";
      case 112: // NEW_FUN_EXT
      case 113: // EXPORT_EXT
      case 117: // FUN_EXT
        return "a function";
      default:
        return "unknown";
      }
    }();
    return error_at(start_, "the tag " + std::to_string(tag) + " (" + std::string{name}
                                + ") is not supported");
  }

  // -- values -------------------------------------------------------------------------------------

  result<std::optional<term>> read_float(double value) const {
    if (!std::isfinite(value))
      return error_at(start_, "a float must be finite");
    return term{value};
  }

  /// The format of releases before R11: text as of C's `%.20e`, filled up with zero bytes.
  result<std::optional<term>> read_float_text(std::string_view text) const {
    text = text.substr(0, text.find('\0'));
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
      return error_at(start_, "a float of the old format must be a decimal number");
    return read_float(value);
  }

  result<std::optional<term>> read_big(std::uint64_t size) {
    const auto sign = number<1>();
    if (!sign)
      return tl::unexpected{sign.error()};
    if (*sign > 1)
      return error_at(position_ - 1, "the sign of an integer must be 0 or 1");
    return block(size).and_then([&](auto magnitude) -> result<std::optional<term>> {
      const auto value = big_integer::from_magnitude(magnitude, *sign == 1);
      if (!value)
        return error_at(start_, "an integer may have at most "
                                    + std::to_string(big_integer::max_bytes) + " bytes");
      return term{*value};
    });
  }

  result<std::optional<term>> read_atom(std::string name) const {
    const auto characters = utf8::length(name);
    if (!characters)
      return error_at(start_, "the name of an atom must be UTF-8");
    if (*characters > max_atom_characters)
      return error_at(start_, "an atom may have at most 255 characters");
    return term{atom{std::move(name)}};
  }

  result<std::optional<term>> read_bits() {
    const auto size = number<4>();
    const auto bits = number<1>();
    if (!size || !bits)
      return tl::unexpected{size ? bits.error() : size.error()};
    if (*bits > 8 || (*bits == 0) != (*size == 0))
      return error_at(start_, "a bit string must use 1 to 8 bits of its last byte");
    return as_term(block(*size), [&](auto data) {
      return term{bitstring{std::string{data}, static_cast<std::uint8_t>(*size == 0 ? 8 : *bits)}};
    });
  }

  result<std::optional<term>> read_string(std::string_view data) {
    const bool continues = at_tail();
    if (!continues && !data.empty() && open_.size() == term::max_depth)
      return too_deep();
    std::vector<term> elements;
    auto& target = continues ? open_.back().items : elements;
    for (auto byte : data)
      target.emplace_back(std::int64_t{static_cast<unsigned char>(byte)});
    return term::list(std::move(elements)); // `[]` as the tail of the list it continues
  }

  /// Whether the next term is what follows the elements of a list. If that is a list, it continues
  /// the open one: some writers encode a list as a chain of lists of one element.
  [[nodiscard]] bool at_tail() const noexcept {
    return !open_.empty() && open_.back().has_tail && open_.back().remaining == 1;
  }

  /// @param size elements or entries; a list is followed by its tail
  result<std::optional<term>> open(shape type, std::uint64_t size) {
    // Every element takes a byte at least: what cannot be there is not waited for.
    const auto items = type == shape::map ? 2 * size : type == shape::list ? size + 1 : size;
    if (items > bytes_.size() - position_)
      return cut_short();
    if (size == 0 && type != shape::list)
      return open_container{type, {}}.close();
    if (type == shape::list && at_tail()) {
      open_.back().remaining = static_cast<std::size_t>(items);
      return std::optional<term>{};
    }
    if (open_.size() == term::max_depth)
      return too_deep();
    open_.push_back({type, {}, type == shape::list, static_cast<std::size_t>(items)});
    return std::optional<term>{};
  }

  // -- bytes --------------------------------------------------------------------------------------

  template <class T, class Convert>
  static result<std::optional<term>> as_term(const result<T>& read, Convert convert) {
    if (!read)
      return tl::unexpected{read.error()};
    return std::optional<term>{convert(*read)};
  }

  result<std::string_view> block(std::uint64_t size) {
    if (size > bytes_.size() - position_)
      return cut_short();
    const auto data = bytes_.substr(position_, static_cast<std::size_t>(size));
    position_ += data.size();
    return data;
  }

  /// An unsigned number, the most significant byte first.
  template <unsigned Bytes>
  result<std::uint64_t> number() {
    return block(Bytes).map([](std::string_view data) {
      std::uint64_t value = 0;
      for (auto byte : data)
        value = (value << 8) | static_cast<unsigned char>(byte);
      return value;
    });
  }

  /// A block after its size.
  template <unsigned SizeBytes>
  result<std::string_view> sized_block() {
    return number<SizeBytes>().and_then([&](std::uint64_t size) { return block(size); });
  }

  // -- errors -------------------------------------------------------------------------------------

  static tl::unexpected<failure> error_at(std::size_t offset, const std::string& what) {
    return fail(ec::invalid_term,
                "invalid external term format at byte " + std::to_string(offset) + ": " + what,
                {{"offset", static_cast<std::int64_t>(offset)}});
  }

  tl::unexpected<failure> cut_short() const {
    return error_at(bytes_.size(),
                    "the bytes end within the term that begins at byte " + std::to_string(start_));
  }

  tl::unexpected<failure> too_deep() const {
    return error_at(start_, "terms nest more than " + std::to_string(term::max_depth) + " deep");
  }

  std::string_view bytes_;
  std::size_t position_ = 0;
  /// Where the term at hand begins.
  std::size_t start_ = 0;
  std::vector<open_container> open_;
};

} // namespace

result<term> decode_etf(std::string_view bytes) { return etf_reader{bytes}.read_all(); }

} // namespace lockstep
