# Instead of dependencies.cmake where nothing but the program itself is there at run time: archives of the
# distribution, linked with link-time optimisation into one static file. Same target names. The architecture is that of
# CMAKE_LIBRARY_ARCHITECTURE; a library that is not installed for it stops the configuration by name.
set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
find_package(Threads REQUIRED)

function(s3dr_static_library target name header)
  find_library(${name}_archive ${name} REQUIRED)
  find_path(${name}_include ${header} REQUIRED)
  add_library(${target} STATIC IMPORTED)
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION ${${name}_archive})
  target_link_libraries(${target} INTERFACE ${ARGN})
endfunction()

s3dr_static_library(OpenSSL::Crypto crypto openssl/crypto.h Threads::Threads ${CMAKE_DL_LIBS})
s3dr_static_library(OpenSSL::SSL ssl openssl/ssl.h OpenSSL::Crypto)
s3dr_static_library(ZLIB::ZLIB z zlib.h)
s3dr_static_library(pugixml::pugixml pugixml pugixml.hpp)
s3dr_static_library(boost_container boost_container boost/container/vector.hpp)
s3dr_static_library(boost_json boost_json boost/json.hpp boost_container)

# Headers alone: the distribution has no archive of fmt.
find_path(fmt_include fmt/format.h REQUIRED)
find_path(spdlog_include spdlog/logger.h REQUIRED)
add_library(s3dr_fmt INTERFACE)
target_compile_definitions(s3dr_fmt INTERFACE FMT_HEADER_ONLY)
add_library(fmt::fmt ALIAS s3dr_fmt)
add_library(s3dr_spdlog INTERFACE)
target_compile_definitions(s3dr_spdlog INTERFACE SPDLOG_FMT_EXTERNAL)
target_link_libraries(s3dr_spdlog INTERFACE s3dr_fmt)
add_library(spdlog::spdlog_header_only ALIAS s3dr_spdlog)

add_library(s3dr_asio INTERFACE)
target_link_libraries(s3dr_asio INTERFACE Threads::Threads)
target_compile_definitions(s3dr_asio INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE BOOST_ASIO_SEPARATE_COMPILATION)

add_library(s3dr_json INTERFACE)
target_link_libraries(s3dr_json INTERFACE boost_json)
target_compile_definitions(s3dr_json INTERFACE BOOST_JSON_NO_LIB BOOST_CONTAINER_NO_LIB)

# Unused code does not get into the file, neither do symbols nor the path of the folder it was built in: the same
# sources give the same bytes.
target_compile_options(s3dr_options INTERFACE -flto -ffunction-sections -fdata-sections -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
target_link_options(s3dr_options INTERFACE -flto -static -Wl,--gc-sections -Wl,--strip-all -Wl,--build-id=none)
