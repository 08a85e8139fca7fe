#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace memory_tracker {

// Tells the application's own source files from those of gems and of Ruby, and names both shortly:
// app/models/order.rb, rack-2.2.6/lib/rack/builder.rb. A comparison of bytes, nothing is looked up
// on disk.
class ApplicationPaths {
 public:
  // All absolute. `roots`: the application's folder, by each of its names (links). `foreign`:
  // folders that are not the application's even where they lie within it, as vendor/bundle does.
  // `relative`: whether a path that is not absolute is within the application, because the
  // process was started in its folder.
  ApplicationPaths(std::vector<std::string> roots, std::vector<std::string> foreign, bool relative);

  bool application(std::string_view path) const noexcept;
  std::string_view short_name(std::string_view path) const noexcept;

 private:
  // What comes after the first of `folders` that the path lies in; nothing where it is in none.
  static std::string_view inside(const std::vector<std::string>& folders,
                                 std::string_view path) noexcept;

  std::vector<std::string> roots_;
  std::vector<std::string> foreign_;
  bool relative_;
};

}  // namespace memory_tracker
