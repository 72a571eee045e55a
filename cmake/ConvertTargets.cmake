# SPDX-License-Identifier: MIT
# What every target of the house has in common.

set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

# convert_defaults(TARGET): language, warnings, visibility and sanitizers.
function(convert_defaults target)
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON)
  if(CONVERT_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${CONVERT_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=${CONVERT_SANITIZE})
  endif()
  if(CONVERT_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()

# convert_room(NAME LIBRARIES...): one folder under libconvert/src as an object library of its own,
# with the private dependencies that it alone may use.
function(convert_room name)
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/src/${name}/*.cpp")
  add_library(convert_${name} OBJECT ${sources})
  convert_defaults(convert_${name})
  target_include_directories(convert_${name}
    PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/include"
    PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/src")
  target_link_libraries(convert_${name} PRIVATE ${ARGN})
  set_property(GLOBAL APPEND PROPERTY CONVERT_ROOMS ${name})
  set_property(GLOBAL APPEND PROPERTY CONVERT_ROOM_LIBRARIES ${ARGN})
endfunction()
