#include "binding/request_texts.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "binding/pinned.hpp"
#include "binding/route_template.hpp"

namespace memory_tracker {
namespace {

constexpr std::string_view kFormatSuffix = "(.:format)";

std::string_view bytes_of(VALUE string) noexcept {
  return {RSTRING_PTR(string), static_cast<size_t>(RSTRING_LEN(string))};
}

bool is_string(VALUE value) noexcept { return RB_TYPE_P(value, T_STRING); }

VALUE lookup(VALUE hash, VALUE key) { return rb_hash_lookup2(hash, key, Qnil); }

void set_if_string(RequestRecord& record, Text text, VALUE value) noexcept {
  if (is_string(value)) record.texts.set(text, bytes_of(value));
}

void read_path(VALUE env, RequestRecord& record) noexcept {
  static const VALUE script_name = pinned_string("SCRIPT_NAME");
  static const VALUE path_info = pinned_string("PATH_INFO");
  const VALUE mount = lookup(env, script_name);
  const VALUE path = lookup(env, path_info);
  if (!is_string(mount) || RSTRING_LEN(mount) == 0) {
    set_if_string(record, Text::kUrl, path);
    return;
  }
  // One byte more than a record keeps, so that the cut is seen as one.
  std::array<char, 513> joined;
  static_assert(kTextRules[static_cast<size_t>(Text::kUrl)].limit_bytes < joined.size());
  size_t used = 0;
  for (const VALUE part : {mount, path}) {
    if (!is_string(part)) continue;
    const std::string_view bytes = bytes_of(part);
    const size_t count = std::min(bytes.size(), joined.size() - used);
    std::memcpy(joined.data() + used, bytes.data(), count);
    used += count;
  }
  record.texts.set(Text::kUrl, {joined.data(), used});
}

// The name of the class, or of the nearest ancestor that has one.
void set_class_name(RequestRecord& record, Text text, VALUE object) noexcept {
  for (VALUE klass = rb_obj_class(object); RTEST(klass); klass = rb_class_superclass(klass)) {
    const VALUE name = rb_mod_name(klass);
    if (is_string(name)) {
      record.texts.set(text, bytes_of(name));
      return;
    }
  }
}

VALUE controller_of(VALUE env) noexcept {
  static const VALUE instance_key = pinned_string("action_controller.instance");
  const VALUE instance = lookup(env, instance_key);
  return RB_SPECIAL_CONST_P(instance) ? Qnil : instance;
}

void read_controller(VALUE env, VALUE parameters, RequestRecord& record) noexcept {
  static const VALUE action_symbol = ID2SYM(rb_intern("action"));
  static const ID action_name = rb_intern("@_action_name");
  const VALUE instance = controller_of(env);
  if (NIL_P(instance)) return;
  set_class_name(record, Text::kController, instance);
  VALUE action = rb_ivar_get(instance, action_name);
  if (!is_string(action) && RB_TYPE_P(parameters, T_HASH)) {
    action = lookup(parameters, action_symbol);
  }
  set_if_string(record, Text::kAction, action);
}

void read_route(VALUE env, VALUE parameters, RequestRecord& record) noexcept {
  static const VALUE pattern_key = pinned_string("action_dispatch.route_uri_pattern");
  const VALUE pattern = lookup(env, pattern_key);
  if (!is_string(pattern)) {
    const bool routed = !record.texts.get(Text::kController).empty();
    if (routed && RB_TYPE_P(parameters, T_HASH)) rebuild_route(parameters, record);
    return;
  }
  std::string_view route = bytes_of(pattern);
  if (route.size() > kFormatSuffix.size() &&
      route.substr(route.size() - kFormatSuffix.size()) == kFormatSuffix) {
    route.remove_suffix(kFormatSuffix.size());
  }
  record.texts.set(Text::kRoute, route);
}

// What Rails leaves in the environment. Two lookups tell that there is no Rails.
VALUE read_rails(VALUE env, RequestRecord& record) noexcept {
  static const VALUE request_id = pinned_string("action_dispatch.request_id");
  static const VALUE parameters_key = pinned_string("action_dispatch.request.path_parameters");
  static const VALUE exception = pinned_string("action_dispatch.exception");
  const VALUE assigned = lookup(env, request_id);
  const VALUE parameters = lookup(env, parameters_key);
  if (NIL_P(assigned) && NIL_P(parameters)) return Qnil;
  // Rails cleans and replaces the header's id, behind a middleware that stands before its own.
  if (is_string(assigned) && bytes_of(assigned) != record.texts.get(Text::kRequestId)) {
    set_if_string(record, Text::kRequestId, assigned);
  }
  if (!NIL_P(parameters)) {
    read_controller(env, parameters, record);
    read_route(env, parameters, record);
  }
  return lookup(env, exception);
}

int32_t status_number(VALUE status) noexcept {
  if (FIXNUM_P(status)) return static_cast<int32_t>(FIX2LONG(status));
  // Rack 2 lets an application answer "200".
  if (is_string(status)) {
    const VALUE number = rb_str_to_inum(status, 10, 0);
    if (FIXNUM_P(number)) return static_cast<int32_t>(FIX2LONG(number));
  }
  return kUnknownCount;
}

}  // namespace

void read_request(VALUE env, RequestRecord& record) noexcept {
  static const VALUE request_method = pinned_string("REQUEST_METHOD");
  static const VALUE request_id = pinned_string("action_dispatch.request_id");
  static const VALUE request_id_header = pinned_string("HTTP_X_REQUEST_ID");
  if (!RB_TYPE_P(env, T_HASH)) return;
  set_if_string(record, Text::kMethod, lookup(env, request_method));
  read_path(env, record);
  // The header first, which a proxy in front has often set: one lookup. What Rails makes of it is
  // taken with the answer.
  const VALUE given = lookup(env, request_id_header);
  set_if_string(record, Text::kRequestId, is_string(given) ? given : lookup(env, request_id));
}

void read_work(VALUE name, VALUE fields, RequestRecord& record) noexcept {
  set_if_string(record, Text::kName, name);
  set_if_string(record, Text::kFields, fields);
}

void read_answer(VALUE env, VALUE status, VALUE error, RequestRecord& record) noexcept {
  record.status = status_number(status);
  const VALUE handled = RB_TYPE_P(env, T_HASH) ? read_rails(env, record) : Qnil;
  read_error(NIL_P(error) ? handled : error, record);
}

void read_url(VALUE url, RequestRecord& record) noexcept { set_if_string(record, Text::kUrl, url); }

void read_error(VALUE error, RequestRecord& record) noexcept {
  if (NIL_P(error) || RB_SPECIAL_CONST_P(error)) return;
  set_class_name(record, Text::kError, error);
}

bool works_elsewhere(VALUE env) noexcept {
  static const ID marker = rb_intern("new_controller_thread");
  const VALUE instance = controller_of(env);
  return !NIL_P(instance) && rb_method_boundp(rb_obj_class(instance), marker, 0) != 0;
}

bool hijacked(VALUE env, VALUE headers) noexcept {
  static const VALUE full = pinned_string("rack.hijack_io");
  static const VALUE partial = pinned_string("rack.hijack");
  if (RB_TYPE_P(headers, T_HASH) && !NIL_P(lookup(headers, partial))) return true;
  return RB_TYPE_P(env, T_HASH) && !NIL_P(lookup(env, full));
}

}  // namespace memory_tracker
