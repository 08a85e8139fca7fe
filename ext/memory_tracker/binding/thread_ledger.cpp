#include "binding/thread_ledger.hpp"

#include <ruby/debug.h>
#include <ruby/thread.h>
#include <ruby/version.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "binding/gc_counters.hpp"
#include "binding/pinned.hpp"
#include "core/clock.hpp"
#include "core/process/allocator.hpp"
#include "core/process/huge_pages.hpp"
#include "core/process/page_faults.hpp"
#include "core/process/thread_number.hpp"
#include "core/this_process.hpp"

#define MEMORY_TRACKER_RUBY_AT_LEAST(major, minor) \
  (RUBY_API_VERSION_CODE >= (major)*10000 + (minor)*100)

namespace memory_tracker::thread_ledger {
namespace {

// All of it is written by the holder of the GVL. Leaked with the process.
struct Ledger {
  ThreadAccounts accounts;
  ThreadAccount nobody;  // threads that never served a request
  ThreadAccount* owner = &nobody;
  uint64_t mark_objects = 0;
  uint64_t mark_malloc_bytes = 0;
  uint64_t mark_rss_bytes = 0;
  uint64_t process_gc_ns = 0;
  int64_t collecting_since_ns = 0;
  uint64_t faults_at_collection = 0;
  VALUE objects_key = Qnil;
  VALUE malloc_key = Qnil;  // nil where this Ruby does not count malloc's bytes
  bool slices = false;
  bool pauses = false;
  bool slices_rss = false;
  bool counts_malloc = false;  // the allocator does, per thread
  bool migrating = false;      // Ruby threads move between native ones
#ifdef HAVE_RB_INTERNAL_THREAD_SPECIFIC_KEY_CREATE
  rb_internal_thread_specific_key_t key{};
#endif
};
Ledger* ledger = nullptr;

#ifndef HAVE_RB_INTERNAL_THREAD_SPECIFIC_KEY_CREATE
// Before Ruby 3.3 a Ruby thread is one native thread for life.
struct OwnAccount {
  ThreadAccount* account = nullptr;
  ~OwnAccount() {
    if (account != nullptr) ThreadAccounts::give_back(*account);
  }
};
thread_local OwnAccount own_account;
#endif

ThreadAccount* account_of([[maybe_unused]] VALUE thread) {
#ifdef HAVE_RB_INTERNAL_THREAD_SPECIFIC_KEY_CREATE
  return static_cast<ThreadAccount*>(rb_internal_thread_specific_get(thread, ledger->key));
#else
  return own_account.account;
#endif
}

void set_account([[maybe_unused]] VALUE thread, ThreadAccount* account) {
#ifdef HAVE_RB_INTERNAL_THREAD_SPECIFIC_KEY_CREATE
  rb_internal_thread_specific_set(thread, ledger->key, account);
#else
  own_account.account = account;
#endif
}

// What a counter moved by since its mark. One that ran backwards (they underflow on some
// development versions) moved by nothing.
uint64_t advance(uint64_t& mark, uint64_t now) {
  const uint64_t moved = now > mark ? now - mark : 0;
  mark = now;
  return moved;
}

// The same idea for the resident set, at the price of a system call a switch, so only where huge
// pages leave nothing better.
void settle_rss(ThreadAccount& owner) {
  const auto resident = ThisProcess::instance().resident_memory().read();
  if (!resident) return;
  owner.rss_growth_bytes +=
      static_cast<int64_t>(resident->rss_bytes) - static_cast<int64_t>(ledger->mark_rss_bytes);
  ledger->mark_rss_bytes = resident->rss_bytes;
}

// Books what happened since the last settlement on whoever had the GVL, and hands it on.
void settle(ThreadAccount* next) {
  ThreadAccount& owner = *ledger->owner;
  owner.allocated_objects += advance(ledger->mark_objects, rb_gc_stat(ledger->objects_key));
  if (!NIL_P(ledger->malloc_key)) {
    owner.malloc_bytes += advance(ledger->mark_malloc_bytes, rb_gc_stat(ledger->malloc_key));
  }
  if (ledger->slices_rss) settle_rss(owner);
  ledger->owner = next;
}

#ifdef HAVE_RB_INTERNAL_THREAD_ADD_EVENT_HOOK
#ifdef HAVE_RB_INTERNAL_THREAD_SPECIFIC_KEY_CREATE
VALUE thread_of(const rb_internal_thread_event_data_t* data) { return data->thread; }
#else
VALUE thread_of(const rb_internal_thread_event_data_t*) { return Qnil; }
#endif

// Runs within the scheduler of the threads: plain readings only, and never a Ruby method.
void on_resumed(rb_event_flag_t, const rb_internal_thread_event_data_t* data, void*) {
  ThreadAccount* account = account_of(thread_of(data));
  settle(account != nullptr ? account : &ledger->nobody);
}

#ifdef HAVE_RB_INTERNAL_THREAD_SPECIFIC_KEY_CREATE
void on_exited(rb_event_flag_t, const rb_internal_thread_event_data_t* data, void*) {
  ThreadAccount* account = account_of(thread_of(data));
  if (account != nullptr) ThreadAccounts::give_back(*account);
}
#endif
#endif

#if MEMORY_TRACKER_RUBY_AT_LEAST(3, 3)
// The course must see what a collection gives back, or it would hide what others took meanwhile.
void observe_rss() {
  ThisProcess& process = ThisProcess::instance();
  const auto resident = process.resident_memory().read();
  if (resident) process.course().observe(resident->rss_bytes);
}

void on_collection(VALUE event, void*) {
  const auto flag = rb_tracearg_event_flag(rb_tracearg_from_tracepoint(event));
  if (flag == RUBY_INTERNAL_EVENT_GC_ENTER) {
    // What a compaction moves is counted as allocated (3.4) and is nobody's.
    if (ledger->slices) settle(ledger->owner);
    ledger->collecting_since_ns = monotonic_ns();
    ledger->faults_at_collection = thread_page_faults();
    observe_rss();
    return;
  }
  if (ledger->slices) ledger->mark_objects = rb_gc_stat(ledger->objects_key);
  const auto elapsed = static_cast<uint64_t>(monotonic_ns() - ledger->collecting_since_ns);
  ledger->process_gc_ns += elapsed;
  observe_rss();
  ledger->owner->gc_ns += elapsed;
  ledger->owner->gc_faulted_pages += thread_page_faults() - ledger->faults_at_collection;
}

void watch_collections() {
  const VALUE tracepoint = pinned(rb_tracepoint_new(
      Qnil, RUBY_INTERNAL_EVENT_GC_ENTER | RUBY_INTERNAL_EVENT_GC_EXIT, on_collection, nullptr));
  rb_tracepoint_enable(tracepoint);
  ledger->pauses = true;
}
#endif

// Each Ractor has a GVL of its own, so slices of several would overlap.
bool several_ractors() {
#ifdef HAVE_RB_INTERNAL_THREAD_ADD_EVENT_HOOK
  static const ID count = rb_intern("count");
  static const VALUE ractor = pinned(rb_const_get(rb_cObject, rb_intern("Ractor")));
  return rb_funcallv(ractor, count, 0, nullptr) != INT2FIX(1);
#else
  return false;
#endif
}

ThreadAccount* own_or_new_account(VALUE thread) {
  ThreadAccount* account = account_of(thread);
  if (account == nullptr) {
    account = ledger->accounts.take();
    if (account != nullptr) set_account(thread, account);
  }
  return account;
}

void learn_name(ThreadAccount& account, VALUE thread) {
  static const ID name = rb_intern("name");
  const VALUE text = rb_funcallv(thread, name, 0, nullptr);
  account.name_length = 0;
  if (RB_TYPE_P(text, T_STRING)) {
    const size_t length = std::min<size_t>(RSTRING_LEN(text), account.name.size());
    std::memcpy(account.name.data(), RSTRING_PTR(text), length);
    account.name_length = static_cast<uint8_t>(length);
  }
  account.name_known = true;
}

// Kept in the account: asking the C library for a variable of the thread costs more.
uint32_t native_thread_of(ThreadAccount& account) {
  const uint64_t generation = ThisProcess::instance().generation();
  if (ledger->migrating) return thread_number(generation);
  if (account.native_thread_generation != generation) {
    account.native_thread = thread_number(generation);
    account.native_thread_generation = generation;
  }
  return account.native_thread;
}

ThreadReading read_account(ThreadAccount& account, VALUE thread) {
  ThreadReading reading;
  if (ledger->slices) settle(&account);
  reading.account = &account;
  reading.serial = account.serial;
  reading.ruby_thread = static_cast<uint64_t>(thread);
  reading.interleavings = account.interleavings;
  reading.native_thread = native_thread_of(account);
  if (ledger->slices && !several_ractors()) {
    reading.allocated_objects = account.allocated_objects;
    if (ledger->slices_rss) reading.rss_growth_bytes = account.rss_growth_bytes;
    if (!NIL_P(ledger->malloc_key)) reading.allocated_bytes = account.malloc_bytes;
  }
  if (ledger->pauses) {
    reading.gc_ns = account.gc_ns;
    reading.process_gc_ns = ledger->process_gc_ns;
    reading.gc_faulted_pages = account.gc_faulted_pages;
  }
  reading.migrating = ledger->migrating;
  if (!ledger->migrating && ledger->counts_malloc) {
    const ThreadMallocCounters malloc_counters = thread_malloc_counters();
    if (malloc_counters.allocated_bytes != nullptr && malloc_counters.freed_bytes != nullptr) {
      reading.allocated_bytes = *malloc_counters.allocated_bytes;
      reading.freed_bytes = *malloc_counters.freed_bytes;
    }
  }
  return reading;
}

}  // namespace

void open() {
  ledger = new Ledger;
  ledger->objects_key = ID2SYM(rb_intern("total_allocated_objects"));
  const VALUE malloc_key = ID2SYM(rb_intern("total_malloc_bytes"));
  if (GcCounters::known(malloc_key)) ledger->malloc_key = malloc_key;
  ledger->counts_malloc = allocator_name() == "jemalloc";
  const char* setting = std::getenv("RUBY_MN_THREADS");
  ledger->migrating = setting != nullptr && std::string_view(setting) == "1";
#ifdef HAVE_RB_INTERNAL_THREAD_SPECIFIC_KEY_CREATE
  ledger->key = rb_internal_thread_specific_key_create();
  rb_internal_thread_add_event_hook(on_exited, RUBY_INTERNAL_THREAD_EVENT_EXITED, nullptr);
#endif
#ifdef HAVE_RB_INTERNAL_THREAD_ADD_EVENT_HOOK
  rb_internal_thread_add_event_hook(on_resumed, RUBY_INTERNAL_THREAD_EVENT_RESUMED, nullptr);
  ledger->slices = true;
  ledger->slices_rss = huge_pages_everywhere();
  if (ledger->slices_rss) settle_rss(ledger->nobody);
#endif
#if MEMORY_TRACKER_RUBY_AT_LEAST(3, 3)
  watch_collections();
#endif
}

ThreadReading read() {
  const VALUE thread = rb_thread_current();
  ThreadAccount* account = own_or_new_account(thread);
  return account == nullptr ? ThreadReading{} : read_account(*account, thread);
}

ThreadReading read_with_name(bool anew) {
  const VALUE thread = rb_thread_current();
  ThreadAccount* account = own_or_new_account(thread);
  if (account == nullptr) return {};
  if (!account->name_known || anew) learn_name(*account, thread);
  return read_account(*account, thread);
}

}  // namespace memory_tracker::thread_ledger
