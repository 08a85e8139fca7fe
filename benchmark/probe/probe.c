#define _GNU_SOURCE /* RUSAGE_THREAD */
#include <fcntl.h>
#include <ruby.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { CACHE_LINE_BYTES = 64, STATM_BYTES = 128 };

static int statm = -1;
static unsigned char *touched = NULL;
static size_t touched_bytes = 0;

static void read_memory_and_faults(void) {
  char text[STATM_BYTES];
  struct rusage usage;
  if (pread(statm, text, sizeof text, 0) <= 0) rb_sys_fail("/proc/self/statm");
  getrusage(RUSAGE_THREAD, &usage);
}

/* What nobody can do without who says truly by how much a process grew around a request, and which
 * pages its thread faulted in: each figure before it and after it. */
static VALUE four_system_calls(VALUE self) {
  read_memory_and_faults();
  read_memory_and_faults();
  return Qnil;
}

/* Writes to each cache line of so many bytes, so that what was in the caches is no longer there. */
static VALUE touch(VALUE self, VALUE bytes) {
  size_t wanted = NUM2SIZET(bytes);
  if (wanted > touched_bytes) {
    touched = realloc(touched, wanted);
    if (touched == NULL) rb_memerror();
    touched_bytes = wanted;
  }
  for (size_t offset = 0; offset < wanted; offset += CACHE_LINE_BYTES) {
    ((volatile unsigned char *)touched)[offset]++;
  }
  return Qnil;
}

void Init_probe(void) {
  statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (statm < 0) rb_sys_fail("/proc/self/statm");
  VALUE probe = rb_define_module_under(rb_define_module("Bench"), "Probe");
  rb_define_singleton_method(probe, "four_system_calls", four_system_calls, 0);
  rb_define_singleton_method(probe, "touch", touch, 1);
}
