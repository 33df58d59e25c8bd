# Every library comes from the distribution; scripts/packages.txt lists the packages.
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(pugixml REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)

# Asio's own functions are compiled in two units, base/asio_source.cc and http/asio_ssl_source.cc; Boost.System is
# header-only since 1.69.
add_library(s3dr_asio INTERFACE)
target_link_libraries(s3dr_asio INTERFACE Boost::headers Threads::Threads)
target_compile_definitions(s3dr_asio INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE BOOST_ASIO_SEPARATE_COMPILATION)

add_library(s3dr_json INTERFACE)
target_link_libraries(s3dr_json INTERFACE Boost::json)
