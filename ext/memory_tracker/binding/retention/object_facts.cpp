#include "binding/retention/object_facts.hpp"

#include <string_view>

#include "binding/pinned.hpp"

#ifdef HAVE_RB_OBJ_MEMSIZE_OF
// Exported for Ruby's own objspace, which has it declared in no public header.
extern "C" size_t rb_obj_memsize_of(VALUE object);
#endif

namespace memory_tracker {
namespace {

constexpr uint64_t kSlotBytes = 40;

// Empty for a class without a constant. What lies below such a class is named by an address.
std::string_view constant_name(VALUE klass) noexcept {
  const VALUE path = rb_class_path_cached(klass);
  if (!RB_TYPE_P(path, T_STRING)) return {};
  const std::string_view name(RSTRING_PTR(path), static_cast<size_t>(RSTRING_LEN(path)));
  return name.empty() || name.front() == '#' ? std::string_view{} : name;
}

}  // namespace

std::string class_name_of(VALUE klass) {
  const std::string_view name = constant_name(klass);
  if (!name.empty()) return std::string(name);
  for (VALUE above = rb_class_get_superclass(klass); RTEST(above);
       above = rb_class_get_superclass(above)) {
    above = rb_class_real(above);
    if (!RTEST(above)) break;
    const std::string_view inherited = constant_name(above);
    if (!inherited.empty()) return "(anonymous " + std::string(inherited) + ")";
  }
  return "(anonymous)";
}

uint64_t size_bytes([[maybe_unused]] VALUE object) noexcept {
  const int type = RB_BUILTIN_TYPE(object);
  if (type == T_CLASS || type == T_MODULE) return kSlotBytes;
#ifdef HAVE_RB_OBJ_MEMSIZE_OF
  return rb_obj_memsize_of(object);
#else
  return kSlotBytes;
#endif
}

}  // namespace memory_tracker
