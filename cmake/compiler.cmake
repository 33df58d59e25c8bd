# Which compilers can build s3dr, and the flags of every target.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# GCC 12 destroys coroutine arguments twice when a call passes an aggregate temporary: it is refused, not worked around.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR "GCC ${CMAKE_CXX_COMPILER_VERSION} miscompiles coroutines; use clang-19 (apt install clang-19) or GCC 13 and newer.")
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR "clang ${CMAKE_CXX_COMPILER_VERSION} is too old; use clang-19 (apt install clang-19) or GCC 13 and newer.")
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # Objects are shared between build folders and check-outs. Depend mode: the preprocessor, which precompiled headers
  # do not help, is not run.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_DEPEND=1 CCACHE_PCH_EXTSUM=1 ${CCACHE})
endif()

add_library(s3dr_options INTERFACE)
target_compile_options(s3dr_options INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Werror=return-type -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_link_options(s3dr_options INTERFACE -fuse-ld=lld)
endif()

# s3dr_precompile(TARGET [HEADER [LIBRARY...]]): TARGET's units start from precompiled.h, or HEADER. The first target that asks for a
# header compiles it, the others share it: targets that share one are compiled with the same flags. Clang only; another
# compiler builds without. -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON builds without as well (lint does).
#
# By hand, not by target_precompile_headers: a precompiled header holds the path of its build folder, so each folder's would
# be another one for ccache, and CMake's wrapper around it holds the path as well. ccache reads NAME.sum beside it instead: a
# digest of the compiler and of every line the header consists of.
function(s3dr_precompile target)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_DISABLE_PRECOMPILE_HEADERS)
    return()
  endif()
  set(header precompiled.h)
  if(ARGC GREATER 1)
    set(header ${ARGV1})
    list(REMOVE_AT ARGN 0)
  endif()
  get_property(compiled GLOBAL PROPERTY s3dr_${header}_compiled)
  if(NOT compiled)
    set(source ${CMAKE_SOURCE_DIR}/cmake/${header})
    string(MAKE_C_IDENTIFIER ${header} owner)
    add_library(${owner} OBJECT ${source})
    set_source_files_properties(${source} PROPERTIES LANGUAGE CXX)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
    set_target_properties(${owner} PROPERTIES CXX_COMPILER_LAUNCHER "")  # the one object that is its folder's own
    get_target_property(options ${target} COMPILE_OPTIONS)
    target_compile_options(${owner} PRIVATE $<$<BOOL:${options}>:${options}> "SHELL:-x c++-header" "SHELL:-Xclang -fno-pch-timestamp"
                                            -fpch-instantiate-templates)
    target_link_libraries(${owner} PRIVATE s3dr_options s3dr_asio fmt::fmt ${ARGN})
    file(RELATIVE_PATH below ${CMAKE_CURRENT_SOURCE_DIR} ${source})
    string(REPLACE "../" "__/" below ${below})
    set(object ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${owner}.dir/${below}.o)
    set(compiled ${CMAKE_CURRENT_BINARY_DIR}/${header}.pch)  # ccache tells it by its extension
    add_custom_command(OUTPUT ${compiled} DEPENDS ${object} COMMAND ${CMAKE_COMMAND} -E copy ${object} ${compiled})
    add_custom_target(${owner}_pch DEPENDS ${compiled})
    set_property(GLOBAL PROPERTY s3dr_${header}_compiled ${compiled})
    execute_process(
      COMMAND ${CMAKE_CXX_COMPILER} -std=c++${CMAKE_CXX_STANDARD} -E -P -x c++ ${source}
      OUTPUT_VARIABLE lines ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
    string(SHA256 digest "${CMAKE_CXX_COMPILER_VERSION} ${lines}")
    file(CONFIGURE OUTPUT ${compiled}.sum CONTENT "${digest}\n")
  endif()
  target_compile_options(${target} PRIVATE "SHELL:-include-pch ${compiled}" -Winvalid-pch)
  get_target_property(sources ${target} SOURCES)
  set_property(SOURCE ${sources} APPEND PROPERTY OBJECT_DEPENDS ${compiled})
endfunction()

set(S3DR_SANITIZE "" CACHE STRING "address,undefined or thread; empty for none")
if(S3DR_SANITIZE)
  target_compile_options(s3dr_options INTERFACE -fsanitize=${S3DR_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(s3dr_options INTERFACE -fsanitize=${S3DR_SANITIZE})
endif()

option(S3DR_FUZZ "build tests/fuzz with libFuzzer instead of the tests" OFF)
if(S3DR_FUZZ)
  target_compile_options(s3dr_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
