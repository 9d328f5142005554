# Runs PROGRAM, which must print what is in the file OUTPUT; DOCUMENT must show that and the file
# CODE, each as a block of its own, exactly.
execute_process(COMMAND "${PROGRAM}" OUTPUT_VARIABLE printed RESULT_VARIABLE status TIMEOUT 50)
file(READ "${OUTPUT}" expected)
if(NOT status EQUAL 0 OR NOT printed STREQUAL expected)
  message(FATAL_ERROR "${PROGRAM} ended with ${status} and printed\n${printed}instead of\n${expected}")
endif()

file(READ "${DOCUMENT}" document)
file(READ "${CODE}" code)
foreach(block IN ITEMS "```cpp\n${code}```\n" "```text\n${expected}```\n")
  string(FIND "${document}" "${block}" found)
  if(found EQUAL -1)
    message(FATAL_ERROR "${DOCUMENT} does not show\n${block}")
  endif()
endforeach()
