#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstring>

namespace memory_tracker::testing {

// Fresh pages, each touched, that go with this object. No huge ones: so many bytes are so many.
class TouchedPages {
 public:
  explicit TouchedPages(size_t bytes, int kind = MAP_PRIVATE)
      : bytes_(bytes),
        data_(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, kind | MAP_ANONYMOUS, -1, 0)) {
    madvise(data_, bytes_, MADV_NOHUGEPAGE);
    std::memset(data_, 1, bytes_);
  }
  ~TouchedPages() { munmap(data_, bytes_); }
  TouchedPages(const TouchedPages&) = delete;
  TouchedPages& operator=(const TouchedPages&) = delete;

 private:
  size_t bytes_;
  void* data_;
};

}  // namespace memory_tracker::testing
