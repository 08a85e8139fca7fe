#pragma once

#include <string>
#include <string_view>

namespace memory_tracker {

// The shape of a path that no framework named: /orders/17/edit is /orders/{id}/edit. Segments that
// are numbers, UUIDs or hex of eight and more digits are replaced, and what comes after the eighth
// segment is cut to "/...", so that a scanner cannot make endless routes.
std::string route_shape(std::string_view path);

}  // namespace memory_tracker
