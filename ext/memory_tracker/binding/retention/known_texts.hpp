#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace memory_tracker {

// Numbers for texts that come again and again: names of classes, paths of files. At most
// kMostTexts; what comes after those is kUnnamed. Under the GVL.
class KnownTexts {
 public:
  using Number = uint32_t;
  static constexpr size_t kMostTexts = 4096;
  static constexpr Number kUnnamed = 0;

  KnownTexts() { number_of(""); }

  Number number_of(std::string_view text) {
    const auto known = numbers_.find(text);
    if (known != numbers_.end()) return known->second;
    if (texts_.size() >= kMostTexts) return kUnnamed;
    const auto number = static_cast<Number>(texts_.size());
    texts_.push_back(&numbers_.emplace(std::string(text), number).first->first);
    return number;
  }
  const std::string& operator[](Number number) const noexcept { return *texts_[number]; }

 private:
  std::map<std::string, Number, std::less<>> numbers_;
  std::vector<const std::string*> texts_;
};

}  // namespace memory_tracker
