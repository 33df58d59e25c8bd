# What layers.cmake says of a room, for CMake.

# s3dr_rooms(OUT): all rooms, the lowest first, because a library is made before those that use it.
function(s3dr_rooms out)
  list(TRANSFORM S3DR_LAYERS REPLACE ":.*" "" OUTPUT_VARIABLE rooms)
  list(REVERSE rooms)
  set(${out} ${rooms} PARENT_SCOPE)
endfunction()

# s3dr_room_uses(ROOM OUT): the rooms it may use.
function(s3dr_room_uses room out)
  foreach(entry IN LISTS S3DR_LAYERS)
    if(entry MATCHES "^${room}:(.*)")
      string(REPLACE " " ";" uses "${CMAKE_MATCH_1}")
    endif()
  endforeach()
  set(${out} ${uses} PARENT_SCOPE)
endfunction()

# s3dr_rooms_below(ROOM OUT): those, and what they use, and so on; those below first.
function(s3dr_rooms_below room out)
  s3dr_rooms(all)
  set(reached ${room})
  list(REVERSE all)
  foreach(candidate IN LISTS all)
    if(candidate IN_LIST reached)
      s3dr_room_uses(${candidate} uses)
      list(APPEND reached ${uses})
    endif()
  endforeach()
  list(REVERSE all)
  set(below "")
  foreach(candidate IN LISTS all)
    if(candidate IN_LIST reached AND NOT candidate STREQUAL room)
      list(APPEND below ${candidate})
    endif()
  endforeach()
  set(${out} ${below} PARENT_SCOPE)
endfunction()

# s3dr_room_target(ROOM OUT): its library's name in CMake: "client/s3" is s3dr_client_s3.
function(s3dr_room_target room out)
  string(REPLACE "/" "_" name "${room}")
  set(${out} s3dr_${name} PARENT_SCOPE)
endfunction()
