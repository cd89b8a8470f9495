import Foundation

/// A file below Sources.
struct SourceFile {
  var module: String
  /// Of the module; empty for its root.
  var folder: String
  /// Below Sources.
  var path: String
  var source: SwiftSource

  /// The checkout.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// All of them, in order of their paths.
  static let all: [SourceFile] = {
    let sources = root.appending(path: "Sources")
    let paths = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)?.allObjects as? [URL] ?? []
    return paths.filter { $0.pathExtension == "swift" }.compactMap { url in
      guard let text = try? String(contentsOf: url, encoding: .utf8) else { return nil }
      let path = String(url.path.dropFirst(sources.path.count + 1))
      let parts = path.split(separator: "/").map(String.init)
      return SourceFile(
        module: parts[0], folder: parts.count > 2 ? parts[1] : "", path: path, source: SwiftSource(text))
    }.sorted { $0.path < $1.path }
  }()
}
