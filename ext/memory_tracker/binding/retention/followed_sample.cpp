#include "binding/retention/followed_sample.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "binding/retention/object_facts.hpp"

namespace memory_tracker {
namespace {

// A request's objects are of few classes and from few files: asking again is a comparison or two.
class NumberedValues {
 public:
  template <typename TextOf>
  KnownTexts::Number number_of(VALUE value, KnownTexts& texts, TextOf text_of) {
    for (const auto& [seen, number] : seen_) {
      if (seen == value) return number;
    }
    const KnownTexts::Number number = texts.number_of(text_of(value));
    seen_.emplace_back(value, number);
    return number;
  }

 private:
  std::vector<std::pair<VALUE, KnownTexts::Number>> seen_;
};

std::string_view path_text(VALUE path) {
  if (!RB_TYPE_P(path, T_STRING)) return {};
  return {RSTRING_PTR(path), static_cast<size_t>(RSTRING_LEN(path))};
}

}  // namespace

FollowedSample::FollowedSample(uint64_t number, const CountedFlight& flight, KnownTexts& texts)
    : id(number),
      major_gcs(flight.request.major_gcs),
      process_requests(flight.request.process_requests),
      monotonic_ns(flight.request.monotonic_ns),
      endpoint(texts.number_of(flight.request.endpoint)) {
  NumberedValues classes;
  NumberedValues paths;
  const Reservoir& reservoir = flight.reservoir();
  objects_.reserve(reservoir.size());
  for (uint32_t place = 0; place < reservoir.size(); ++place) {
    const Reservoir::Entry& entry = reservoir[place];
    if (entry.object == 0) continue;
    alive_.set(place);
    objects_.push_back({place, classes.number_of(rb_obj_class(entry.object), texts, class_name_of),
                        paths.number_of(entry.site.path, texts, path_text), entry.site.line,
                        size_bytes(entry.object)});
  }
}

uint64_t FollowedSample::bytes() const noexcept {
  uint64_t sum = 0;
  for (const Object& object : objects_) {
    if (alive_[object.place]) sum += object.bytes;
  }
  return sum;
}

void FollowedSample::keep_survivors_only() {
  objects_.erase(std::remove_if(objects_.begin(), objects_.end(),
                                [&](const Object& each) { return !alive_[each.place]; }),
                 objects_.end());
  objects_.shrink_to_fit();
}

std::vector<SurvivorGroup> FollowedSample::groups(const KnownTexts& texts,
                                                  const ApplicationPaths& paths) const {
  std::vector<std::pair<const Object*, SurvivorGroup>> found;
  for (const Object& object : objects_) {
    if (!alive_[object.place]) continue;
    auto group = std::find_if(found.begin(), found.end(),
                              [&](const auto& each) { return each.first->same_site(object); });
    if (group == found.end()) {
      SurvivorGroup fresh;
      fresh.class_name = texts[object.class_name];
      const std::string& path = texts[object.path];
      if (!path.empty()) {
        fresh.location = std::string(paths.short_name(path)) + ":" + std::to_string(object.line);
      }
      found.emplace_back(&object, std::move(fresh));
      group = found.end() - 1;
    }
    group->second.objects += 1;
    group->second.bytes += object.bytes;
  }
  std::vector<SurvivorGroup> groups;
  groups.reserve(found.size());
  for (auto& each : found) groups.push_back(std::move(each.second));
  return groups;
}

}  // namespace memory_tracker
