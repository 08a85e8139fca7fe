#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "support/byte_source.hpp"

namespace memory_tracker::fuzz {

// The inside of a JSON object as the Ruby side hands it over: ASCII only, its names its own.
inline std::string json_members(ByteSource& source, const std::string& prefix) {
  nlohmann::json object = nlohmann::json::object();
  for (int count = source.number<uint8_t>() % 4; count > 0; --count) {
    const std::string name = prefix + source.text(40);
    object[name] = source.text(200);
  }
  // Read back as the Ruby side does: two names that differ in what is no UTF-8 become one.
  const auto replace = nlohmann::json::error_handler_t::replace;
  const std::string text =
      nlohmann::json::parse(object.dump(-1, ' ', true, replace)).dump(-1, ' ', true);
  return text.substr(1, text.size() - 2);
}

}  // namespace memory_tracker::fuzz
