// Of sched.h and pthread.h what glibc declares for _GNU_SOURCE alone, which Swift's module of them is made without.

#include <pthread.h>
#include <sched.h>

int sched_getcpu(void);
int sched_getaffinity(pid_t process, size_t byteCount, cpu_set_t *processors);
int pthread_attr_setaffinity_np(pthread_attr_t *attributes, size_t byteCount, const cpu_set_t *processors);
int pthread_setaffinity_np(pthread_t thread, size_t byteCount, const cpu_set_t *processors);
