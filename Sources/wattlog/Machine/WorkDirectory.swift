import Glibc
import Text

/// A directory for the time of one command, which takes it away again.
final class WorkDirectory {
  let path: String

  /// - Parameter file: what is made in the end; the directory lies beside it, where there is room for it.
  init(beside file: String) throws(Failure) {
    let template = InputFile.directory(of: file) + "/.wattlog-bundle.XXXXXX"
    var bytes = Array(template.utf8CString)
    guard mkdtemp(&bytes) != nil else {
      throw Failure(
        .failed, "cannot make a directory beside '\(SafeText.printable(file))': \(SystemError.text(errno))")
    }
    path = String(decoding: bytes.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { FileTree.remove(path) }
}
