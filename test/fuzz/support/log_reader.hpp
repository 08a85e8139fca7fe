#pragma once

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

namespace memory_tracker::fuzz {

// Reads lines as the strictest of their readers would: each is whole, printable ASCII, one JSON
// object, no member twice. Throws Broken.
std::vector<nlohmann::json> read_lines(std::string_view text);

// Throws Broken unless it is exactly one line.
nlohmann::json read_line(std::string_view text);

// Throws Broken where the line does not give a text as it came, as far as it is UTF-8.
void expect_same_text(const nlohmann::json& line, const char* member, std::string_view given);

}  // namespace memory_tracker::fuzz
