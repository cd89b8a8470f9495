// What the check asks of the system, without a header of any.
long read(int descriptor, void *bytes, unsigned long count);
_Noreturn void exit(int code);
