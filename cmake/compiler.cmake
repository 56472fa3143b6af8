# Compilers, warnings and build kinds.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR
    "g++ ${CMAKE_CXX_COMPILER_VERSION} miscompiles coroutines: it frees objects twice when an awaited "
    "expression holds an aggregate temporary or a capturing lambda, at every optimisation level. "
    "Use clang 19 (./mesh build does: CC=clang-19 CXX=clang++-19) or g++ 13 or newer.")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG")

find_program(MESH_CCACHE ccache)
if(MESH_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${MESH_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${MESH_CCACHE})
endif()

add_library(mesh_flags INTERFACE)
target_include_directories(mesh_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(mesh_flags INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor -Werror>
  # Designated initialisers leave the rest to the defaults of the struct: that is what they are for.
  $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wthread-safety -Wno-missing-designated-field-initializers>
  -fstack-protector-strong -fno-plt)
target_link_options(mesh_flags INTERFACE -Wl,-z,relro,-z,now)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_link_options(mesh_flags INTERFACE -fuse-ld=lld)
endif()
target_link_options(mesh_flags INTERFACE $<$<CONFIG:Release>:-Wl,--gc-sections -Wl,--as-needed -Wl,-O2 -Wl,--icf=safe -Wl,-z,pack-relative-relocs>)
target_compile_options(mesh_flags INTERFACE $<$<CONFIG:Release>:-ffunction-sections -fdata-sections>)
target_compile_definitions(mesh_flags INTERFACE
  MESH_VERSION="${PROJECT_VERSION}"
  $<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)

# MESH_SANITIZE: address;undefined, thread, or empty.
set(MESH_SANITIZE "" CACHE STRING "Sanitizers, comma separated")
if(MESH_SANITIZE)
  add_compile_options(-fsanitize=${MESH_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MESH_SANITIZE})
endif()
