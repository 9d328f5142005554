#pragma once

#include "persistence/instance_store.hpp"

#include <filesystem>
#include <memory>

namespace lockstep::sqlite {

/// Opens the store in a file, or makes one there; missing folders are made, too. A commit is on
/// the disk when it returns (WAL, `synchronous = FULL`).
/// @returns the errors of `prepare_schema`.
[[nodiscard]] result<std::unique_ptr<instance_store>> open_store(const std::filesystem::path& path,
                                                                 const store_identity& identity);

} // namespace lockstep::sqlite
