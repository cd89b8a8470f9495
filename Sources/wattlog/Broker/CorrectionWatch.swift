import Storage

/// Notices that somebody corrected something in a store while a recorder runs.
struct CorrectionWatch {
  private let directory: String
  private var contents: CorrectionFile.Contents?
  /// Before it was last read.
  private var state: FileState?

  init(store directory: String) { self.directory = directory }

  /// Whether there are other corrections than when this was last asked; the first time there are none.
  mutating func findsOthers() -> Bool {
    let state = FileState(of: directory + "/" + CorrectionFile.name)
    guard state != self.state, let found = try? CorrectionFile.read(directory: directory) else { return false }
    self.state = state
    defer { contents = found }
    return contents != nil && contents != found
  }
}
