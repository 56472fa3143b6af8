# Third-party libraries, all from Debian packages. Each is a target of its own, so that a module that
# does not name it cannot include it by accident.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(GTest QUIET)

foreach(entry IN ITEMS
    "fmt=fmt" "spdlog=spdlog" "sodium=libsodium" "sqlite=sqlite3" "gnutls=gnutls"
    "ngtcp2=libngtcp2" "ngtcp2_gnutls=libngtcp2_crypto_gnutls" "nghttp3=libnghttp3" "openssl=openssl")
  string(REPLACE "=" ";" pair ${entry})
  list(GET pair 0 name)
  list(GET pair 1 module)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})
  add_library(mesh_dep_${name} INTERFACE)
  target_link_libraries(mesh_dep_${name} INTERFACE PkgConfig::${name})
endforeach()

# Only its header: server/db loads the library when a PostgreSQL is used.
pkg_check_modules(pq REQUIRED libpq)
add_library(mesh_dep_pq INTERFACE)
target_include_directories(mesh_dep_pq SYSTEM INTERFACE ${pq_INCLUDE_DIRS})
target_link_libraries(mesh_dep_pq INTERFACE ${CMAKE_DL_LIBS})

# Only its headers: agent/share loads the library when a folder is first sent as a zip.
find_path(MESH_ARCHIVE_INCLUDE archive.h REQUIRED)
add_library(mesh_dep_archive INTERFACE)
target_include_directories(mesh_dep_archive SYSTEM INTERFACE ${MESH_ARCHIVE_INCLUDE})
target_link_libraries(mesh_dep_archive INTERFACE ${CMAKE_DL_LIBS})

# The same: agent/terminal loads it when a terminal is first shared or viewed.
find_path(MESH_VTERM_INCLUDE vterm.h REQUIRED)
add_library(mesh_dep_vterm INTERFACE)
target_include_directories(mesh_dep_vterm SYSTEM INTERFACE ${MESH_VTERM_INCLUDE})
target_link_libraries(mesh_dep_vterm INTERFACE ${CMAKE_DL_LIBS})

# Asio, Beast and Boost.JSON are compiled once each (core/net/*_src.cpp, core/wire/json_src.cpp).
add_library(mesh_dep_boost INTERFACE)
target_include_directories(mesh_dep_boost SYSTEM INTERFACE ${Boost_INCLUDE_DIRS})
target_compile_definitions(mesh_dep_boost INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE
  BOOST_JSON_NO_LIB BOOST_ALL_NO_LIB)
target_link_libraries(mesh_dep_boost INTERFACE Threads::Threads)

# Found by hand: the CMake files of the package ask for curl, zlib and civetweb, which only its other parts need.
find_library(MESH_PROMETHEUS prometheus-cpp-core REQUIRED)
find_path(MESH_PROMETHEUS_INCLUDE prometheus/registry.h REQUIRED)
add_library(mesh_dep_prometheus INTERFACE)
target_include_directories(mesh_dep_prometheus SYSTEM INTERFACE ${MESH_PROMETHEUS_INCLUDE})
target_link_libraries(mesh_dep_prometheus INTERFACE ${MESH_PROMETHEUS})

add_library(mesh_dep_cli11 INTERFACE)
add_library(mesh_dep_toml INTERFACE)

# Without a file for pkg-config; GnuTLS brings the library itself.
find_library(MESH_UNISTRING unistring REQUIRED)
add_library(mesh_dep_unistring INTERFACE)
target_link_libraries(mesh_dep_unistring INTERFACE ${MESH_UNISTRING})

# libipsec-mb exists on amd64 only; elsewhere GnuTLS encrypts every packet.
find_library(MESH_IPSEC_MB IPSec_MB)
add_library(mesh_dep_ipsec_mb INTERFACE)
if(MESH_IPSEC_MB)
  target_link_libraries(mesh_dep_ipsec_mb INTERFACE ${MESH_IPSEC_MB})
  target_compile_definitions(mesh_dep_ipsec_mb INTERFACE MESH_HAVE_IPSEC_MB=1)
endif()

# BLAKE3: the official C sources with assembly, as Debian's package librust-blake3-dev carries them.
file(GLOB blake3_dir /usr/share/cargo/registry/blake3-*/c)
if(NOT blake3_dir)
  message(FATAL_ERROR "BLAKE3 C sources not found: install the package librust-blake3-dev")
endif()
list(GET blake3_dir 0 blake3_dir)
add_library(mesh_dep_blake3 STATIC ${blake3_dir}/blake3.c ${blake3_dir}/blake3_dispatch.c ${blake3_dir}/blake3_portable.c)
target_include_directories(mesh_dep_blake3 SYSTEM PUBLIC ${blake3_dir})
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|amd64")
  target_sources(mesh_dep_blake3 PRIVATE
    ${blake3_dir}/blake3_sse2_x86-64_unix.S ${blake3_dir}/blake3_sse41_x86-64_unix.S
    ${blake3_dir}/blake3_avx2_x86-64_unix.S ${blake3_dir}/blake3_avx512_x86-64_unix.S)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  target_sources(mesh_dep_blake3 PRIVATE ${blake3_dir}/blake3_neon.c)
endif()
