#include "app/specification_files.hpp"

#include "model/workflow/specification_json.hpp"
#include "persistence/text_file.hpp"

#include <map>
#include <string>
#include <utility>

namespace lockstep {

result<specification> read_specification_file(const std::filesystem::path& file) {
  return read_text_file(file).and_then(
      [&](const std::string& text) { return parse_specification_json(text, file.string()); });
}

result<std::shared_ptr<const specification_catalog>>
read_specifications(const std::vector<std::filesystem::path>& files) {
  auto catalog = std::make_shared<specification_catalog>();
  std::map<std::string, std::filesystem::path> file_of;
  for (const auto& file : files) {
    auto spec = read_specification_file(file);
    if (!spec)
      return tl::unexpected(spec.error());
    auto name = spec->name();
    auto [known, is_new] = catalog->try_emplace(name, std::make_shared<const specification>(*spec));
    if (!is_new && *known->second != *spec)
      return fail(ec::invalid_specification, file_of[name].string() + " and " + file.string()
                                                 + " declare " + name
                                                 + " differently; keep one of them");
    file_of.emplace(name, file);
  }
  return catalog;
}

} // namespace lockstep
