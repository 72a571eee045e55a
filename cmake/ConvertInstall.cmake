# SPDX-License-Identifier: MIT
# Headers, the library, convertConfig.cmake (with the targets convert::convert and convert::convert-worker)
# and convert.pc. What the component server adds: ConvertServerInstall.cmake.
include(CMakePackageConfigHelpers)

set(convert_config_folder "${CMAKE_INSTALL_LIBDIR}/cmake/convert")
set(convert_pkg_config_modules
  ${convert_ffmpeg_modules} ${convert_ebur128_modules} ${convert_archive_modules}
  ${convert_sqlite_modules} ${convert_libpq_modules} ${convert_curl_modules}
  ${convert_crypto_modules} ${convert_seccomp_modules} fmt)
list(JOIN convert_pkg_config_modules ", " requires)
if(BUILD_SHARED_LIBS)
  set(convert_static OFF)
  set(convert_requires "")
  set(convert_requires_private "${requires}")
  set(convert_libs_private "-pthread")
  set(convert_libs "")
else()
  # A static library needs them at every link. They are not left to `pkg-config --static`, which would
  # also require the dozens of libraries that a static FFmpeg needs and a shared one does not.
  set(convert_static ON)
  set(convert_requires "${requires}")
  set(convert_requires_private "")
  set(convert_libs_private "")
  set(convert_libs " -pthread")
endif()

# Relative to the .pc file where the layout allows it, so that the installed folder may be moved.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(convert_pc_prefix "${CMAKE_INSTALL_PREFIX}")
  set(convert_pc_libdir "${CMAKE_INSTALL_LIBDIR}")
else()
  file(RELATIVE_PATH up "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
  string(REGEX REPLACE "/$" "" up "${up}")  # "//" starts a comment in CONVERT_INSTALLED_WORKER_PATH
  set(convert_pc_prefix "\${pcfiledir}/${up}")
  set(convert_pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
endif()
if(IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(convert_pc_includedir "${CMAKE_INSTALL_INCLUDEDIR}")
else()
  set(convert_pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBEXECDIR}")
  set(convert_pc_libexecdir "${CMAKE_INSTALL_LIBEXECDIR}")
else()
  set(convert_pc_libexecdir "\${prefix}/${CMAKE_INSTALL_LIBEXECDIR}")
endif()

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/convertConfig.cmake.in"
  "${CMAKE_CURRENT_BINARY_DIR}/convertConfig.cmake" INSTALL_DESTINATION "${convert_config_folder}"
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/convertConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
configure_file("${PROJECT_SOURCE_DIR}/cmake/convert.pc.in"
  "${CMAKE_CURRENT_BINARY_DIR}/convert.pc" @ONLY)

# The worker is started without an environment, so only its RPATH can locate a shared library.
if(BUILD_SHARED_LIBS AND NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}"
    AND NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBEXECDIR}")
  file(RELATIVE_PATH up "/prefix/${CMAKE_INSTALL_LIBEXECDIR}/convert" "/prefix/${CMAKE_INSTALL_LIBDIR}")
  set_target_properties(convert-worker PROPERTIES INSTALL_RPATH "\$ORIGIN/${up}")
endif()

install(TARGETS convert convert-worker EXPORT convertTargets
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  RUNTIME DESTINATION "${CMAKE_INSTALL_LIBEXECDIR}/convert")
install(EXPORT convertTargets NAMESPACE convert:: DESTINATION "${convert_config_folder}")
install(DIRECTORY include/convert DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.hpp")
# The conformance suites for custom backends.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/tests/conformance/"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/convert/conformance"
  FILES_MATCHING PATTERN "*.hpp" PATTERN "README.md")
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/convertConfig.cmake"
  "${CMAKE_CURRENT_BINARY_DIR}/convertConfigVersion.cmake" DESTINATION "${convert_config_folder}")
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/convert.pc"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
