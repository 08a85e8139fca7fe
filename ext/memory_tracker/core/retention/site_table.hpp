#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/retention/retention_report.hpp"

namespace memory_tracker {

// The sites that kept most, of any number, in kMaxSites places: where all are taken, a new site
// takes the place of the least and inherits its count (space-saving, Metwally et al. 2005), so
// that a site with more than 1 / kMaxSites of all objects is always among them.
class SiteTable {
 public:
  static constexpr size_t kMaxSites = 16;
  static constexpr size_t kLongestText = 200;

  void add(std::string_view class_name, std::string_view location, double objects);
  bool empty() const noexcept { return sites_.empty(); }
  // The largest first, at most `count`.
  std::vector<KeptSite> top(size_t count) const;

 private:
  struct Site {
    std::string class_name;
    std::string location;
    double objects;
    double inherited;  // of them, what another site may have kept
  };

  std::vector<Site> sites_;
  double objects_ = 0;
};

}  // namespace memory_tracker
