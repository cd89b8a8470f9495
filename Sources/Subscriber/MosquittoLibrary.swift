import CMosquitto
import Glibc

/// libmosquitto, loaded when a broker is first spoken to.
///
/// With OpenSSL it takes a millisecond to load, a fifth of a day's report; and reports need it so little that they
/// work where it is missing.
enum MosquittoLibrary {
  /// - Throws: ``ConnectionFailure/noLibrary(_:)``, now and at every further call.
  static func functions() throws(ConnectionFailure) -> mosquitto_functions { try loaded.get().functions }

  /// A function of OpenSSL, which libmosquitto has loaded: its handle also finds what it depends on. nil where there is
  /// none, or where libmosquitto is missing.
  static func openSSL(_ name: String) -> UnsafeMutableRawPointer? {
    guard let library = try? loaded.get().handle else { return nil }
    return dlsym(library, name)
  }

  private nonisolated(unsafe) static let loaded = load()

  /// - Returns: the library, which stays loaded, made ready for use.
  private static func load() -> Result<
    (handle: UnsafeMutableRawPointer, functions: mosquitto_functions), ConnectionFailure
  > {
    let name = "libmosquitto.so.1"
    guard let handle = dlopen(name, RTLD_LAZY | RTLD_LOCAL) else {
      return .failure(.noLibrary(dlerror().map { String(cString: $0) } ?? name))
    }
    var functions = mosquitto_functions()
    if let missing = mosquitto_functions_find(&functions, handle) {
      return .failure(.noLibrary("\(name) has no function \(String(cString: missing))"))
    }
    _ = functions.lib_init()
    return .success((handle, functions))
  }
}

extension mosquitto_functions {
  /// What a return code means, in libmosquitto's words.
  func text(ofError code: Int32) -> String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }
}
