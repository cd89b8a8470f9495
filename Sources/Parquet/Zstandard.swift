import Glibc

/// The system's libzstd, loaded when something is to be compressed: nothing else of Wattlog needs it.
public final class Zstandard {
  private typealias Bound = @convention(c) (Int) -> Int
  private typealias Make = @convention(c) () -> OpaquePointer?
  private typealias Free = @convention(c) (OpaquePointer?) -> Int
  private typealias Compress =
    @convention(c) (
      OpaquePointer?, UnsafeMutableRawPointer?, Int, UnsafeRawPointer?, Int, Int32
    ) -> Int
  private typealias IsError = @convention(c) (Int) -> UInt32

  private let library: UnsafeMutableRawPointer
  private let context: OpaquePointer
  private let bound: Bound
  private let free: Free
  private let compress: Compress
  private let isError: IsError
  /// zstd's own default: measured on readings, 9 takes twice the time for 3 % less.
  private static let level: Int32 = 3

  /// nil where the library is not installed (Debian: `libzstd1`).
  public init?() {
    guard let library = dlopen("libzstd.so.1", RTLD_NOW | RTLD_LOCAL) else { return nil }
    guard let bound = dlsym(library, "ZSTD_compressBound"), let make = dlsym(library, "ZSTD_createCCtx"),
      let free = dlsym(library, "ZSTD_freeCCtx"), let compress = dlsym(library, "ZSTD_compressCCtx"),
      let isError = dlsym(library, "ZSTD_isError"), let context = unsafeBitCast(make, to: Make.self)()
    else {
      dlclose(library)
      return nil
    }
    self.library = library
    self.context = context
    self.bound = unsafeBitCast(bound, to: Bound.self)
    self.free = unsafeBitCast(free, to: Free.self)
    self.compress = unsafeBitCast(compress, to: Compress.self)
    self.isError = unsafeBitCast(isError, to: IsError.self)
  }

  deinit {
    _ = free(context)
    dlclose(library)
  }

  /// A frame of its own.
  func compressed(_ bytes: [UInt8]) -> [UInt8] {
    let capacity = bound(bytes.count)
    return [UInt8](unsafeUninitializedCapacity: capacity) { target, count in
      bytes.withUnsafeBytes { source in
        count = compress(context, target.baseAddress, capacity, source.baseAddress, source.count, Zstandard.level)
      }
      precondition(isError(count) == 0, "zstd has no room in its own bound")
    }
  }
}
