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
      CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_DEPEND=1 ${CCACHE})
endif()

add_library(s3dr_options INTERFACE)
target_compile_options(s3dr_options INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Werror=return-type -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_link_options(s3dr_options INTERFACE -fuse-ld=lld)
endif()

# s3dr_precompile(TARGET [HEADER]): TARGET's units start from precompiled.h, or HEADER. The first target that asks for a
# header compiles it, the others share it: targets that share one are compiled with the same flags. Clang only; another
# compiler builds without. -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON builds without as well (lint does).
function(s3dr_precompile target)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    return()
  endif()
  set(header precompiled.h)
  if(ARGC GREATER 1)
    set(header ${ARGV1})
  endif()
  # The header's time stamp would make each folder's objects differ for ccache.
  target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  get_property(owner GLOBAL PROPERTY s3dr_${header}_owner)
  if(owner)
    target_precompile_headers(${target} REUSE_FROM ${owner})
  else()
    target_precompile_headers(${target} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/${header})
    set_property(GLOBAL PROPERTY s3dr_${header}_owner ${target})
  endif()
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
