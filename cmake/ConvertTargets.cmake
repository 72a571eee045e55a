# SPDX-License-Identifier: MIT
# Functions that define targets: compile options, precompiled headers, rooms.

set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

# mold links a program several times faster than GNU ld, and there are about a hundred programs.
if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_EXE_LINKER_FLAGS MATCHES "-fuse-ld=")
  find_program(CONVERT_MOLD mold)
  mark_as_advanced(CONVERT_MOLD)
  if(CONVERT_MOLD)
    add_link_options(-fuse-ld=mold)
  endif()
endif()

# convert_defaults(TARGET): language, warnings, visibility and sanitizers. With CMAKE_UNITY_BUILD, as in most
# presets, CMake compiles up to ten sources as one: most of the time to compile a source is spent on the
# headers it includes.
function(convert_defaults target)
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(${target} PRIVATE -Wno-restrict)  # false alarms about std::string: GCC bug 105651
  endif()
  if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC treats the included sources as headers, in which types of an anonymous namespace are suspicious.
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # The compiler collects garbage only above 512 MiB: 2 to 14 % less time for 15 % more memory.
    target_compile_options(${target} PRIVATE --param=ggc-min-heapsize=524288)
  endif()
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF
    UNITY_BUILD_BATCH_SIZE 10
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON)
  if(CONVERT_SANITIZE)
    target_compile_options(${target} PRIVATE
      -fsanitize=${CONVERT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=${CONVERT_SANITIZE})
    if(CONVERT_SANITIZE MATCHES "thread")  # GCC does not support Asio's fences: see tests/tsan.supp
      target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
    endif()
  endif()
endfunction()

# convert_precompiled(NAME LIBRARIES... HEADERS...): a target that compiles headers once, for targets that
# reuse them. The preset dev compiles without, so that a source that does not include what it uses is an
# error.
function(convert_precompiled name)
  cmake_parse_arguments(arg "" "" "LIBRARIES;HEADERS" ${ARGN})
  file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp" CONTENT "")
  add_library(${name} OBJECT EXCLUDE_FROM_ALL "${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp")
  convert_defaults(${name})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES})
  target_precompile_headers(${name} PRIVATE ${arg_HEADERS})
endfunction()

# convert_reuse_headers(TARGET PRECOMPILED): TARGET uses the headers that convert_precompiled(PRECOMPILED)
# compiled.
function(convert_reuse_headers target precompiled)
  target_precompile_headers(${target} REUSE_FROM ${precompiled})
  if(NOT CMAKE_DISABLE_PRECOMPILE_HEADERS AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU"
      AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # With precompiled headers GCC 12 reports false alarms about std::string that it suppresses in system
    # headers.
    target_compile_options(${target} PRIVATE -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
  endif()
endfunction()

# convert_room_target(TARGET FOLDER ROOMS...): an object library of every source below FOLDER. Its include
# path has the public headers and the folders ROOMS (absolute) only, so that an include of another room does
# not compile.
function(convert_room_target target folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${folder}/*.cpp")
  add_library(${target} OBJECT ${sources})
  convert_defaults(${target})
  set(visible "${PROJECT_BINARY_DIR}/rooms/${target}")
  file(REMOVE_RECURSE "${visible}")
  file(MAKE_DIRECTORY "${visible}")
  foreach(room IN LISTS ARGN)
    get_filename_component(name "${room}" NAME)
    file(CREATE_LINK "${room}" "${visible}/${name}" SYMBOLIC)
  endforeach()
  target_include_directories(${target} PRIVATE "${visible}")
endfunction()

# convert_room(NAME [USES ROOMS...] [LINK LIBRARIES...] [HEADERS LIBRARIES...]): a folder of libconvert/src as
# an object library. It may include the headers of ROOMS and use LIBRARIES. Those after HEADERS are needed to
# compile it, not to link it.
function(convert_room name)
  cmake_parse_arguments(arg "" "" "USES;LINK;HEADERS" ${ARGN})
  set(folder "${CMAKE_CURRENT_SOURCE_DIR}/src")
  list(TRANSFORM arg_USES PREPEND "${folder}/")
  convert_room_target(convert_${name} "${folder}/${name}" "${folder}/${name}" ${arg_USES})
  target_include_directories(convert_${name} PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/include")
  target_link_libraries(convert_${name} PRIVATE ${arg_LINK} ${arg_HEADERS})
  if("fmt::fmt" IN_LIST arg_LINK)
    convert_reuse_headers(convert_${name} convert_headers)
  endif()
  set_property(GLOBAL APPEND PROPERTY CONVERT_ROOMS ${name})
  set_property(GLOBAL APPEND PROPERTY CONVERT_ROOM_LIBRARIES ${arg_LINK})
endfunction()

# convert_leave_out(FOLDER): does not compile the sources below FOLDER. For backends whose option is off.
function(convert_leave_out folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${folder}/*.cpp")
  set_source_files_properties(${sources} PROPERTIES HEADER_FILE_ONLY TRUE)
endfunction()

# convert_sources_with_fault_points(RESULT ROOM): the sources of a room's target that use CONVERT_FAULT_POINT.
function(convert_sources_with_fault_points result room)
  get_target_property(sources ${room} SOURCES)
  set(found "")
  foreach(source IN LISTS sources)
    file(STRINGS "${source}" points REGEX "CONVERT_FAULT_POINT\\(")
    if(points)
      list(APPEND found "${source}")
    endif()
  endforeach()
  set(${result} ${found} PARENT_SCOPE)
endfunction()
