#include "core/retention/site_table.hpp"

#include <algorithm>

namespace memory_tracker {

void SiteTable::add(std::string_view class_name, std::string_view location, double objects) {
  class_name = class_name.substr(0, kLongestText);
  location = location.substr(0, kLongestText);
  objects_ += objects;
  const auto same = std::find_if(sites_.begin(), sites_.end(), [&](const Site& site) {
    return site.location == location && site.class_name == class_name;
  });
  if (same != sites_.end()) {
    same->objects += objects;
    return;
  }
  if (sites_.size() < kMaxSites) {
    sites_.push_back({std::string(class_name), std::string(location), objects, 0});
    return;
  }
  const auto least = std::min_element(
      sites_.begin(), sites_.end(),
      [](const Site& left, const Site& right) { return left.objects < right.objects; });
  const double inherited = least->objects;
  *least = {std::string(class_name), std::string(location), inherited + objects, inherited};
}

std::vector<KeptSite> SiteTable::top(size_t count) const {
  std::vector<const Site*> largest;
  largest.reserve(sites_.size());
  for (const Site& site : sites_) largest.push_back(&site);
  const auto kept = [](const Site* site) { return site->objects - site->inherited; };
  std::stable_sort(largest.begin(), largest.end(),
                   [&](const Site* left, const Site* right) { return kept(left) > kept(right); });
  largest.resize(std::min(count, largest.size()));
  std::vector<KeptSite> sites;
  sites.reserve(largest.size());
  for (const Site* site : largest) {
    sites.push_back({site->class_name, site->location, objects_ > 0 ? kept(site) / objects_ : 0});
  }
  return sites;
}

}  // namespace memory_tracker
