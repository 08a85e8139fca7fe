#include "support/recorder_image.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>

#include "core/record/recorder_layout.hpp"
#include "support/json_members.hpp"

namespace memory_tracker::fuzz {
namespace {

constexpr uint32_t kMostSlots = 3;
constexpr uint32_t kMostPlaces = 8;
constexpr size_t kMostTail = 64;

void write_header(RecorderHeader& header, ByteSource& source) {
  std::memcpy(header.magic, kRecorderMagic, sizeof kRecorderMagic);
  header.version = kRecorderVersion;
  header.header_bytes = kRecorderHeaderBytes;
  header.record_bytes = sizeof(StampedRecord);
  header.slot_count = source.number<uint8_t>() % (kMostSlots + 1);
  header.ring_capacity = 1 + source.number<uint8_t>() % kMostPlaces;
  header.pid = 4711;
  header.oom_kills = kUnknown;
  header.tail = source.number<uint8_t>();
  header.head = header.tail + source.number<uint8_t>() % (header.ring_capacity + 1);
  header.last_seq = header.head.load();
  header.gc_counter_count = 2;
  const bool sound = source.number<uint8_t>() % 4 != 0;
  const std::string names[] = {sound ? "count" : source.text(8), sound ? "time" : source.text(8)};
  std::memcpy(header.gc_counter_names[0], names[0].data(), names[0].size());
  std::memcpy(header.gc_counter_names[1], names[1].data(), names[1].size());
}

void write_record(StampedRecord& place, uint64_t stamp, ByteSource& source) {
  place.stamp = stamp;
  RequestRecord& record = place.record;
  record.clear();
  record.seq = stamp;
  record.event = Event::kRequest;
  for (size_t index = 0; index < kTextCount; ++index) {
    const auto which = static_cast<Text>(index);
    const bool sound = which == Text::kFields && source.number<uint8_t>() % 4 != 0;
    record.texts.set(which, sound ? json_members(source, "own ") : source.text(24));
  }
}

// Where damage is worth most is at the words that lead a reader on.
void damage(std::string& image, ByteSource& source) {
  while (!source.empty()) {
    const auto kind = source.number<uint8_t>();
    size_t at = source.number<uint16_t>();
    if (kind % 4 == 0) at %= 128;
    if (kind % 4 == 1) at = kRecorderHeaderBytes + at % 3 * sizeof(StampedRecord) + at / 3 % 16;
    if (kind % 4 == 2) {
      at = kRecorderHeaderBytes + at % 3 * sizeof(StampedRecord) + offsetof(StampedRecord, record) +
           offsetof(RequestRecord, texts) + at / 3 % sizeof(TextArea);
    }
    at %= image.size();
    const std::string bytes = source.text(64);
    image.replace(at, std::min(bytes.size(), image.size() - at), bytes, 0,
                  std::min(bytes.size(), image.size() - at));
  }
}

}  // namespace

std::string recorder_image(ByteSource& source) {
  const auto kind = source.number<uint8_t>();
  if (kind % 8 == 0) return std::string(source.rest());
  alignas(StampedRecord) static char
      memory[kRecorderHeaderBytes + (kMostSlots + kMostPlaces) * sizeof(StampedRecord)];
  std::memset(memory, 0, sizeof memory);
  auto* header = new (memory) RecorderHeader{};
  write_header(*header, source);
  auto* slots = reinterpret_cast<StampedRecord*>(memory + kRecorderHeaderBytes);
  for (uint32_t index = 0; index < header->slot_count; ++index) {
    write_record(slots[index], source.number<uint8_t>() % 2, source);
  }
  StampedRecord* places = slots + header->slot_count;
  for (uint64_t position = header->tail; position < header->head; ++position) {
    const bool torn = source.number<uint8_t>() % 4 == 0;
    write_record(places[position % header->ring_capacity], torn ? 0 : position + 1, source);
  }
  std::string image(memory, recorder_bytes(header->slot_count, header->ring_capacity));
  if (kind % 8 == 1) image.resize(image.size() + source.number<uint8_t>() % kMostTail);
  if (kind % 8 == 2) image.resize(image.size() - source.number<uint16_t>() % image.size());
  damage(image, source);
  return image;
}

}  // namespace memory_tracker::fuzz
