# SPDX-License-Identifier: MIT
# What every target of the house has in common.

set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

# convert_defaults(TARGET): language, warnings, visibility and sanitizers.
function(convert_defaults target)
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(${target} PRIVATE -Wno-restrict)  # false alarms about std::string: GCC bug 105651
  endif()
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON)
  if(CONVERT_SANITIZE)
    target_compile_options(${target} PRIVATE
      -fsanitize=${CONVERT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=${CONVERT_SANITIZE})
    if(CONVERT_SANITIZE MATCHES "thread")  # Asio has fences; what GCC can't see of them is in tests/tsan.supp
      target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
    endif()
  endif()
endfunction()

# convert_precompiled(NAME LIBRARIES... HEADERS...): a target that compiles headers once, for those that reuse them:
# most of what a source costs to build is reading these. The preset dev compiles without: there, a source that
# does not include what it uses is an error.
function(convert_precompiled name)
  cmake_parse_arguments(arg "" "" "LIBRARIES;HEADERS" ${ARGN})
  file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp" CONTENT "")
  add_library(${name} OBJECT EXCLUDE_FROM_ALL "${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp")
  convert_defaults(${name})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES})
  target_precompile_headers(${name} PRIVATE ${arg_HEADERS})
endfunction()

# convert_reuse_headers(TARGET PRECOMPILED): the target reads those headers from what convert_precompiled made of them.
function(convert_reuse_headers target precompiled)
  target_precompile_headers(${target} REUSE_FROM ${precompiled})
  if(NOT CMAKE_DISABLE_PRECOMPILE_HEADERS AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # It forgets then that the headers are the system's, where its false alarms about std::string are not shown.
    target_compile_options(${target} PRIVATE -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
  endif()
endfunction()

# convert_room(NAME [LINK LIBRARIES...] [HEADERS LIBRARIES...]): one folder under libconvert/src as an
# object library of its own, with the private dependencies that it alone may use. Those after HEADERS are
# needed to compile it and by nobody who links it.
function(convert_room name)
  cmake_parse_arguments(arg "" "" "LINK;HEADERS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/src/${name}/*.cpp")
  add_library(convert_${name} OBJECT ${sources})
  convert_defaults(convert_${name})
  target_include_directories(convert_${name}
    PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/include"
    PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/src")
  target_link_libraries(convert_${name} PRIVATE ${arg_LINK} ${arg_HEADERS})
  if("fmt::fmt" IN_LIST arg_LINK)
    convert_reuse_headers(convert_${name} convert_headers)
  endif()
  set_property(GLOBAL APPEND PROPERTY CONVERT_ROOMS ${name})
  set_property(GLOBAL APPEND PROPERTY CONVERT_ROOM_LIBRARIES ${arg_LINK})
endfunction()
