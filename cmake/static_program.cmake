# s3dr_static_program(NAME ROOM SOURCE): a program that needs nothing of the machine it runs on, from the objects that are
# compiled anyway: the room and those below it, linked with the distribution's archives instead of its shared libraries. Only
# a link, so that `make demo` and the tests have the functions as a static program, too. Preset `lambda` compiles all of it
# once more, for size: that one goes to AWS.
function(s3dr_static_program name room source)
  add_library(${name}_main OBJECT ${source} cmake/fmt_source.cc)
  target_link_libraries(${name}_main PRIVATE s3dr_${room})
  s3dr_precompile(${name}_main)

  add_executable(${name} $<TARGET_OBJECTS:${name}_main>)
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX)
  target_link_options(${name} PRIVATE -fuse-ld=lld -static -Wl,--gc-sections -Wl,--strip-all)
  s3dr_rooms_below(${room} rooms)
  list(APPEND rooms ${room})
  list(REVERSE rooms)
  foreach(used IN LISTS rooms)
    s3dr_room_target(${used} library)
    get_target_property(type ${library} TYPE)
    if(type STREQUAL "STATIC_LIBRARY")  # the file alone: what it links publicly are the shared libraries
      add_dependencies(${name} ${library})
      target_link_libraries(${name} PRIVATE $<TARGET_FILE:${library}>)
    endif()
  endforeach()
  foreach(library ssl crypto pugixml boost_json boost_container z)
    find_library(${library}_archive lib${library}.a REQUIRED)
    target_link_libraries(${name} PRIVATE ${${library}_archive})
  endforeach()
endfunction()
