// libmosquitto's header, and what of it is called: found by name in the library once it is loaded, so that a program
// that speaks to no broker need not load it.

#include <dlfcn.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>

#define EACH_MOSQUITTO_FUNCTION(use) \
  use(connect_bind_async) \
  use(connect_bind_v5) \
  use(connect_v5_callback_set) \
  use(destroy) \
  use(disconnect) \
  use(disconnect_v5_callback_set) \
  use(int_option) \
  use(lib_init) \
  use(lib_version) \
  use(log_callback_set) \
  use(loop_misc) \
  use(loop_read) \
  use(loop_write) \
  use(message_callback_set) \
  use(new) \
  use(property_add_int32) \
  use(property_free_all) \
  use(property_read_int16) \
  use(publish) \
  use(publish_v5_callback_set) \
  use(socket) \
  use(ssl_get) \
  use(strerror) \
  use(subscribe_callback_set) \
  use(subscribe_multiple) \
  use(tls_set) \
  use(user_data_set) \
  use(username_pw_set) \
  use(want_write) \
  use(will_set)

/// libmosquitto's functions, each of the type that its header declares.
struct mosquitto_functions {
#define MOSQUITTO_FIELD(name) __typeof__(&mosquitto_##name) name;
  EACH_MOSQUITTO_FUNCTION(MOSQUITTO_FIELD)
#undef MOSQUITTO_FIELD
};

/// Finds them all in a loaded library; the name of the first that it does not have, or null.
static inline const char *mosquitto_functions_find(struct mosquitto_functions *functions, void *library) {
#define MOSQUITTO_FIND(name) \
  functions->name = (__typeof__(&mosquitto_##name))dlsym(library, "mosquitto_" #name); \
  if (functions->name == 0) return "mosquitto_" #name;
  EACH_MOSQUITTO_FUNCTION(MOSQUITTO_FIND)
#undef MOSQUITTO_FIND
  return 0;
}
