# SPDX-License-Identifier: MIT
# The component `server`: the headers of convert::server, its library, and the program convertd.
include(CMakePackageConfigHelpers)

set(convert_config_folder "${CMAKE_INSTALL_LIBDIR}/cmake/convert")
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/convertServer.cmake.in"
  "${CMAKE_CURRENT_BINARY_DIR}/convertServer.cmake" INSTALL_DESTINATION "${convert_config_folder}"
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)

if(BUILD_SHARED_LIBS AND NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}"
    AND NOT IS_ABSOLUTE "${CMAKE_INSTALL_BINDIR}")
  file(RELATIVE_PATH up "/prefix/${CMAKE_INSTALL_BINDIR}" "/prefix/${CMAKE_INSTALL_LIBDIR}")
  set_target_properties(convertd PROPERTIES INSTALL_RPATH "\$ORIGIN/${up}")
endif()

install(TARGETS convert-server EXPORT convertServerTargets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(TARGETS convertd RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(EXPORT convertServerTargets NAMESPACE convert:: DESTINATION "${convert_config_folder}")
install(DIRECTORY include/convert DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.hpp")
install(FILES deploy/postgresql/least-privileges.sql
  DESTINATION "${CMAKE_INSTALL_DATADIR}/convert/postgresql")
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/convertServer.cmake" DESTINATION "${convert_config_folder}")
