#include "model/workflow/json_positions.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace lockstep {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// The offset after the string that begins at `begin`, or the end of an unfinished one.
std::size_t end_of_string(std::string_view json, std::size_t begin) {
  for (auto i = begin + 1; i < json.size(); ++i) {
    if (json[i] == '\\')
      ++i;
    else if (json[i] == '"')
      return i + 1;
  }
  return json.size();
}

/// The characters of a string that is written in quotes.
std::string decoded(std::string_view quoted) {
  const auto value = nlohmann::json::parse(quoted, nullptr, false);
  return value.is_string() ? value.get<std::string>() : std::string(quoted);
}

/// The key that a part of a pointer stands for.
std::string unescaped(std::string_view token) {
  std::string key;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool is_escape = token[i] == '~' && i + 1 < token.size();
    key += is_escape ? (token[++i] == '1' ? '/' : '~') : token[i];
  }
  return key;
}

/// @param token Begins with a character of a number, if it is one.
bool is_huge_number(std::string_view token) {
  return token.find_first_not_of("+-.0123456789eE") == std::string_view::npos
         && std::isinf(std::strtod(std::string(token).c_str(), nullptr));
}

/// An object or array that is not closed yet.
struct container {
  std::size_t node;
  bool is_object;
  std::size_t count = 0;
};

struct member_key {
  std::string text;
  std::size_t at;
};

} // namespace

json_positions::json_positions(std::string_view json) { scan(json); }

void json_positions::scan(std::string_view json) {
  std::vector<container> open;
  std::optional<member_key> key;
  const auto add_value = [&](std::size_t at) {
    const auto added = places_.size();
    places_.push_back({key ? key->at : at, at});
    if (!open.empty()) {
      auto& parent = open.back();
      auto name = key ? std::move(key->text) : std::to_string(parent.count++);
      children_.insert_or_assign({parent.node, std::move(name)}, added);
    }
    key.reset();
    return added;
  };

  std::size_t i = json.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  while (i < json.size()) {
    switch (json[i]) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
    case ',':
    case ':':
      ++i;
      break;
    case '{':
    case '[':
      open.push_back({add_value(i), json[i] == '{'});
      ++i;
      break;
    case '}':
    case ']':
      if (open.empty())
        return;
      open.pop_back();
      ++i;
      break;
    case '"': {
      const auto end = end_of_string(json, i);
      if (!open.empty() && open.back().is_object && !key)
        key = member_key{decoded(json.substr(i, end - i)), i};
      else
        add_value(i);
      i = end;
      break;
    }
    default: {
      const auto end = std::min(json.find_first_of(",]} \t\r\n", i), json.size());
      if (!huge_number_ && is_huge_number(json.substr(i, end - i)))
        huge_number_ = i;
      add_value(i);
      i = end;
    }
    }
  }
}

std::optional<json_positions::place> json_positions::find(std::string_view pointer) const {
  if (places_.empty())
    return std::nullopt;
  node at = 0;
  while (!pointer.empty()) {
    pointer.remove_prefix(1); // the slash
    const auto size = std::min(pointer.find('/'), pointer.size());
    const auto child = children_.find({at, unescaped(pointer.substr(0, size))});
    if (child == children_.end())
      return std::nullopt;
    at = child->second;
    pointer.remove_prefix(size);
  }
  return places_[at];
}

} // namespace lockstep
