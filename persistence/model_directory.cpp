#include "persistence/model_directory.hpp"

#include "model/workflow/spex_text.hpp"
#include "persistence/text_file.hpp"

#include <algorithm>
#include <map>
#include <system_error>

namespace lockstep {

namespace {

constexpr std::string_view extension = ".spex";

/// The folder's `.spex` files, sorted by name.
result<std::vector<std::filesystem::path>> model_files(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  if (!std::filesystem::exists(directory, error) && !error)
    return files;
  std::filesystem::directory_iterator entries{directory, error};
  for (; !error && entries != std::filesystem::directory_iterator{}; entries.increment(error))
    if (entries->path().extension() == extension)
      files.push_back(entries->path());
  if (error)
    return fail(ec::invalid_spex_file, "cannot read the folder of models " + directory.string()
                                           + ": " + error.message() + "; check impl-models-dir");
  std::sort(files.begin(), files.end());
  return files;
}

} // namespace

model_file to_file(const implementation_model& model) {
  return {model_file_name(model.specification), to_spex_text(model)};
}

std::string model_file_name(const std::string& specification) {
  std::string name;
  for (char c : specification) {
    if (c == '/')
      name += "%2F";
    else if (c == '%')
      name += "%25";
    else
      name += c;
  }
  return name.append(extension);
}

result<implementation_model> read_model(const std::filesystem::path& file) {
  auto text = read_text_file(file, {.line_bytes = max_model_line_bytes});
  if (!text)
    return fail(ec::invalid_spex_file, text.error().message, text.error().context);
  return parse_spex_text(*text, file.string());
}

result<std::vector<implementation_model>> read_models(const std::filesystem::path& directory) {
  auto files = model_files(directory);
  if (!files)
    return tl::unexpected(files.error());
  std::vector<implementation_model> models;
  std::map<std::string, std::string> file_of;
  for (const auto& file : *files) {
    auto model = read_model(file);
    if (!model)
      return tl::unexpected(model.error());
    auto [known, is_new] = file_of.emplace(model->specification, file.string());
    if (!is_new)
      return fail(ec::invalid_spex_file, known->second + " and " + file.string()
                                             + " are both models of " + model->specification
                                             + "; keep one of them");
    models.push_back(std::move(*model));
  }
  return models;
}

std::filesystem::path model_path(const std::filesystem::path& directory,
                                 const std::string& specification) {
  auto path = directory / model_file_name(specification);
  if (auto model = read_model(path); model && model->specification == specification)
    return path;
  if (auto files = model_files(directory))
    for (const auto& file : *files)
      if (auto model = read_model(file); model && model->specification == specification)
        return file;
  return path;
}

result<bool> write_model(const std::filesystem::path& directory,
                         const implementation_model& model) {
  auto path = model_path(directory, model.specification);
  auto text = to_spex_text(model);
  // Names may look like the format itself; a file that does not come back stops the next start.
  if (auto again = parse_spex_text(text, path.string()); !again || *again != model)
    return fail(ec::invalid_spex_file,
                path.string() + " is not written, since it could not be read back: "
                    + (again ? std::string("a name has \" --[\" or \"]-> \" in it")
                             : again.error().message),
                {{"specification", model.specification}});
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored))
    if (auto present = read_model(path)) {
      if (*present == model)
        return false;
      if (present->specification != model.specification)
        return fail(ec::invalid_spex_file, path.string() + " holds the model of "
                                               + present->specification + ", not of "
                                               + model.specification + "; rename it");
    }
  return write_text_file(path, text).map([] { return true; });
}

} // namespace lockstep
