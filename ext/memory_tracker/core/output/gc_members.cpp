#include "core/output/gc_members.hpp"

#include <algorithm>

namespace memory_tracker {

void append_gc_counters(JsonObject& line, const char* key, const RubyCounters& counters,
                        const LineContext& context) {
  const size_t count = std::min(context.gc_counter_names.size(), kMaxGcCounters);
  if (count == 0) return;
  JsonObject object = line.object(key);
  for (size_t index = 0; index < count; ++index) {
    const uint64_t value = counters.gc_counters[index];
    if (value <= kLargestCounter) object.count(context.gc_counter_names[index], value);
  }
  object.end();
}

}  // namespace memory_tracker
