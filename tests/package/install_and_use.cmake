# Given: build_dir, source_dir, work_dir, compiler, version. Stops with an error where a step fails.
set(prefix ${work_dir}/prefix)
file(REMOVE_RECURSE ${prefix} ${work_dir}/application)

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

run(${CMAKE_COMMAND} --install ${build_dir} --prefix ${prefix})
run(${CMAKE_COMMAND} -S ${source_dir} -B ${work_dir}/application -G Ninja
  -D CMAKE_PREFIX_PATH=${prefix} -D CMAKE_CXX_COMPILER=${compiler} -D tidemark_wanted=${version})
run(${CMAKE_COMMAND} --build ${work_dir}/application)
run(${work_dir}/application/application)
run(${prefix}/bin/tidemark --version)
run(${prefix}/bin/tidemark-relay --version)
