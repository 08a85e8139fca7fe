#include "core/application_paths.hpp"

#include <utility>

namespace memory_tracker {
namespace {

constexpr std::string_view kGems = "/gems/";

// Ends with a slash, so that /srv/shop is no part of /srv/shop-old.
std::vector<std::string> folders(std::vector<std::string> names) {
  for (std::string& name : names) {
    if (name.empty() || name.back() != '/') name += '/';
  }
  return names;
}

}  // namespace

ApplicationPaths::ApplicationPaths(std::vector<std::string> roots, std::vector<std::string> foreign,
                                   bool relative)
    : roots_(folders(std::move(roots))),
      foreign_(folders(std::move(foreign))),
      relative_(relative) {}

std::string_view ApplicationPaths::inside(const std::vector<std::string>& folders,
                                          std::string_view path) noexcept {
  for (const std::string& folder : folders) {
    if (path.size() > folder.size() && path.compare(0, folder.size(), folder) == 0) {
      return path.substr(folder.size());
    }
  }
  return {};
}

bool ApplicationPaths::application(std::string_view path) const noexcept {
  if (path.empty()) return false;
  // <internal:kernel>, (eval at ...), -e
  if (path.front() == '<' || path.front() == '(' || path.front() == '-') return false;
  if (path.front() != '/') return relative_;
  return !inside(roots_, path).empty() && inside(foreign_, path).empty();
}

std::string_view ApplicationPaths::short_name(std::string_view path) const noexcept {
  if (application(path)) {
    const std::string_view within = inside(roots_, path);
    return within.empty() ? path : within;
  }
  const size_t gems = path.rfind(kGems);
  if (gems != std::string_view::npos) return path.substr(gems + kGems.size());
  const std::string_view within = inside(foreign_, path);
  return within.empty() ? path : within;
}

}  // namespace memory_tracker
