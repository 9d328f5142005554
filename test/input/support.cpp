#include "test/input/support.hpp"

#include <cstdlib>
#include <fstream>
#include <system_error>

namespace lockstep::test {

temp_dir::temp_dir() {
  auto name = (std::filesystem::temp_directory_path() / "lockstep-input-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

temp_dir::~temp_dir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string temp_dir::file(std::string_view content, std::string_view name) const {
  auto path = path_ / name;
  std::ofstream{path, std::ios::binary} << content;
  return path.string();
}

caf::settings settings_of(const std::string& text) {
  std::istringstream source{text};
  auto parsed = caf::actor_system_config::parse_config(source);
  INFO(text);
  REQUIRE(parsed);
  return *std::move(parsed);
}

input_options options_of(const std::string& text) {
  auto options = parse_input_options(settings_of(text), "test.conf: input");
  if (!options)
    FAIL(options.error().message);
  return *std::move(options);
}

reading read_all(const input_options& options, const std::string& path) {
  auto reader = open_reader(options, path);
  if (!reader)
    FAIL(reader.error().message);
  reading all;
  for (;;) {
    auto next = (*reader)->next();
    if (!next) {
      all.failures.push_back(std::move(next.error()));
      continue;
    }
    if (!*next)
      break;
    all.events.push_back(**std::move(next));
  }
  all.counters = (*reader)->counters();
  return all;
}

} // namespace lockstep::test
