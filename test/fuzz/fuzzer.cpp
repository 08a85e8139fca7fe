#include <cstddef>
#include <cstdint>

#include "targets/targets.hpp"

// libFuzzer's entry; which target it leads to is told by the build.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  memory_tracker::fuzz::FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
