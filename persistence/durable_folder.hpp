#pragma once

#include "model/failure.hpp"

#include <filesystem>

namespace lockstep {

/// Makes a folder if it is missing, with those above it, durably: each is synced into the one
/// above, which has its name. Errors: `store_failure`.
[[nodiscard]] result<void> make_durable_folder(const std::filesystem::path& folder);

} // namespace lockstep
