#include "core/session.hpp"

#include <unistd.h>

#include <exception>
#include <utility>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/output/descriptor_sink.hpp"
#include "core/output/file_sink.hpp"

namespace memory_tracker {
namespace {

RecorderMemory open_memory(const Options& options, Complaints& complaints) {
  const size_t bytes = FlightRecorder::bytes_for(options.queue_size);
  if (options.recorder_folder) {
    try {
      return RecorderMemory::in_folder(*options.recorder_folder, options.application_key, bytes);
    } catch (const Error& error) {
      complaints.raise("recorder", std::string(error.what()) +
                                       "; the record of this process will not survive a kill");
    }
  }
  return RecorderMemory::anonymous(bytes);
}

std::unique_ptr<Sink> open_sink(const Options& options) {
  switch (options.sink) {
    case SinkKind::kFile:
      return std::make_unique<FileSink>(options.log_path);
    case SinkKind::kStderr:
      return std::make_unique<DescriptorSink>(STDERR_FILENO, "stderr");
    case SinkKind::kDescriptor:
      return DescriptorSink::duplicate(options.log_descriptor);
    default:
      return std::make_unique<DescriptorSink>(STDOUT_FILENO, "stdout");
  }
}

}  // namespace

Session::Session(const Options& options, Complaints& complaints)
    : recorder_(new FlightRecorder(open_memory(options, complaints), options.queue_size,
                                   options.gc_counter_names)) {
  context_.pid = static_cast<uint32_t>(getpid());
  context_.wall_offset_ns = recorder_->header().wall_offset_ns.load();
  context_.constant_members = object_members(options.constant_fields_json);
  context_.gc_counter_names = options.gc_counter_names;
  if (options.retention.mode != RetentionOptions::Mode::kOff) {
    study_ = new RetentionStudy(options.retention, monotonic_ns());
  }
  const WriterOptions writer_options{options.flush_interval,
                                     options.process_sample_interval,
                                     object_members(options.started_fields_json),
                                     options.application_key,
                                     options.recorder_folder,
                                     study_ == nullptr ? nullptr : &study_->mailbox(),
                                     options.sample_rate};
  writer_ =
      new Writer(*recorder_, open_sink(options), complaints, totals_, context_, writer_options);
}

Session* Session::open(const Options& options, Complaints& complaints) noexcept {
  try {
    return new Session(options, complaints);
  } catch (const std::exception& error) {
    try {
      complaints.raise("session", std::string("requests are not tracked: ") + error.what());
    } catch (...) {
      // Not even memory for the message.
    }
    return nullptr;
  }
}

bool Session::close(std::chrono::nanoseconds patience) noexcept {
  if (!writer_->stop(patience)) return false;
  recorder_->remove_file();
  if (holders_.load(std::memory_order_acquire) == 0) recorder_->leave();
  return true;
}

std::string object_members(const std::string& json) {
  const size_t open = json.find('{');
  const size_t close = json.rfind('}');
  if (open == std::string::npos || close == std::string::npos || close <= open) return {};
  const size_t first = json.find_first_not_of(" \t\r\n", open + 1);
  return first >= close ? std::string() : json.substr(first, close - first);
}

}  // namespace memory_tracker
