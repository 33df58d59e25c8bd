# s3dr_static_program(NAME LAYER SOURCE): a program that needs nothing of the machine it runs on, from the objects that are
# compiled anyway: the layer and those below it, linked with the distribution's archives instead of its shared libraries. Only
# a link, so that `make demo` and the tests have the functions as a static program, too. Preset `lambda` compiles all of it
# once more, for size: that one goes to AWS.
function(s3dr_static_program name layer source)
  add_library(${name}_main OBJECT ${source} cmake/fmt_source.cc)
  target_link_libraries(${name}_main PRIVATE s3dr_${layer})
  s3dr_precompile(${name}_main)

  add_executable(${name} $<TARGET_OBJECTS:${name}_main>)
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX)
  target_link_options(${name} PRIVATE -fuse-ld=lld -static -Wl,--gc-sections -Wl,--strip-all)
  foreach(entry IN LISTS S3DR_LAYERS)
    if(entry MATCHES "^${layer}:(.*)")
      string(REPLACE " " ";" layers "${layer} ${CMAKE_MATCH_1}")
    endif()
  endforeach()
  foreach(used IN LISTS layers)
    get_target_property(type s3dr_${used} TYPE)
    if(type STREQUAL "STATIC_LIBRARY")  # the file alone: what it links publicly are the shared libraries
      add_dependencies(${name} s3dr_${used})
      target_link_libraries(${name} PRIVATE $<TARGET_FILE:s3dr_${used}>)
    endif()
  endforeach()
  foreach(library ssl crypto pugixml boost_json boost_container z)
    find_library(${library}_archive lib${library}.a REQUIRED)
    target_link_libraries(${name} PRIVATE ${${library}_archive})
  endforeach()
endfunction()
