#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "support/simulated_process.hpp"

namespace memory_tracker::testing {

// What an endpoint of a SimulatedProcess may do with what it allocates.

inline SimulatedProcess::Behaviour leaks(uint32_t objects, double probability = 1) {
  return [=](SimulatedProcess& process) -> Kept {
    return process.chance(probability) ? process.keep(objects, objects * 40) : nullptr;
  };
}

// Computes once, at the first request.
inline SimulatedProcess::Behaviour memoizes(uint32_t objects) {
  auto memo = std::make_shared<Kept>();
  return [=](SimulatedProcess& process) -> Kept {
    if (*memo) return nullptr;
    return *memo = process.keep(objects, objects * 100);
  };
}

// One entry a key, of so many equally frequent keys; never freed.
inline SimulatedProcess::Behaviour fills_cache(uint64_t keys, uint32_t objects) {
  auto entries = std::make_shared<std::unordered_map<uint64_t, Kept>>();
  return [=](SimulatedProcess& process) -> Kept {
    Kept& entry = (*entries)[process.pick(keys)];
    if (entry) return nullptr;
    return entry = process.keep(objects, objects * 100);
  };
}

// A new entry each time; the oldest goes when there are too many.
inline SimulatedProcess::Behaviour fills_bounded_cache(size_t capacity, uint32_t objects) {
  auto entries = std::make_shared<std::deque<Kept>>();
  return [=](SimulatedProcess& process) {
    entries->push_back(process.keep(objects, objects * 100));
    if (entries->size() > capacity) {
      entries->front()->free();
      entries->pop_front();
    }
    return entries->back();
  };
}

// Freed by the first request that comes after so many seconds.
inline SimulatedProcess::Behaviour holds_session(double seconds, uint32_t objects,
                                                 double probability) {
  auto sessions = std::make_shared<std::deque<std::pair<double, Kept>>>();
  return [=](SimulatedProcess& process) -> Kept {
    while (!sessions->empty() && sessions->front().first + seconds < process.seconds()) {
      sessions->front().second->free();
      sessions->pop_front();
    }
    if (!process.chance(probability)) return nullptr;
    sessions->emplace_back(process.seconds(), process.keep(objects, objects * 80));
    return sessions->back().second;
  };
}

// Collects, and lets all go when it has so many.
inline SimulatedProcess::Behaviour collects_batches(size_t size, uint32_t objects) {
  auto batch = std::make_shared<std::vector<Kept>>();
  return [=](SimulatedProcess& process) {
    if (batch->size() == size) {
      for (const Kept& kept : *batch) kept->free();
      batch->clear();
    }
    batch->push_back(process.keep(objects, objects * 60));
    return batch->back();
  };
}

// A connection for each thread, made when that thread first comes here.
inline SimulatedProcess::Behaviour warms_pool(uint64_t connections, uint32_t objects) {
  return fills_cache(connections, objects);
}

}  // namespace memory_tracker::testing
