#pragma once

#include "model/failure.hpp"

#include <filesystem>
#include <system_error>

namespace lockstep {

/// Makes a folder if it is missing, with those above it, durably: each is synced into the one
/// above, which has its name. Errors: `store_failure`.
[[nodiscard]] result<void> make_durable_folder(const std::filesystem::path& folder);

/// Makes durable what was written to a file, or which files a folder has. @returns why it could
/// not.
[[nodiscard]] std::error_code sync_path(const std::filesystem::path& path) noexcept;

} // namespace lockstep
