// The only file that knows Rice. It translates; it decides nothing.
#include <rice/rice.hpp>
#include <rice/stl.hpp>

#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "binding/hash_member.hpp"
#include "binding/native_tracker.hpp"
#include "binding/pinned.hpp"
#include "binding/request_methods.hpp"
#include "binding/retention/report_hash.hpp"
#include "binding/stats_hash.hpp"
#include "binding/text_or_nil.hpp"
#include "binding/thread_ledger.hpp"
#include "binding/without_gvl.hpp"
#include "core/error.hpp"
#include "core/output/descriptor_sink.hpp"
#include "core/output/file_sink.hpp"
#include "core/output/recovery.hpp"
#include "core/process/process_memory.hpp"

namespace Rice {
// A request is known by its fiber. Marked so, a fiber cannot be moved by a compaction as long as
// its request is under way, and its address stays its name.
template <>
inline void ruby_mark<memory_tracker::NativeTracker>(memory_tracker::NativeTracker* tracker) {
  tracker->core.each_flight(
      [](memory_tracker::Flight& flight) { rb_gc_mark(static_cast<VALUE>(flight.execution)); });
  tracker->retention.mark();
}
}  // namespace Rice

namespace memory_tracker {
namespace {

template <typename Type>
Type option(const Rice::Hash& options, const char* name) {
  const VALUE value = rb_hash_aref(options.value(), ID2SYM(rb_intern(name)));
  return Rice::detail::From_Ruby<Type>().convert(value);
}

bool given(const Rice::Hash& options, const char* name) {
  return !NIL_P(rb_hash_aref(options.value(), ID2SYM(rb_intern(name))));
}

std::chrono::nanoseconds seconds_option(const Rice::Hash& options, const char* name) {
  return std::chrono::nanoseconds(static_cast<int64_t>(option<double>(options, name) * 1e9));
}

std::vector<std::string> names_option(const Rice::Hash& options, const char* name) {
  std::vector<std::string> names;
  const Rice::Array given_names(rb_hash_aref(options.value(), ID2SYM(rb_intern(name))));
  for (long index = 0; index < given_names.size(); ++index) {
    const VALUE entry = rb_ary_entry(given_names.value(), index);
    names.push_back(Rice::detail::From_Ruby<std::string>().convert(entry));
  }
  return names;
}

SinkKind sink_kind(const std::string& name) {
  if (name == "stdout") return SinkKind::kStdout;
  if (name == "stderr") return SinkKind::kStderr;
  return name == "descriptor" ? SinkKind::kDescriptor : SinkKind::kFile;
}

RetentionOptions::Mode retention_mode(const std::string& name) {
  if (name == "budget") return RetentionOptions::Mode::kBudget;
  return name == "rate" ? RetentionOptions::Mode::kRate : RetentionOptions::Mode::kOff;
}

ObjectCounter::Mode counting_mode(const std::string& name) {
  if (name == "always") return ObjectCounter::Mode::kAlways;
  return name == "never" ? ObjectCounter::Mode::kNever : ObjectCounter::Mode::kBudget;
}

// `settings` is what MemoryTracker::Configuration#to_native gives: complete and checked.
NativeTracker* open_tracker(Rice::Hash settings) {
  GcCounters counters(names_option(settings, "gc_counters"));
  Options options;
  options.threshold_bytes = option<uint64_t>(settings, "threshold_bytes");
  options.sample_rate = option<double>(settings, "sample_rate");
  options.flush_interval = seconds_option(settings, "flush_interval");
  if (given(settings, "process_sample_interval")) {
    options.process_sample_interval = seconds_option(settings, "process_sample_interval");
  }
  options.queue_size = option<uint32_t>(settings, "queue_size");
  if (given(settings, "recorder_folder")) {
    options.recorder_folder = option<std::string>(settings, "recorder_folder");
  }
  options.application_key = option<std::string>(settings, "application_key");
  options.sink = sink_kind(option<std::string>(settings, "sink"));
  if (given(settings, "log_path")) options.log_path = option<std::string>(settings, "log_path");
  if (given(settings, "log_descriptor")) {
    options.log_descriptor = option<int>(settings, "log_descriptor");
  }
  options.constant_fields_json = option<std::string>(settings, "constant_fields_json");
  options.started_fields_json = option<std::string>(settings, "started_fields_json");
  options.gc_counter_names = counters.names();
  options.retention.mode = retention_mode(option<std::string>(settings, "retention"));
  options.retention.rate = option<double>(settings, "retention_rate");
  ApplicationPaths paths(
      names_option(settings, "application_folders"), names_option(settings, "foreign_folders"),
      names_option(settings, "own_folders"), option<bool>(settings, "started_in_application"));
  return new NativeTracker(std::move(options), std::move(counters),
                           counting_mode(option<std::string>(settings, "object_counts")),
                           option<bool>(settings, "wants_lines"), std::move(paths));
}

// Rice asks Ruby first whether the object is a Proc, under protection: 50 ns, twice a request.
NativeTracker& unwrap(VALUE self) {
  static rb_data_type_t* const type = Rice::Data_Type<NativeTracker>::ruby_data_type();
  if (RTYPEDDATA_P(self) && RTYPEDDATA_TYPE(self) == type && RTYPEDDATA_DATA(self) != nullptr) {
    auto* wrapper = static_cast<Rice::detail::WrapperBase*>(RTYPEDDATA_DATA(self));
    return *static_cast<NativeTracker*>(wrapper->get(type));
  }
  return *Rice::detail::unwrap<NativeTracker>(self, type, false);
}

std::chrono::nanoseconds patience(double seconds) {
  return std::chrono::nanoseconds(static_cast<int64_t>(seconds * 1e9));
}

bool flush(NativeTracker& tracker, double seconds) {
  Session* session = tracker.core.open_session();
  if (session == nullptr) return true;
  session->hold();
  bool complete = false;
  auto work = [&] { complete = session->flush(patience(seconds)); };
  without_gvl(work);
  session->let_go();
  return complete;
}

bool stop(NativeTracker& tracker, double seconds) {
  Session* session = tracker.core.take_session();
  tracker.retention.stop();
  if (session == nullptr) return true;
  bool complete = false;
  auto work = [&] { complete = session->close(patience(seconds)); };
  without_gvl(work);
  return complete;
}

Rice::Object stats(NativeTracker& tracker) {
  const VALUE hash = stats_hash(tracker.core.stats());
  set_member(hash, "retention", retention_stats_hash(tracker.retention.stats()));
  return Rice::Object(hash);
}

// Nothing before the first request, nor where retention is not sampled.
Rice::Object report(NativeTracker& tracker) {
  const int state = tracker.retention.look_now(tracker.core);
  if (state != 0) throw Rice::JumpException(static_cast<Rice::JumpException::ruby_tag_type>(state));
  Session* session = tracker.core.open_session();
  if (session == nullptr || session->study() == nullptr) return Rice::Object(Qnil);
  return Rice::Object(retention_report_hash(session->study()->report()));
}

// Writes what dead processes of any application left in `folder` to a file, or to stdout where the
// path is empty. The number of recorders, or nil where the log did not take everything.
Rice::Object recover(const std::string& folder, const std::string& log_path) {
  const RecorderFolder checked = RecorderFolder::existing(folder);
  Complaints complaints;
  Recovery recovery(folder, "", complaints);
  recovery.find();
  std::unique_ptr<Sink> sink;
  if (log_path.empty()) {
    sink = std::make_unique<DescriptorSink>(STDOUT_FILENO, "stdout");
  } else {
    sink = std::make_unique<FileSink>(log_path);
  }
  LineContext context;
  context.pid = static_cast<uint32_t>(getpid());
  const bool complete = recovery.write(*sink, context) == 0;
  return Rice::Object(complete ? ULL2NUM(recovery.recorders()) : Qnil);
}

// Every exception of the core becomes MemoryTracker::Error; Rice knows the rest.
void translate_errors(VALUE error_class) {
  // Pinned: the handler would raise a moved class after a compaction and crash.
  rb_gc_register_mark_object(error_class);
  Rice::detail::Registries::instance.handlers.set([error_class] {
    try {
      throw;
    } catch (const Error& error) {
      throw Rice::Exception(error_class, "%s", error.what());
    }
  });
}

}  // namespace
}  // namespace memory_tracker

