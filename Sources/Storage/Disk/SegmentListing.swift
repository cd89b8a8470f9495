import Glibc
import SegmentFormat

/// Which segment files stand in the store's folders, whatever the catalog says.
struct SegmentListing {
  struct File {
    /// What its name says.
    var number: UInt64
    /// What its folder says.
    var year: Int
    var month: Int
    var folder: String
    var name: String

    /// Inside the store.
    var path: String { folder + "/" + name }

    /// Is it where the catalog has the segment, under the one name that such a file has?
    func isNamed(as entry: CatalogEntry) -> Bool {
      number == entry.number && year == entry.year && month == entry.month
        && (name.utf8.count == 16 || name.utf8.first != UInt8(ascii: "0"))
    }
  }

  /// In order of their paths.
  private(set) var files: [File] = []
  /// Files that were not finished.
  private(set) var temporary: [String] = []
  /// Highest number of any name, finished or not.
  private(set) var highestNumber: UInt64 = 0

  init(_ directory: any StoreDirectory) throws(FileSystemError) {
    let root = try directory.names(in: "")
    temporary = root.filter(StorePath.isTemporary)
    for year in root.sorted() {
      guard let yearNumber = StorePath.number(year, ofDigits: 4) else { continue }
      for month in try SegmentListing.names(directory, year).sorted() {
        guard let monthNumber = StorePath.number(month, ofDigits: 2) else { continue }
        let folder = year + "/" + month
        for name in try SegmentListing.names(directory, folder).sorted() {
          if let number = StorePath.segmentNumber(name) {
            highestNumber = max(highestNumber, number)
            files.append(File(number: number, year: yearNumber, month: monthNumber, folder: folder, name: name))
          } else if StorePath.isTemporary(name) {
            temporary.append(folder + "/" + name)
            let number = StorePath.segmentNumber(String(name.dropLast(StorePath.temporarySuffix.utf8.count)))
            highestNumber = max(highestNumber, number ?? 0)
          }
        }
      }
    }
  }

  private static func names(_ directory: any StoreDirectory, _ path: String) throws(FileSystemError) -> [String] {
    do {
      return try directory.names(in: path)
    } catch {
      if error.code == ENOTDIR || error.code == ENOENT || error.code == ELOOP { return [] }
      throw error
    }
  }
}
