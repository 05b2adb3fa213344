# SPDX-License-Identifier: Apache-2.0
# One target per module. Warnings are errors; no contraction of floating point, so that every CPU of one maths
# class makes the same bits.
add_library(radforge_flags INTERFACE)
target_compile_features(radforge_flags INTERFACE cxx_std_17)
target_compile_options(radforge_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror -ffp-contract=off)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64" AND RADFORGE_ARCH)
  target_compile_options(radforge_flags INTERFACE -march=${RADFORGE_ARCH})
endif()

# radforge_module(NAME HEADERS a.h... SOURCES a.cpp... [USES radforge::x...] [PRIVATE third-party targets...])
# Headers are included by their path from the root and must compile alone.
function(radforge_module name)
  cmake_parse_arguments(M "" "" "HEADERS;SOURCES;USES;PRIVATE" ${ARGN})
  if(M_SOURCES)
    add_library(radforge_${name} STATIC ${M_SOURCES})
    target_sources(radforge_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${M_HEADERS})
    target_include_directories(radforge_${name} PUBLIC ${PROJECT_SOURCE_DIR})
    target_link_libraries(radforge_${name} PUBLIC ${M_USES} PRIVATE radforge_flags ${M_PRIVATE})
    target_compile_features(radforge_${name} PUBLIC cxx_std_17)
  else()
    add_library(radforge_${name} INTERFACE)
    target_sources(radforge_${name} INTERFACE FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${M_HEADERS})
    target_include_directories(radforge_${name} INTERFACE ${PROJECT_SOURCE_DIR})
    target_link_libraries(radforge_${name} INTERFACE ${M_USES})
    target_compile_features(radforge_${name} INTERFACE cxx_std_17)
  endif()
  set_target_properties(radforge_${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  add_library(radforge::${name} ALIAS radforge_${name})
endfunction()

# radforge_test(NAME SOURCES a_test.cpp... USES targets... [LABEL unit] [TOGETHER Suite.*]): one executable of
# GoogleTests, each test a process of its own, but for those under TOGETHER, which share one and what it took long to
# make. A test whose suite name starts with "Slow" carries the label `slow` and is left out of the everyday run.
function(radforge_test name)
  cmake_parse_arguments(T "" "LABEL;TOGETHER" "SOURCES;USES" ${ARGN})
  if(NOT T_LABEL)
    set(T_LABEL unit)
  endif()
  add_executable(${name} ${T_SOURCES})
  if(T_LABEL STREQUAL models)
    add_dependencies(models_tests ${name})  # what the preset `models` builds and runs
  endif()
  target_link_libraries(${name} PRIVATE radforge_flags ${T_USES} GTest::gtest_main GTest::gmock)
  target_compile_definitions(${name} PRIVATE
    RADFORGE_SOURCE_DIR="${PROJECT_SOURCE_DIR}" RADFORGE_SHARED_DIR="${PROJECT_SOURCE_DIR}/../shared")
  # A busy disk has taken more than the usual 5 s to bring in a program and its libraries.
  set(discovery DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 120)
  gtest_discover_tests(${name} ${discovery} TEST_FILTER "-Slow*:${T_TOGETHER}" PROPERTIES LABELS ${T_LABEL} TIMEOUT 300)
  gtest_discover_tests(${name} ${discovery} TEST_FILTER "Slow*" PROPERTIES LABELS slow TIMEOUT 3600)
  if(T_TOGETHER)
    add_test(NAME ${name}.${T_TOGETHER} COMMAND ${name} --gtest_filter=${T_TOGETHER})
    set_tests_properties(${name}.${T_TOGETHER} PROPERTIES LABELS ${T_LABEL} TIMEOUT 600)
  endif()
endfunction()