extern "C" {
__attribute__((visibility("default"))) void Init_memory_tracker() {
  using namespace memory_tracker;
  Rice::detail::cpp_protect([] {
    const Rice::Module module = Rice::define_module("MemoryTracker");
    translate_errors(module.const_get("Error").value());
    rb_define_const(module.value(), "PROCESS_MEMORY_SOURCE", text_or_nil(process_memory_source()));
    rb_define_const(module.value(), "LIBPROC2_COMPILED_VERSION",
                    text_or_nil(libproc2_compiled_version()));
    rb_define_const(module.value(), "LIBPROC2_LOADED", text_or_nil(libproc2_loaded()));
    Rice::Data_Type<NativeTracker> tracker =
        Rice::define_class_under<NativeTracker>(module, "Tracker");
    // Rice finds a method by the address of its class: one that a compaction moved has none.
    pinned(rb_singleton_class(pinned(tracker.klass().value())));
    tracker.define_singleton_function("_open", &open_tracker, Rice::Return().takeOwnership())
        .define_singleton_function("_recover", &recover)
        .define_method("_flush", &flush)
        .define_method("_stop", &stop)
        .define_method("_stats", &stats)
        .define_method("_report", &report);
    thread_ledger::open();
    define_request_methods(tracker.klass().value(), &unwrap);
  });
}
}
