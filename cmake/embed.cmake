# SPDX-License-Identifier: MIT
# cmake -DINPUT=FILE -DOUTPUT=FILE.cpp -DNAMESPACE=a::b -DFUNCTION=text -P embed.cmake
# Writes a source file that defines `std::string_view a::b::text() noexcept`, which returns the text of INPUT.
file(READ "${INPUT}" text)
get_filename_component(name "${INPUT}" NAME)
file(WRITE "${OUTPUT}" "// SPDX-License-Identifier: MIT
// Generated from ${name}.
#include <string_view>

namespace ${NAMESPACE} {

std::string_view ${FUNCTION}() noexcept {
  return R\"embedded(${text})embedded\";
}

}  // namespace ${NAMESPACE}
")
