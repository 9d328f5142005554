#include "persistence/text_file.hpp"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace lockstep {

namespace {

tl::unexpected<failure> system_failure(ec code, std::string_view what,
                                       const std::filesystem::path& path, std::error_code error) {
  return fail(code, std::string(what) + ' ' + path.string() + ": " + error.message(),
              {{"file", path.string()}});
}

std::error_code last_error() { return {errno == 0 ? EIO : errno, std::generic_category()}; }

} // namespace

result<std::string> read_text_file(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    return system_failure(ec::invalid_input, "cannot read", path,
                          std::make_error_code(std::errc::is_a_directory));
  errno = 0;
  std::ifstream in{path, std::ios::binary};
  if (!in)
    return system_failure(ec::invalid_input, "cannot read", path, last_error());
  std::string text{std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
  if (in.bad())
    return system_failure(ec::invalid_input, "cannot read", path, last_error());
  return text;
}

result<void> write_text_file(const std::filesystem::path& path, std::string_view text) {
  return write_text_file(path, [text](std::ostream& out) -> result<void> {
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    return {};
  });
}

result<void> write_text_file(const std::filesystem::path& path,
                             const std::function<result<void>(std::ostream& out)>& write) {
  std::error_code error;
  if (path.has_parent_path())
    std::filesystem::create_directories(path.parent_path(), error);
  if (error)
    return system_failure(ec::store_failure, "cannot make the folder", path.parent_path(), error);
  auto temporary = path;
  temporary += ".new";
  {
    errno = 0;
    std::ofstream out{temporary, std::ios::binary | std::ios::trunc};
    auto written = write(out);
    out.close();
    if (!written || !out) {
      const auto reason = last_error();
      std::filesystem::remove(temporary, error);
      if (!written)
        return written;
      return system_failure(ec::store_failure, "cannot write", path, reason);
    }
  }
  std::filesystem::rename(temporary, path, error);
  if (error) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    return system_failure(ec::store_failure, "cannot write", path, error);
  }
  return {};
}

} // namespace lockstep
