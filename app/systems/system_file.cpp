#include "app/systems/system_file.hpp"

#include "app/progress.hpp"
#include "model/bisimulation/aut_reader.hpp"
#include "model/bisimulation/system_of.hpp"
#include "model/in_quotes.hpp"
#include "model/workflow/ascii_text.hpp"
#include "model/workflow/specification_text.hpp"
#include "persistence/model_directory.hpp"
#include "persistence/specification_files.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace lockstep {

namespace {

namespace fs = std::filesystem;

auto cannot_read(const fs::path& path, std::error_code reason) {
  return fail(ec::invalid_input, "cannot read " + path.string() + ": " + reason.message(),
              {{"file", term(path.string())}});
}

result<system_file> read_aut_file(const fs::path& path, label_table& labels) {
  std::error_code error;
  if (fs::is_directory(path, error))
    return cannot_read(path, std::make_error_code(std::errc::is_a_directory));
  errno = 0;
  std::ifstream in{path, std::ios::binary};
  if (!in)
    return cannot_read(path, {errno == 0 ? EIO : errno, std::generic_category()});
  progress_line shown{"transitions"};
  aut_reader_options options{.source = path.string()};
  if (const auto size = fs::file_size(path, error); !error)
    options.size = size;
  options.progress = [&shown](std::uint64_t done, std::uint64_t announced) {
    shown.show(done, static_cast<double>(done) / static_cast<double>(announced));
  };
  return read_aut(in, labels, options).map([&](lts&& system) {
    return system_file{{std::move(system), {}}, system_format::aut, path.stem().string()};
  });
}

result<system_file> read_spex_file(const fs::path& path, label_table& labels) {
  auto model = read_model(path);
  if (!model)
    return tl::unexpected(std::move(model.error()));
  auto system = system_of(*model, labels);
  if (!system)
    return fail(ec::invalid_spex_file,
                path.string() + ": the model has "
                    + std::to_string(std::ranges::count_if(model->transitions, is_initialisation))
                    + " initialisations, so where it begins is unknown; keep exactly one line "
                      "nil --[__initialisation__]-> STATE",
                {{"file", term(path.string())}});
  return system_file{std::move(*system), system_format::spex, std::move(model->specification)};
}

result<system_file> read_specification_system(const fs::path& path, specification_format format,
                                              label_table& labels) {
  return read_specification_file(path).map([&](const declared_specification& declared) {
    const auto& spec = declared.value;
    return system_file{system_of(spec, labels),
                       format == specification_format::json ? system_format::json
                                                            : system_format::mermaid,
                       spec.name(), spec.options()};
  });
}

} // namespace

result<system_file> read_system(const std::string& path, label_table& labels) {
  std::error_code error;
  if (path == "-" || fs::is_fifo(path, error))
    return fail(ec::invalid_input,
                (path == "-" ? std::string("standard input") : "the pipe " + path)
                    + " cannot be read, as the ending of a name tells a system's form; give a file "
                      "whose name ends in .aut, .spex, .json, .mmd, .mermaid, .md or .markdown",
                {{"file", term(path)}});
  const auto ending = lower(fs::path(path).extension().string());
  if (ending == ".aut")
    return read_aut_file(path, labels);
  if (ending == ".spex")
    return read_spex_file(path, labels);
  if (const auto format = format_of(ending))
    return read_specification_system(path, *format, labels);
  return fail(ec::invalid_input,
              "the ending of " + in_quotes(path)
                  + " tells no form of a system; there are .aut, .spex, .json, .mmd, .mermaid, .md "
                    "and .markdown",
              {{"file", term(path)}});
}

result<named_system> read_system_file(const std::string& path, label_table& labels) {
  return read_system(path, labels).map([](system_file&& file) { return std::move(file.system); });
}

} // namespace lockstep
