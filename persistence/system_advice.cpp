#include "persistence/system_advice.hpp"

namespace lockstep {

std::string system_advice(std::error_code error, const std::string& otherwise) {
  if (error == std::errc::no_space_on_device)
    return "make room on its file system";
  if (error == std::errc::too_many_files_open || error == std::errc::too_many_files_open_in_system)
    return "allow more open files (ulimit -n)";
  if (error == std::errc::read_only_file_system || error == std::errc::permission_denied
      || error == std::errc::operation_not_permitted)
    return "check who may write there, or choose another folder";
  if (error == std::errc::io_error)
    return "check the disk";
  return otherwise;
}

} // namespace lockstep
