#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/process/process_memory.hpp"

namespace memory_tracker {

// The texts under /proc/self as figures. They take any bytes, and throw nothing.

// /proc/self/status. What an old kernel or a sandbox does not say is absent.
ProcessMemorySample parse_status(std::string_view text) noexcept;

// /proc/self/smaps_rollup. Nothing where a part of it is missing.
std::optional<PrivateMemorySample> parse_smaps_rollup(std::string_view text) noexcept;

// The line "VmHWM:   123 kB", or one of another key, of either text, in bytes.
std::optional<uint64_t> parse_status_bytes(std::string_view text, std::string_view key) noexcept;

}  // namespace memory_tracker
