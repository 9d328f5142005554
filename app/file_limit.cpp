#include "app/file_limit.hpp"

#include <algorithm>
#include <string>

#include <sys/resource.h>

namespace lockstep {

result<void> provide_open_files(std::uint64_t needed) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed)
    return {};
  limit.rlim_cur = std::min<rlim_t>(needed, limit.rlim_max);
  if (limit.rlim_cur >= needed && ::setrlimit(RLIMIT_NOFILE, &limit) == 0)
    return {};
  return fail(ec::unavailable, "this process may open no more than "
                                   + std::to_string(limit.rlim_cur) + " files, but needs "
                                   + std::to_string(needed)
                                   + "; raise the limit (ulimit -n) or start fewer shards");
}

} // namespace lockstep
