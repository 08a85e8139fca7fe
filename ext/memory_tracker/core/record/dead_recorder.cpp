#include "core/record/dead_recorder.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "core/record/unreadable_recorders.hpp"

namespace memory_tracker {
namespace {

// A file without a whole header may be one that is being made right now.
constexpr time_t kMakingSeconds = 10;

const char* fault_of(const RecorderHeader& header, size_t bytes) {
  if (header.version != kRecorderVersion) return "it is of another release";
  if (header.header_bytes != kRecorderHeaderBytes || header.record_bytes != sizeof(StampedRecord)) {
    return "its records have another size";
  }
  if (header.ring_capacity == 0 ||
      recorder_bytes(header.slot_count, header.ring_capacity) != bytes) {
    return "its length does not agree with its header";
  }
  return nullptr;
}

// Nothing a user could have been tricked into: a plain file of ours, under one name only.
bool acceptable(const struct stat& status) {
  return S_ISREG(status.st_mode) && status.st_uid == geteuid() && status.st_nlink == 1;
}

// GC.stat has no other names, and two that differ in odd bytes alone could be printed alike.
bool is_counter_name(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '_';
  });
}

}  // namespace

DeadRecorder::DeadRecorder(const RecorderFolder& folder, std::string name, Descriptor file,
                           void* data, size_t bytes) noexcept
    : folder_(dup(folder.descriptor())),
      name_(std::move(name)),
      file_(std::move(file)),
      data_(data),
      bytes_(bytes),
      header_(static_cast<RecorderHeader*>(data)),
      slots_(reinterpret_cast<StampedRecord*>(static_cast<char*>(data) + kRecorderHeaderBytes)),
      ring_(header_, slots_ + header_->slot_count, header_->ring_capacity) {}

DeadRecorder::~DeadRecorder() {
  munmap(data_, bytes_);
  if (folder_ >= 0) close(folder_);
}

std::vector<std::unique_ptr<DeadRecorder>> DeadRecorder::take_over(
    const RecorderFolder& folder, const std::string& application_key,
    const std::vector<std::string>& own, const Complain& complain) {
  std::vector<std::unique_ptr<DeadRecorder>> found;
  for (const std::string& name : folder.recorders(application_key)) {
    if (std::find(own.begin(), own.end(), name) != own.end()) continue;
    Descriptor file(
        openat(folder.descriptor(), name.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0 && errno == ENOENT) continue;
    // Its owner lives, or another starter has it.
    if (file.get() >= 0 && !lock_recorder(file.get())) continue;
    struct stat status {};
    const bool known = file.get() >= 0 && fstat(file.get(), &status) == 0;
    // Only what is looked at under the lock holds: who had it a moment ago may have told and
    // removed it.
    if (known && status.st_nlink == 0) continue;
    if (!known || !acceptable(status)) {
      complain(name, "is passed over: it is not a plain file of this user");
      continue;
    }
    const auto bytes = static_cast<size_t>(status.st_size);
    const bool young = time(nullptr) - status.st_mtime < kMakingSeconds;
    void* data = bytes < kRecorderHeaderBytes
                     ? MAP_FAILED
                     : mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    const auto* header = static_cast<const RecorderHeader*>(data);
    const bool whole = data != MAP_FAILED &&
                       std::memcmp(header->magic, kRecorderMagic, sizeof kRecorderMagic) == 0;
    const char* fault = whole ? fault_of(*header, bytes) : "it has no header";
    if (fault == nullptr) {
      found.emplace_back(new DeadRecorder(folder, name, std::move(file), data, bytes));
      continue;
    }
    if (data != MAP_FAILED) munmap(data, bytes);
    if (!whole && young) continue;
    set_aside_recorder(folder, name);
    complain(name, std::string("was set aside: ") + fault);
  }
  return found;
}

std::vector<std::string> DeadRecorder::gc_counter_names() const {
  std::vector<std::string> names;
  const size_t count = std::min<size_t>(header_->gc_counter_count, kMaxGcCounters);
  for (size_t index = 0; index < count; ++index) {
    const char* bytes = header_->gc_counter_names[index];
    std::string name(bytes, strnlen(bytes, kGcCounterNameBytes));
    // Only damage leaves a name out or gives one twice, and a line must not have a member twice.
    if (!is_counter_name(name) || std::find(names.begin(), names.end(), name) != names.end()) break;
    names.push_back(std::move(name));
  }
  return names;
}

std::vector<const RequestRecord*> DeadRecorder::in_flight() const {
  std::vector<const RequestRecord*> records;
  for (uint32_t index = 0; index < header_->slot_count; ++index) {
    if (slots_[index].stamp.load(std::memory_order_acquire) == 0) continue;
    records.push_back(&slots_[index].record);
  }
  std::sort(records.begin(), records.end(),
            [](const RequestRecord* one, const RequestRecord* other) {
              return one->before.process.monotonic_ns < other->before.process.monotonic_ns;
            });
  return records;
}

void DeadRecorder::remove_file() noexcept { unlinkat(folder_, name_.c_str(), 0); }

}  // namespace memory_tracker
