#pragma once

#include <string_view>

// Each takes any bytes, hands them to the code that reads such bytes in production, and throws
// Broken where that breaks a promise. Run by libFuzzer (rake test:fuzz) and, on the kept corpus, by
// core_test.
namespace memory_tracker::fuzz {

void request_line(std::string_view input);
void process_line(std::string_view input);
void recovery(std::string_view input);
void kernel_texts(std::string_view input);

}  // namespace memory_tracker::fuzz
