# What `cmake --install` puts where, and what an application finds with find_package(tidemark).
#
# An application links tidemark::tidemark and includes <tidemark/replica.h>. The installed headers are replica.h,
# syncing.h, history_svg.h and those that they need: client/x.h becomes <tidemark/x.h>, and every other folder keeps its
# name below tidemark/.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The same spelling works in this tree, and in one that takes it in with add_subdirectory or FetchContent.
set(tidemark_public_headers replica.h edit_session.h syncing.h history_svg.h)
set(tidemark_layers hlc crdt bundles store sync net)
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/include/tidemark)
foreach(layer IN LISTS tidemark_layers)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${layer} ${PROJECT_BINARY_DIR}/include/tidemark/${layer} SYMBOLIC)
endforeach()
foreach(header IN LISTS tidemark_public_headers)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/client/${header} ${PROJECT_BINARY_DIR}/include/tidemark/${header} SYMBOLIC)
endforeach()

add_library(tidemark_package INTERFACE)
add_library(tidemark::tidemark ALIAS tidemark_package)
set_target_properties(tidemark_package PROPERTIES EXPORT_NAME tidemark)
target_link_libraries(tidemark_package INTERFACE tidemark_client)
target_include_directories(tidemark_package INTERFACE
  $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

# Programs lie together in the build tree too, where ./dev and the tests expect them.
set_target_properties(tidemark tidemark-relay PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
install(TARGETS tidemark tidemark-relay RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# The client library and every library of ours that it links, however the folders divide themselves into targets.
set(tidemark_client_libraries tidemark_client)
set(tidemark_unseen tidemark_client)
while(tidemark_unseen)
  list(POP_FRONT tidemark_unseen target)
  get_target_property(used ${target} LINK_LIBRARIES)
  list(FILTER used INCLUDE REGEX "^tidemark_")
  foreach(library IN LISTS used)
    if(NOT library IN_LIST tidemark_client_libraries)
      list(APPEND tidemark_client_libraries ${library})
      list(APPEND tidemark_unseen ${library})
    endif()
  endforeach()
endwhile()
install(TARGETS tidemark_package ${tidemark_client_libraries} EXPORT tidemark-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})

set(tidemark_config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tidemark)
install(EXPORT tidemark-targets NAMESPACE tidemark:: DESTINATION ${tidemark_config_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/tidemark-config.cmake.in
  ${PROJECT_BINARY_DIR}/package/tidemark-config.cmake INSTALL_DESTINATION ${tidemark_config_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/tidemark-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/package/tidemark-config.cmake ${PROJECT_BINARY_DIR}/package/tidemark-config-version.cmake
  DESTINATION ${tidemark_config_dir})

# Which headers these need is found when installing, so that it is never out of date.
install(CODE "
  set(source_dir \"${PROJECT_SOURCE_DIR}\")
  set(staging_dir \"${PROJECT_BINARY_DIR}/package/include\")
  set(public_headers \"${tidemark_public_headers}\")
  set(include_dir \"${CMAKE_INSTALL_INCLUDEDIR}\")
  include(\"${CMAKE_CURRENT_LIST_DIR}/install_headers.cmake\")")
