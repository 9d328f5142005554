#include "testing/model_output.hpp"

#include "model/workflow/spex_text.hpp"
#include "persistence/model_directory.hpp"
#include "persistence/text_file.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace lockstep::testing {

namespace {

/// Keeps other processes from changing a folder's models; leaves no file behind.
class folder_lock {
public:
  /// Makes the folder if it is missing, and waits for whoever holds it.
  static result<folder_lock> acquire(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error)
      return cannot_use(folder, error);
    folder_lock lock{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (lock.descriptor_ < 0)
      return cannot_use(folder, {errno, std::generic_category()});
    while (::flock(lock.descriptor_, LOCK_EX) != 0)
      if (errno != EINTR)
        return cannot_use(folder, {errno, std::generic_category()});
    return lock;
  }

  folder_lock(folder_lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  folder_lock& operator=(folder_lock&&) = delete;
  ~folder_lock() {
    if (descriptor_ >= 0)
      ::close(descriptor_);
  }

private:
  explicit folder_lock(int descriptor) : descriptor_(descriptor) {}

  static tl::unexpected<failure> cannot_use(const std::filesystem::path& folder,
                                            std::error_code error) {
    return fail(ec::store_failure,
                "cannot write implementation models to " + folder.string() + ": " + error.message()
                    + "; choose another impl_models_dir",
                {{"folder", folder.string()}});
  }

  int descriptor_;
};

/// The model with the transitions of its file, if there is one.
result<implementation_model> united_with_file(implementation_model model,
                                              const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored))
    return model;
  auto present = read_model(file);
  if (!present)
    return tl::unexpected(present.error());
  if (present->specification != model.specification)
    return fail(ec::invalid_spex_file,
                file.string() + " holds a model of " + present->specification + " instead of "
                    + model.specification + "; move it away",
                {{"file", file.string()}});
  return merge(std::move(model), *present);
}

} // namespace

result<model_output> write_models(std::vector<implementation_model> models, const suite_end& end,
                                  const model_output_options& options) {
  model_output output;
  const auto& folder = options.impl_models_dir;
  if (!end.passed && !options.write_when_failed) {
    output.remark = "the suite failed, so its implementation models were not written to "
                    + folder.string() + "; repair it, or set write_when_failed";
    return output;
  }
  std::erase_if(models, [](const auto& model) { return model.transitions.empty(); });
  if (models.empty()) {
    output.remark = "no test reported a step, so there are no implementation models to write to "
                    + folder.string();
    return output;
  }
  std::ranges::sort(models, {}, &implementation_model::specification);
  auto lock = folder_lock::acquire(folder);
  if (!lock)
    return tl::unexpected(lock.error());
  for (auto& model : models) {
    auto file = model_path(folder, model.specification);
    if (options.add_to_existing || !end.complete) {
      auto united = united_with_file(std::move(model), file);
      if (!united)
        return tl::unexpected(united.error());
      model = std::move(*united);
    }
    model.learning = false;
    if (auto written = write_model(folder, model); !written)
      return tl::unexpected(written.error());
    output.files.push_back(std::move(file));
  }
  return output;
}

} // namespace lockstep::testing
