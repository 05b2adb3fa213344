# SPDX-License-Identifier: Apache-2.0
# cmake -DSOURCE=root -DOUT=file.cpp -DVERSION=.. -DCOMPILER=.. -DMARCH=.. -P build_record.cmake
# Writes OUT, and touches it only when something changed. Works without git and without dpkg.
set(REVISION unknown)
find_program(GIT git)
if(GIT)
  set(git ${GIT} --no-optional-locks -C ${SOURCE})
  execute_process(COMMAND ${git} rev-parse --show-toplevel OUTPUT_VARIABLE top OUTPUT_STRIP_TRAILING_WHITESPACE
                  ERROR_QUIET)
  file(REAL_PATH ${SOURCE} root)
  if(top STREQUAL root) # an unpacked archive inside someone else's checkout is not that checkout
    execute_process(COMMAND ${git} rev-parse HEAD OUTPUT_VARIABLE head OUTPUT_STRIP_TRAILING_WHITESPACE
                    ERROR_QUIET RESULT_VARIABLE failed)
    execute_process(COMMAND ${git} status --porcelain --untracked-files=no OUTPUT_VARIABLE changes ERROR_QUIET)
    if(NOT failed)
      set(REVISION ${head})
      if(changes)
        string(APPEND REVISION "+changes")
      endif()
    endif()
  endif()
endif()

set(PACKAGES "")
find_program(DPKG_QUERY dpkg-query)
if(DPKG_QUERY)
  file(STRINGS ${SOURCE}/tools/packages.txt names REGEX "^lib.*-dev$")
  execute_process(COMMAND ${DPKG_QUERY} -W -f "\${Package} \${Version}\n" ${names}
                  OUTPUT_VARIABLE PACKAGES ERROR_QUIET)
endif()

configure_file(${CMAKE_CURRENT_LIST_DIR}/build_record.cpp.in ${OUT} @ONLY)
