#include "app/model_export.hpp"

#include "model/workflow/mermaid.hpp"
#include "persistence/model_directory.hpp"
#include "persistence/text_file.hpp"

namespace lockstep {

result<exported_model> export_model(const std::filesystem::path& folder,
                                    const implementation_model& model) {
  exported_model files;
  files.spex_file = model_path(folder, model.specification);
  files.mermaid_file = files.spex_file;
  files.mermaid_file.replace_extension(".mmd");
  if (auto written = write_model(folder, model); !written)
    return tl::unexpected(written.error());
  if (auto written = write_text_file(files.mermaid_file, to_mermaid(model)); !written)
    return tl::unexpected(written.error());
  return files;
}

} // namespace lockstep
