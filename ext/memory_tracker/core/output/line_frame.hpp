#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/output/json_object.hpp"
#include "core/output/line_context.hpp"

namespace memory_tracker {

enum class Level { kInfo, kWarn };

// What every line begins with: when it happened, how grave it is, what it is and whose process.
void begin_line(JsonObject& line, int64_t wall_ns, Level level, std::string_view event,
                uint32_t pid);

// And what every line ends with: the application's own constant fields.
void end_line(JsonObject& line, std::string& out, const LineContext& context);

}  // namespace memory_tracker
