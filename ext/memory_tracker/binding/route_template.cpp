#include "binding/route_template.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace memory_tracker {
namespace {

// A template of fixed size; what does not fit is cut with the text that it becomes.
struct Template {
  std::array<char, 256> bytes;
  size_t used = 0;

  void append(std::string_view text) noexcept {
    const size_t count = std::min(text.size(), bytes.size() - used);
    std::memcpy(bytes.data() + used, text.data(), count);
    used += count;
  }
};

struct Search {
  std::string_view segment;
  std::string_view name;
};

int compare_parameter(VALUE key, VALUE value, VALUE pointer) {
  auto& search = *reinterpret_cast<Search*>(pointer);
  if (!SYMBOL_P(key) || !RB_TYPE_P(value, T_STRING)) return ST_CONTINUE;
  const std::string_view text(RSTRING_PTR(value), static_cast<size_t>(RSTRING_LEN(value)));
  if (text != search.segment) return ST_CONTINUE;
  const char* name = rb_id2name(SYM2ID(key));
  if (std::strcmp(name, "controller") == 0 || std::strcmp(name, "action") == 0) return ST_CONTINUE;
  search.name = name;
  return ST_STOP;
}

std::string_view without_format(std::string_view segment, VALUE parameters) {
  static const VALUE format = ID2SYM(rb_intern("format"));
  const VALUE value = rb_hash_lookup2(parameters, format, Qnil);
  if (!RB_TYPE_P(value, T_STRING)) return segment;
  const std::string_view text(RSTRING_PTR(value), static_cast<size_t>(RSTRING_LEN(value)));
  const bool ends = segment.size() > text.size() &&
                    segment.substr(segment.size() - text.size()) == text &&
                    segment[segment.size() - text.size() - 1] == '.';
  return ends ? segment.substr(0, segment.size() - text.size() - 1) : segment;
}

}  // namespace

void rebuild_route(VALUE path_parameters, RequestRecord& record) noexcept {
  Template route;
  std::string_view path = record.texts.get(Text::kUrl);
  path = path.substr(0, path.find('?'));
  while (!path.empty()) {
    const size_t begin = path.front() == '/' ? 1 : 0;
    const size_t end = std::min(path.find('/', begin), path.size());
    Search search{path.substr(begin, end - begin), {}};
    if (end == path.size()) search.segment = without_format(search.segment, path_parameters);
    if (!search.segment.empty()) {
      rb_hash_foreach(path_parameters, compare_parameter, reinterpret_cast<VALUE>(&search));
    }
    if (begin == 1) route.append("/");
    if (!search.name.empty()) route.append(":");
    route.append(search.name.empty() ? search.segment : search.name);
    path.remove_prefix(end);
  }
  record.texts.set(Text::kRoute, {route.bytes.data(), route.used});
}

}  // namespace memory_tracker
