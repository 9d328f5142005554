#include "test/conformance/rules.hpp"

#include "model/term/phash2.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace lockstep::recordings {

namespace {

constexpr std::string_view learning_line = "Learning mode: true\n";

bool is_aggregate(operation op) {
  return op == operation::all_instances || op == operation::all_impl_models
         || op == operation::export_impl_models;
}

/// By their text: JSON's own order of numbers mixes signed and unsigned ones.
void sort_by(json& list, const std::string& key) {
  std::sort(list.begin(), list.end(), [&](const json& lhs, const json& rhs) {
    return lhs.at(key).dump() < rhs.at(key).dump();
  });
}

/// The text of a `.spex` file with the lines after the first three, its transitions, in order.
std::string sorted_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  if (lines.size() > 3)
    std::sort(lines.begin() + 3, lines.end());
  std::string sorted;
  for (const auto line : lines)
    sorted += line;
  return sorted;
}

/// The rules of sets and of error context, for both sides.
void put_in_order(operation op, json& result) {
  if (result.contains("error")) {
    result.at("error").erase("context");
    return;
  }
  auto& list = result.at("ok");
  if (!is_aggregate(op) || !list.is_array())
    return;
  switch (op) {
  case operation::all_instances:
    sort_by(list, "identifier");
    break;
  case operation::all_impl_models:
    for (auto& model : list)
      std::sort(model.at("transitions").begin(), model.at("transitions").end());
    sort_by(list, "specification");
    break;
  default:
    sort_by(list, "filename");
    break;
  }
}

} // namespace

outcome comparable_recording(operation op, outcome recorded) {
  auto& result = recorded.result;
  if (is_aggregate(op) && result.value("ok", json{}) == true) // empty aggregate
    result["ok"] = json::array();
  if (op == operation::export_impl_models && result.contains("ok"))
    for (auto& file : result.at("ok")) {
      file["content"] = file.at("content_sorted");
      file.erase("content_sorted");
    }
  put_in_order(op, result);
  return recorded;
}

outcome comparable_answer(operation op, outcome answered) {
  auto& result = answered.result;
  if (op == operation::export_impl_models && result.contains("ok"))
    for (auto& file : result.at("ok"))
      file["content"] = sorted_lines(file.at("content").get_ref<const std::string&>());
  put_in_order(op, result);
  return answered;
}

void collisions::note(const call& made) {
  if (!made.has_identifier)
    return;
  auto& same_hash = used_[phash2(made.identifier)];
  auto& specifications = same_hash[made.identifier];
  if (!made.specification.empty())
    specifications.insert(made.specification);
  if (same_hash.size() < 2)
    return;
  for (const auto& [identifier, its_specifications] : same_hash) {
    identifiers_.insert(identifier);
    specifications_.insert(its_specifications.begin(), its_specifications.end());
  }
}

bool collisions::spoil(const call& made) const {
  return made.has_identifier && identifiers_.contains(made.identifier);
}

void collisions::clear(operation op, outcome& comparable) const {
  if (identifiers_.empty())
    return;
  std::erase(comparable.reported, "ImplModelError/impl_model_not_found");
  if (!is_aggregate(op) || !comparable.result.contains("ok"))
    return;
  const auto cannot_be_compared = [&](const json& one) {
    if (op == operation::all_instances) {
      const auto identifier = identifier_from(one.at("identifier"));
      return identifier && identifiers_.contains(*identifier);
    }
    if (op == operation::all_impl_models)
      return one.at("learning_mode") == true && specifications_.contains(one.at("specification"));
    return one.at("content").get_ref<const std::string&>().find(learning_line) != std::string::npos
           && std::ranges::any_of(specifications_, [&](const std::string& name) {
                return one.at("filename") == model_file_name(name);
              });
  };
  json kept = json::array();
  for (auto& one : comparable.result.at("ok"))
    if (!cannot_be_compared(one))
      kept.push_back(std::move(one));
  comparable.result["ok"] = std::move(kept);
}

} // namespace lockstep::recordings
