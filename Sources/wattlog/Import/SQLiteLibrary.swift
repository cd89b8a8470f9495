import Glibc
import Readings

/// The system's libsqlite3, loaded when a database is read: nothing else of Wattlog needs it.
///
/// Signatures and numbers are those of sqlite3.h, which has not changed them since version 3.
final class SQLiteLibrary {
  typealias Handle = OpaquePointer
  private typealias Open =
    @convention(c) (
      UnsafePointer<CChar>?, UnsafeMutablePointer<Handle?>?, Int32, UnsafePointer<CChar>?
    ) -> Int32
  private typealias Prepare =
    @convention(c) (
      Handle?, UnsafePointer<CChar>?, Int32, UnsafeMutablePointer<Handle?>?,
      UnsafeMutablePointer<UnsafePointer<CChar>?>?
    ) -> Int32

  private let library: UnsafeMutableRawPointer
  private let openFunction: Open
  private let prepareFunction: Prepare
  let step: @convention(c) (Handle?) -> Int32
  let close: @convention(c) (Handle?) -> Int32
  let finalize: @convention(c) (Handle?) -> Int32
  let busyTimeout: @convention(c) (Handle?, Int32) -> Int32
  let bind: @convention(c) (Handle?, Int32, Int64) -> Int32
  let type: @convention(c) (Handle?, Int32) -> Int32
  let integer: @convention(c) (Handle?, Int32) -> Int64
  let double: @convention(c) (Handle?, Int32) -> Double
  private let textFunction: @convention(c) (Handle?, Int32) -> UnsafePointer<UInt8>?
  private let messageFunction: @convention(c) (Handle?) -> UnsafePointer<CChar>?

  static let row: Int32 = 100
  static let done: Int32 = 101
  static let null: Int32 = 5
  private static let openReadOnly: Int32 = 0x1
  private static let openURI: Int32 = 0x40

  /// nil where the library is not installed (Debian: `libsqlite3-0`).
  init?() {
    guard let library = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL) else { return nil }
    func function<Function>(_ name: String) -> Function? {
      dlsym(library, name).map { unsafeBitCast($0, to: Function.self) }
    }
    guard let open: Open = function("sqlite3_open_v2"), let prepare: Prepare = function("sqlite3_prepare_v2"),
      let step: @convention(c) (Handle?) -> Int32 = function("sqlite3_step"),
      let close: @convention(c) (Handle?) -> Int32 = function("sqlite3_close"),
      let finalize: @convention(c) (Handle?) -> Int32 = function("sqlite3_finalize"),
      let busyTimeout: @convention(c) (Handle?, Int32) -> Int32 = function("sqlite3_busy_timeout"),
      let bind: @convention(c) (Handle?, Int32, Int64) -> Int32 = function("sqlite3_bind_int64"),
      let type: @convention(c) (Handle?, Int32) -> Int32 = function("sqlite3_column_type"),
      let integer: @convention(c) (Handle?, Int32) -> Int64 = function("sqlite3_column_int64"),
      let double: @convention(c) (Handle?, Int32) -> Double = function("sqlite3_column_double"),
      let text: @convention(c) (Handle?, Int32) -> UnsafePointer<UInt8>? = function("sqlite3_column_text"),
      let message: @convention(c) (Handle?) -> UnsafePointer<CChar>? = function("sqlite3_errmsg")
    else {
      dlclose(library)
      return nil
    }
    self.library = library
    openFunction = open
    prepareFunction = prepare
    self.step = step
    self.close = close
    self.finalize = finalize
    self.busyTimeout = busyTimeout
    self.bind = bind
    self.type = type
    self.integer = integer
    self.double = double
    textFunction = text
    messageFunction = message
  }

  deinit { dlclose(library) }

  /// Opens a file to read it alone, which makes no database that is missing.
  ///
  /// - Parameter isAtRest: nobody has it open: then it is taken as it stands, and no file is made beside it.
  func open(_ path: String, isAtRest: Bool, _ database: inout Handle?) -> Int32 {
    guard isAtRest else { return openFunction(path, &database, SQLiteLibrary.openReadOnly, nil) }
    let uri = "file:\(SQLiteLibrary.escaped(path))?immutable=1"
    return openFunction(uri, &database, SQLiteLibrary.openReadOnly | SQLiteLibrary.openURI, nil)
  }

  /// As part of a URI (sqlite.org/uri.html).
  private static func escaped(_ path: String) -> String {
    var text = ""
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "%"), UInt8(ascii: "?"), UInt8(ascii: "#"), 0..<0x21, 0x7F...:
        text += "%" + String(byte, padded: 2, radix: 16)
      default: text.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
    // Two slashes at the beginning would begin a host.
    return text.hasPrefix("//") ? "/" + text.drop { $0 == "/" } : text
  }

  func prepare(_ sql: String, in database: Handle?, _ statement: inout Handle?) -> Int32 {
    prepareFunction(database, sql, -1, &statement, nil)
  }

  func text(_ statement: Handle?, _ column: Int32) -> String? {
    textFunction(statement, column).map { String(cString: $0) }
  }

  func message(_ database: Handle?) -> String { messageFunction(database).map { String(cString: $0) } ?? "no reason" }
}
