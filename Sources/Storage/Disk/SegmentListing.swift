import Glibc

/// Which segment files stand in the store's folders, whatever the catalog says.
struct SegmentListing {
  struct File {
    /// What its name says.
    var number: UInt64
    var path: String
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
    for year in root.sorted() where year.utf8.count == 4 && Int(year) != nil {
      for month in try SegmentListing.names(directory, year).sorted() where month.utf8.count == 2 && Int(month) != nil {
        let folder = year + "/" + month
        for name in try SegmentListing.names(directory, folder).sorted() {
          if StorePath.isTemporary(name) {
            temporary.append(folder + "/" + name)
            let number = StorePath.segmentNumber(String(name.dropLast(StorePath.temporarySuffix.utf8.count)))
            highestNumber = max(highestNumber, number ?? 0)
          }
          guard let number = StorePath.segmentNumber(name) else { continue }
          highestNumber = max(highestNumber, number)
          files.append(File(number: number, path: folder + "/" + name))
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
