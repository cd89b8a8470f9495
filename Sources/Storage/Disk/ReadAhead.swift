/// Reads a file in larger pieces than are asked for: blocks of a plug follow each other, and a call for each of them costs
/// more than its bytes.
public final class ReadAhead {
  private static let byteCount = 64 << 10

  private let file: any StoreFile
  private var bytes: [UInt8] = []
  /// Of the first of the bytes in the file.
  private var start = 0

  public init(_ file: any StoreFile) { self.file = file }

  /// Up to `count` bytes; fewer only at the end of the file.
  public func read(at offset: Int, count: Int) throws(FileSystemError) -> ArraySlice<UInt8> {
    if offset < start || offset + count > start + bytes.count {
      // What was asked for may be sound where something behind it is not.
      do throws(FileSystemError) {
        bytes = try file.read(at: offset, count: max(count, ReadAhead.byteCount))
      } catch {
        bytes = try file.read(at: offset, count: count)
      }
      start = offset
    }
    let first = offset - start
    return bytes[first..<min(first + count, bytes.count)]
  }
}
