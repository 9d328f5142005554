# `cmake --install`: the libraries, their headers, the program, and the CMake package Lockstep.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(lockstep_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/Lockstep")
set(lockstep_installed_layers model persistence actors testing)

# Includes read the same as in the source tree: "actors/node.hpp".
foreach(layer IN LISTS lockstep_installed_layers)
  target_include_directories(lockstep_${layer}
    INTERFACE "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/lockstep>")
  install(TARGETS lockstep_${layer} EXPORT LockstepTargets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/${layer}"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/lockstep"
    FILES_MATCHING PATTERN "*.hpp")
endforeach()

# Code that uses a sanitized library has to be sanitized as well.
if(LOCKSTEP_SANITIZE)
  target_compile_options(lockstep_model
    INTERFACE "$<INSTALL_INTERFACE:-fsanitize=${LOCKSTEP_SANITIZE}>")
  target_link_options(lockstep_model
    INTERFACE "$<INSTALL_INTERFACE:-fsanitize=${LOCKSTEP_SANITIZE}>")
endif()

install(TARGETS lockstep RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")

install(EXPORT LockstepTargets NAMESPACE lockstep:: DESTINATION "${lockstep_package_dir}")
configure_package_config_file(cmake/LockstepConfig.cmake.in
  "${PROJECT_BINARY_DIR}/cmake/LockstepConfig.cmake"
  INSTALL_DESTINATION "${lockstep_package_dir}"
  NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change what a program sees.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/cmake/LockstepConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/cmake/LockstepConfig.cmake"
  "${PROJECT_BINARY_DIR}/cmake/LockstepConfigVersion.cmake"
  DESTINATION "${lockstep_package_dir}")
