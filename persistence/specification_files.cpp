#include "persistence/specification_files.hpp"

#include "model/workflow/specification_text.hpp"
#include "persistence/text_file.hpp"

#include <iterator>
#include <map>
#include <string>
#include <utility>

namespace lockstep {

result<declared_specification> read_specification_file(const std::filesystem::path& file) {
  const auto format = format_of(file.extension().string());
  if (!format)
    return fail(ec::invalid_specification,
                file.string()
                    + ": the extension tells no form of a specification; there are .json, .mmd, "
                      ".mermaid and .md",
                {{"file", term(file.string())}});
  const auto text = read_text_file(file, {.bytes = max_specification_bytes});
  if (!text)
    return tl::unexpected(text.error());
  return read_specification(*text, file.string(), *format);
}

result<declared_catalog> read_specifications(const std::vector<std::filesystem::path>& files) {
  auto catalog = std::make_shared<specification_catalog>();
  declared_catalog declared;
  std::map<std::string, std::string> file_of;
  for (const auto& file : files) {
    auto read = read_specification_file(file);
    if (!read)
      return tl::unexpected(read.error());
    const auto& spec = read->value;
    auto [known, is_new] =
        catalog->try_emplace(spec.name(), std::make_shared<const specification>(spec));
    if (!is_new && *known->second != spec)
      return fail(ec::invalid_specification, file_of[spec.name()] + " and " + file.string()
                                                 + " declare " + spec.name()
                                                 + " differently; keep one of them");
    file_of.emplace(spec.name(), file.string());
    std::move(read->findings.begin(), read->findings.end(), std::back_inserter(declared.findings));
  }
  declared.specifications = std::move(catalog);
  return declared;
}

} // namespace lockstep
