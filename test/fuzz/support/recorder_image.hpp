#pragma once

#include <string>

#include "support/byte_source.hpp"

namespace memory_tracker::fuzz {

// The bytes of a recorder's file, made from an input of some hundred: a sound one of a few records,
// then damaged at the places that the input names; or, in one kind of input, just its bytes.
std::string recorder_image(ByteSource& source);

}  // namespace memory_tracker::fuzz
