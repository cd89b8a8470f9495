// Instructions that Swift has no name for.

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

/// Whether the processor has CRC-32C: SSE 4.2, in all of them since 2008.
static inline int processor_has_crc32c(void) {
  unsigned int a, b, c, d;
  return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSE4_2) != 0;
}

#define PROCESSOR_WITH_CRC32C __attribute__((target("sse4.2")))
#define processor_crc32c_word __builtin_ia32_crc32di
#define processor_crc32c_byte __builtin_ia32_crc32qi

#elif defined(__aarch64__)
#include <sys/auxv.h>

/// Whether the processor has CRC-32C: all of ARMv8.1, and a Raspberry Pi from the third on.
static inline int processor_has_crc32c(void) { return (getauxval(AT_HWCAP) & 1 << 7 /* HWCAP_CRC32 */) != 0; }

#define PROCESSOR_WITH_CRC32C __attribute__((target("crc")))
#define processor_crc32c_word __builtin_arm_crc32cd
#define processor_crc32c_byte __builtin_arm_crc32cb

#endif

#if defined(PROCESSOR_WITH_CRC32C)

/// The state of a CRC-32C after further bytes. Only where the processor has it.
PROCESSOR_WITH_CRC32C static inline uint32_t processor_crc32c(uint32_t state, const void *bytes, size_t count) {
  const unsigned char *next = bytes;
  for (; count >= 8; next += 8, count -= 8) {
    uint64_t word;
    memcpy(&word, next, 8);
    state = (uint32_t)processor_crc32c_word(state, word);
  }
  for (; count > 0; next += 1, count -= 1) state = processor_crc32c_byte(state, *next);
  return state;
}

/// The states of three CRC-32Cs, each after its own of three neighbouring stretches of `count` bytes, a multiple of 8.
/// A step waits for the one before it, not for those of the others.
PROCESSOR_WITH_CRC32C static inline void processor_crc32c_three(
    uint32_t *first, uint32_t *second, uint32_t *third, const void *bytes, size_t count) {
  uint32_t a = *first, b = *second, c = *third;
  for (const unsigned char *next = bytes, *end = next + count; next < end; next += 8) {
    uint64_t x, y, z;
    memcpy(&x, next, 8);
    memcpy(&y, next + count, 8);
    memcpy(&z, next + 2 * count, 8);
    a = (uint32_t)processor_crc32c_word(a, x);
    b = (uint32_t)processor_crc32c_word(b, y);
    c = (uint32_t)processor_crc32c_word(c, z);
  }
  *first = a;
  *second = b;
  *third = c;
}

#else

static inline int processor_has_crc32c(void) { return 0; }
static inline uint32_t processor_crc32c(uint32_t state, const void *bytes, size_t count) {
  (void)bytes;
  (void)count;
  return state;
}
static inline void processor_crc32c_three(
    uint32_t *first, uint32_t *second, uint32_t *third, const void *bytes, size_t count) {
  (void)first;
  (void)second;
  (void)third;
  (void)bytes;
  (void)count;
}

#endif
