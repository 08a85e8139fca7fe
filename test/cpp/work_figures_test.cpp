#include "core/work_figures.hpp"

#include <gtest/gtest.h>

#include "support/sample_record.hpp"

namespace memory_tracker {
namespace {

class WorkFiguresTest : public ::testing::Test {
 protected:
  WorkFiguresTest() {
    record_.touched_bytes = kUnknown;
    record_.allocated_objects = kUnknown;
    record_.gc_time_ns = kUnknown;
    begin_.account = &account_;
    begin_.serial = 1;
    begin_.native_thread = 100;
    begin_.allocated_objects = 1000;
    begin_.gc_ns = 50;
    begin_.process_gc_ns = 500;
    begin_.allocated_bytes = 4096;
    begin_.freed_bytes = 0;
    end_ = begin_;
    end_.allocated_objects = 1042;
    end_.gc_ns = 80;
    end_.process_gc_ns = 700;
    end_.allocated_bytes = 8192;
    end_.freed_bytes = 1024;
  }

  void expect_process_figures() {
    settle_work(record_, begin_, end_);
    EXPECT_EQ(record_.allocation_scope, FigureScope::kProcess);
    EXPECT_EQ(record_.allocated_objects, 600U);
    EXPECT_EQ(record_.gc_scope, FigureScope::kProcess);
    EXPECT_EQ(record_.gc_time_ns, 500'000U);
    EXPECT_EQ(record_.gc_wait_ns, kUnknown);
    EXPECT_EQ(record_.allocated_bytes, kUnknown);
    EXPECT_EQ(record_.touched_bytes, kUnknown);
  }

  ThreadAccount account_;
  ThreadReading begin_;
  ThreadReading end_;
  RequestRecord record_ = testing::sample_record();
};

TEST_F(WorkFiguresTest, OfAThreadThatWorkedForOneRequest) {
  settle_work(record_, begin_, end_);
  EXPECT_EQ(record_.allocation_scope, FigureScope::kThread);
  EXPECT_EQ(record_.allocated_objects, 42U);
  EXPECT_EQ(record_.gc_scope, FigureScope::kThread);
  EXPECT_EQ(record_.gc_time_ns, 30U);
  EXPECT_EQ(record_.gc_wait_ns, 170U);
  EXPECT_EQ(record_.allocated_bytes, 4096U);
  EXPECT_EQ(record_.freed_bytes, 1024U);
  EXPECT_EQ(record_.touched_bytes, 3200U * 4096);
}

TEST_F(WorkFiguresTest, OfARequestThatEndedOnAnotherThread) {
  ThreadAccount other;
  end_.account = &other;
  expect_process_figures();
}

TEST_F(WorkFiguresTest, OfARequestWhoseThreadEndedAndWhoseAccountIsAnothers) {
  end_.serial = 2;
  expect_process_figures();
}

TEST_F(WorkFiguresTest, OfARequestBesideAnotherFibersOnItsThread) {
  end_.interleavings = 1;
  expect_process_figures();
}

TEST_F(WorkFiguresTest, WithoutAnAccount) {
  begin_.account = nullptr;
  end_.account = nullptr;
  expect_process_figures();
}

TEST_F(WorkFiguresTest, AThreadThatMovesBetweenNativeOnesHasNoFaultsOfItsOwn) {
  end_.migrating = true;
  settle_work(record_, begin_, end_);
  EXPECT_EQ(record_.touched_bytes, kUnknown);
  EXPECT_EQ(record_.allocated_objects, 42U);
}

TEST_F(WorkFiguresTest, CountersThatRanBackwardsAreUnknown) {
  end_.allocated_objects = 999;
  record_.after.ruby.allocated_objects = 18446744073709330187U;
  settle_work(record_, begin_, end_);
  EXPECT_EQ(record_.allocated_objects, kUnknown);
}

TEST_F(WorkFiguresTest, CollectionsThatTookNoTimeWereNotTimed) {
  end_.gc_ns = kUnknown;
  record_.after.ruby.gc_time_ns = record_.before.ruby.gc_time_ns;
  settle_work(record_, begin_, end_);
  EXPECT_EQ(record_.gc_time_ns, kUnknown);
}

}  // namespace
}  // namespace memory_tracker
