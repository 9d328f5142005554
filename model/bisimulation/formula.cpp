#include "model/bisimulation/formula.hpp"

#include "model/in_quotes.hpp"

#include <algorithm>
#include <utility>

namespace lockstep {

namespace {

using form = formula::form;

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
         || c == '-' || c == '.' || c == ':' || c == '/' || byte >= 0x80;
}

/// An action's name between `<` and `>`.
std::string shown(const std::string& name) {
  auto quoted = quoted_name(name, '"', name.size());
  const bool plain = !name.empty() && std::ranges::all_of(name, is_plain);
  return plain && quoted.size() == name.size() + 2 ? name : quoted;
}

} // namespace

std::size_t formula::depth() const {
  std::vector<std::size_t> depths;
  depths.reserve(nodes.size());
  for (const auto& one : nodes) {
    std::size_t deepest = 0;
    for (const auto part : one.parts)
      deepest = std::max(deepest, depths[part]);
    depths.push_back(deepest + (one.what == form::after || one.what == form::internally_once));
  }
  return depths.back();
}

std::optional<std::string> to_text(const formula& formula, const label_table& labels,
                                   std::size_t max_bytes) {
  /// A node or a piece of text that is to be written.
  struct item {
    const formula::node* node;
    const char* text;
  };
  std::string out;
  std::vector<item> rest{{&formula.nodes.back(), nullptr}};
  while (!rest.empty()) {
    if (out.size() > max_bytes)
      return std::nullopt;
    const auto [node, text] = rest.back();
    rest.pop_back();
    if (node == nullptr) {
      out += text;
      continue;
    }
    switch (node->what) {
    case form::truth:
      out += "true";
      continue;
    case form::negation:
      out += '!';
      break;
    case form::conjunction:
      for (auto i = node->parts.size(); i-- > 0;) {
        rest.push_back({&formula.nodes[node->parts[i]], nullptr});
        if (i != 0)
          rest.push_back({nullptr, " && "});
      }
      continue;
    case form::internally:
      out += "<tau*>";
      break;
    case form::internally_once:
      out += "<tau?>";
      break;
    case form::after:
      out += '<' + shown(labels.name(node->action)) + '>';
      break;
    }
    const auto& part = formula.nodes[node->parts.front()];
    const bool bracketed = part.what == form::conjunction;
    if (bracketed) {
      out += '(';
      rest.push_back({nullptr, ")"});
    }
    rest.push_back({&part, nullptr});
  }
  if (out.size() > max_bytes)
    return std::nullopt;
  return out;
}

formula_builder::id formula_builder::add(formula::node node) {
  const auto next = static_cast<id>(nodes_.size());
  const auto [known, is_new] = known_.try_emplace(node, next);
  if (is_new)
    nodes_.push_back(std::move(node));
  return known->second;
}

formula_builder::id formula_builder::negation(id part) {
  if (nodes_[part].what == form::negation)
    return nodes_[part].parts.front();
  return add({form::negation, lts::tau, {part}});
}

formula_builder::id formula_builder::conjunction(std::vector<id> parts) {
  const auto is_truth = [this](id part) { return nodes_[part].what == form::truth; };
  parts.erase(std::ranges::remove_if(parts, is_truth).begin(), parts.end());
  std::ranges::sort(parts);
  parts.erase(std::ranges::unique(parts).begin(), parts.end());
  if (parts.empty())
    return truth();
  if (parts.size() == 1)
    return parts.front();
  return add({form::conjunction, lts::tau, std::move(parts)});
}

formula_builder::id formula_builder::internally(id part) {
  if (nodes_[part].what == form::internally)
    return part;
  return add({form::internally, lts::tau, {part}});
}

formula_builder::id formula_builder::internally_once(id part) {
  return add({form::internally_once, lts::tau, {part}});
}

formula_builder::id formula_builder::after(lts::label action, id part) {
  return add({form::after, action, {part}});
}

formula formula_builder::take(id root) const {
  std::vector<bool> needed(nodes_.size(), false);
  needed[root] = true;
  for (auto i = std::size_t{root} + 1; i-- > 0;) {
    if (needed[i]) {
      for (const auto part : nodes_[i].parts)
        needed[part] = true;
    }
  }
  formula out;
  std::vector<id> renumbered(nodes_.size(), 0);
  for (std::size_t i = 0; i <= root; ++i) {
    if (!needed[i])
      continue;
    renumbered[i] = static_cast<id>(out.nodes.size());
    auto node = nodes_[i];
    for (auto& part : node.parts)
      part = renumbered[part];
    out.nodes.push_back(std::move(node));
  }
  return out;
}

} // namespace lockstep
