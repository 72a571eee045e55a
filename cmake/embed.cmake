# SPDX-License-Identifier: MIT
# cmake -DINPUT=FILE -DOUTPUT=FILE.cpp -DHEADER=a/b.hpp -DNAMESPACE=a::b -DFUNCTION=text -P embed.cmake
# Writes a source file whose FUNCTION, declared in HEADER, returns the text of INPUT.
file(READ "${INPUT}" text)
get_filename_component(name "${INPUT}" NAME)
file(WRITE "${OUTPUT}" "// SPDX-License-Identifier: MIT
// Generated from ${name}.
#include \"${HEADER}\"

namespace ${NAMESPACE} {

std::string_view ${FUNCTION}() noexcept {
  return R\"embedded(${text})embedded\";
}

}  // namespace ${NAMESPACE}
")
