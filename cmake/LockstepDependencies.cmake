# Where the libraries come from: Debian's packages, and CAF from .deps if it was built there.
# scripts/bootstrap installs all of them.

find_package(Threads REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tl-expected REQUIRED)
find_package(CLI11 REQUIRED)
find_package(spdlog REQUIRED)

set(LOCKSTEP_DEPS_DIR "$ENV{LOCKSTEP_DEPS_DIR}")
if(NOT LOCKSTEP_DEPS_DIR)
  set(LOCKSTEP_DEPS_DIR "${PROJECT_SOURCE_DIR}/.deps")
endif()
# ThreadSanitizer has a CAF of its own, if scripts/bootstrap built one.
find_package(CAF 0.18.7 COMPONENTS core io REQUIRED
  HINTS "${LOCKSTEP_DEPS_DIR}/caf-${LOCKSTEP_SANITIZE}" "${LOCKSTEP_DEPS_DIR}/caf")

# RE2 has no CMake package on Debian 12.
find_path(RE2_INCLUDE_DIR re2/re2.h REQUIRED)
find_library(RE2_LIBRARY re2 REQUIRED)
mark_as_advanced(RE2_INCLUDE_DIR RE2_LIBRARY)
add_library(lockstep_re2 INTERFACE)
target_include_directories(lockstep_re2 SYSTEM INTERFACE "${RE2_INCLUDE_DIR}")
target_link_libraries(lockstep_re2 INTERFACE "${RE2_LIBRARY}")

# Headers of third parties are not ours to warn about.
foreach(target IN ITEMS CAF::core CAF::io tl::expected CLI11::CLI11 spdlog::spdlog)
  get_target_property(includes ${target} INTERFACE_INCLUDE_DIRECTORIES)
  if(includes)
    set_property(TARGET ${target} PROPERTY INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${includes})
  endif()
endforeach()

# Programs that run for long take their memory from jemalloc: messages are made in one thread and
# freed in another, where the C library's heaps fragment. Libraries leave the choice to whoever links
# them, and sanitizers bring an allocator of their own.
option(LOCKSTEP_JEMALLOC "Link the programs with jemalloc" ON)
add_library(lockstep_program_memory INTERFACE)
if(LOCKSTEP_JEMALLOC AND NOT LOCKSTEP_SANITIZE)
  find_library(JEMALLOC_LIBRARY jemalloc REQUIRED)
  mark_as_advanced(JEMALLOC_LIBRARY)
  target_link_libraries(lockstep_program_memory INTERFACE
    -Wl,--push-state,--no-as-needed "${JEMALLOC_LIBRARY}" -Wl,--pop-state)
endif()
