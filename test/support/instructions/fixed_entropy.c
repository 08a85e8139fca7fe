// Preloaded into the counted program. Ruby seeds the hashes of its Strings with this, and where two
// of them fall on one place decides over a few instructions: with a seed that is always the same,
// the count is too.
#include <string.h>
#include <sys/types.h>

int getentropy(void* buffer, size_t length) {
  memset(buffer, 7, length);
  return 0;
}

ssize_t getrandom(void* buffer, size_t length, unsigned flags) {
  (void)flags;
  memset(buffer, 7, length);
  return (ssize_t)length;
}
