// What the library of Embedded Swift asks of its surroundings: a number's text as a double, nil where it is none.
#include <stdlib.h>

const char *_swift_stdlib_strtod_clocale(const char *text, double *result) {
  char *end;
  *result = strtod(text, &end);
  return end == text || *end != 0 ? 0 : end;
}
