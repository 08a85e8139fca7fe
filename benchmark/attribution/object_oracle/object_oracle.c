/* Counts every object that is made, under the Ruby thread that makes it: slow and exact, so that the
 * tracker's cheap way can be held against it.
 *
 * The hook runs on the allocating thread under the GVL. It must not make an object, so a thread's counter
 * comes from malloc, and stays when the thread ends. */
#include <ruby.h>
#include <ruby/debug.h>
#include <ruby/thread.h>
#include <stdlib.h>

#ifdef HAVE_RB_INTERNAL_THREAD_SPECIFIC_KEY_CREATE
static rb_internal_thread_specific_key_t key;
static uint64_t *known_counter(void) { return rb_internal_thread_specific_get(rb_thread_current(), key); }
static void remember_counter(uint64_t *counter) { rb_internal_thread_specific_set(rb_thread_current(), key, counter); }
#else
/* A Ruby thread is one native thread for life here. */
static __thread uint64_t *own_counter;
static uint64_t *known_counter(void) { return own_counter; }
static void remember_counter(uint64_t *counter) { own_counter = counter; }
#endif

static uint64_t *counter_of_this_thread(void) {
  uint64_t *counter = known_counter();
  if (counter == NULL) {
    counter = calloc(1, sizeof *counter);
    if (counter == NULL) rb_memerror();
    remember_counter(counter);
  }
  return counter;
}

static void on_new_object(VALUE event, void *data) { ++*counter_of_this_thread(); }

static VALUE oracle_start(VALUE self) {
  static VALUE tracepoint = Qnil;
  if (NIL_P(tracepoint)) {
    tracepoint = rb_tracepoint_new(Qnil, RUBY_INTERNAL_EVENT_NEWOBJ, on_new_object, NULL);
    rb_gc_register_mark_object(tracepoint);
    rb_tracepoint_enable(tracepoint);
  }
  return self;
}

static VALUE oracle_count(VALUE self) { return ULL2NUM(*counter_of_this_thread()); }

RUBY_FUNC_EXPORTED void Init_object_oracle(void) {
#ifdef HAVE_RB_INTERNAL_THREAD_SPECIFIC_KEY_CREATE
  key = rb_internal_thread_specific_key_create();
#endif
  VALUE oracle = rb_const_get(rb_const_get(rb_cObject, rb_intern("Attribution")), rb_intern("ObjectOracle"));
  rb_define_singleton_method(oracle, "start", oracle_start, 0);
  rb_define_singleton_method(oracle, "count", oracle_count, 0);
}
