# Runs while installing: follows the includes of the public headers, rewrites them from "crdt/value.h" to
# <tidemark/crdt/value.h>, and installs the result. Given: source_dir, staging_dir, public_headers, include_dir.

# "client/replica.h" is installed as <tidemark/replica.h>, "crdt/value.h" as <tidemark/crdt/value.h>.
function(installed_name header result)
  string(REGEX REPLACE "^client/" "" name "${header}")
  set(${result} "tidemark/${name}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE "${staging_dir}")
list(TRANSFORM public_headers PREPEND "client/" OUTPUT_VARIABLE unseen)
set(seen ${unseen})
while(unseen)
  list(POP_FRONT unseen header)
  file(READ "${source_dir}/${header}" text)
  string(REGEX MATCHALL "#include \"[^\"]+\"" includes "${text}")
  foreach(include IN LISTS includes)
    string(REGEX REPLACE "#include \"([^\"]+)\"" "\\1" used "${include}")
    installed_name("${used}" name)
    string(REPLACE "${include}" "#include <${name}>" text "${text}")
    if(NOT used IN_LIST seen)
      list(APPEND seen "${used}")
      list(APPEND unseen "${used}")
    endif()
  endforeach()
  installed_name("${header}" name)
  file(WRITE "${staging_dir}/${name}" "${text}")
endwhile()
file(INSTALL "${staging_dir}/tidemark" DESTINATION "${CMAKE_INSTALL_PREFIX}/${include_dir}")
