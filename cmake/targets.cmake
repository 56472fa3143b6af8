# mesh_library([SMALL] DEPS ... LIBS ...): the current folder becomes one static library named after its path
# (core/wire -> mesh_core_wire) out of its *.cpp (main.cpp is mesh_program's). *_test.cpp become the test program
# mesh_core_wire_test, *_threads_test.cpp one of their own, mesh_core_wire_threads_test: for ThreadSanitizer, where the
# other tests have no threads.
#   DEPS  other folders of ours, as paths (core/base)
#   LIBS  third-party targets (boost, sodium ...), without the mesh_dep_ prefix
#   TEST_DEPS, TEST_LIBS  what only the tests need
#   SMALL optimised for size: runs at the pace of people, and there is much of it
#   SMALL_FILES the same for these files of the folder
# Which folder may name which is held by tools/layers.txt.
function(mesh_target_name path out)
  string(REPLACE "/" "_" name "mesh_${path}")
  set(${out} ${name} PARENT_SCOPE)
endfunction()

function(mesh_link target scope deps libs)
  foreach(dep IN LISTS deps)
    mesh_target_name(${dep} dep_target)
    target_link_libraries(${target} ${scope} ${dep_target})
  endforeach()
  foreach(lib IN LISTS libs)
    target_link_libraries(${target} ${scope} mesh_dep_${lib})
  endforeach()
endfunction()

# For mesh_library alone.
macro(mesh_test program prefix files)
  if(NOT "${files}" STREQUAL "")
    add_executable(${program} ${files})
    target_link_libraries(${program} PRIVATE ${target} GTest::gmock GTest::gtest_main)
    mesh_link(${program} PRIVATE "${arg_TEST_DEPS}" "${arg_TEST_LIBS}")
    target_compile_definitions(${program} PRIVATE MESH_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    gtest_discover_tests(${program} DISCOVERY_MODE PRE_TEST PROPERTIES LABELS unit TIMEOUT 120 TEST_PREFIX "${prefix}: ")
  endif()
endmacro()

function(mesh_library)
  cmake_parse_arguments(arg "SMALL" "" "DEPS;LIBS;TEST_DEPS;TEST_LIBS;SMALL_FILES" ${ARGN})
  file(RELATIVE_PATH path ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  mesh_target_name(${path} target)
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  file(GLOB tests CONFIGURE_DEPENDS *_test.cpp)
  list(REMOVE_ITEM sources ${tests} ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp "")
  if(sources)
    add_library(${target} STATIC ${sources})
    target_link_libraries(${target} PUBLIC mesh_flags)
    mesh_link(${target} PUBLIC "${arg_DEPS}" "${arg_LIBS}")
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE mesh_flags)
    mesh_link(${target} INTERFACE "${arg_DEPS}" "${arg_LIBS}")
  endif()
  if(arg_SMALL AND sources)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-Os>)
  endif()
  if(arg_SMALL_FILES)
    set_source_files_properties(${arg_SMALL_FILES} PROPERTIES COMPILE_OPTIONS $<$<CONFIG:Release>:-Os>)
  endif()
  if(MESH_TESTS)
    set(threaded ${tests})
    list(FILTER threaded INCLUDE REGEX "_threads_test\\.cpp$")
    list(FILTER tests EXCLUDE REGEX "_threads_test\\.cpp$")
    mesh_test(${target}_test "${path}" "${tests}")
    mesh_test(${target}_threads_test "${path}/threads" "${threaded}")
  endif()
endfunction()

# mesh_program(NAME DEPS ... LIBS ...): main.cpp of the current folder as program NAME, in build/<preset>/bin.
function(mesh_program name)
  cmake_parse_arguments(arg "" "" "DEPS;LIBS" ${ARGN})
  add_executable(${name} main.cpp)
  target_link_libraries(${name} PRIVATE mesh_flags)
  mesh_link(${name} PRIVATE "${arg_DEPS}" "${arg_LIBS}")
endfunction()
