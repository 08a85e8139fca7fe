#include "binding/retention/call_site.hpp"

#include <ruby/debug.h>

#include <array>
#include <string_view>

namespace memory_tracker {
namespace {

// Most objects of the application are made a few frames below its own; frameworks that are deeper
// than the second figure have been called by nobody of the application.
constexpr int kNearFrames = 16;
constexpr int kFarFrames = 160;

std::string_view text_of(VALUE path) noexcept {
  return {RSTRING_PTR(path), static_cast<size_t>(RSTRING_LEN(path))};
}

// False when the frames were not enough to find one of the application.
bool look(const ApplicationPaths& paths, const VALUE* frames, const int* lines, int count,
          CallSite& site) noexcept {
  bool innermost = true;
  for (int index = 0; index < count; ++index) {
    const VALUE path = rb_profile_frame_path(frames[index]);
    if (!RB_TYPE_P(path, T_STRING)) continue;  // a method written in C
    // A frame that a JIT runs tells no line while it is the innermost.
    const int line = lines[index] == 0 && innermost ? rb_sourceline() : lines[index];
    const std::string_view text = text_of(path);
    if (paths.application(text)) {
      site = {path, line};
      return true;
    }
    if (NIL_P(site.path) && !text.empty() && text.front() == '/') site = {path, line};
    innermost = false;
  }
  return false;
}

}  // namespace

CallSite current_call_site(const ApplicationPaths& paths) noexcept {
  // On the C stack, where a conservative collector would find them. Not that one can run here.
  std::array<VALUE, kFarFrames> frames;
  std::array<int, kFarFrames> lines;
  CallSite site;
  int count = rb_profile_frames(0, kNearFrames, frames.data(), lines.data());
  if (look(paths, frames.data(), lines.data(), count, site) || count < kNearFrames) return site;
  count = rb_profile_frames(0, kFarFrames, frames.data(), lines.data());
  look(paths, frames.data(), lines.data(), count, site);
  return site;
}

}  // namespace memory_tracker
