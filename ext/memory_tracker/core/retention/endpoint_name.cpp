#include "core/retention/endpoint_name.hpp"

#include "core/output/route_shape.hpp"

namespace memory_tracker {
namespace {

std::string full_name(const RequestRecord& record) {
  const TextArea& texts = record.texts;
  if (record.event != Event::kRequest) return std::string(texts.get(Text::kName));
  const std::string_view controller = texts.get(Text::kController);
  const std::string_view action = texts.get(Text::kAction);
  if (!controller.empty() && !action.empty()) {
    return std::string(controller) + "#" + std::string(action);
  }
  const std::string_view route = texts.get(Text::kRoute);
  return route.empty() ? route_shape(texts.get(Text::kUrl)) : std::string(route);
}

}  // namespace

std::string endpoint_name(const RequestRecord& record) {
  std::string name = full_name(record);
  if (name.empty()) return kOtherEndpoint;
  if (name.size() > kLongestEndpoint) name.resize(kLongestEndpoint);
  return name;
}

}  // namespace memory_tracker
