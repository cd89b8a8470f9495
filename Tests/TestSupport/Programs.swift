import Foundation

/// The programs of the system that tests run. They are looked for where the scripts look: in `PATH`, then in the folders
/// of `Scripts/programs`, because a user's `PATH` lacks those of daemons.
public enum Programs {
  private static let folders: [String] = {
    let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    let table = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Scripts/programs").standardizedFileURL
    let text = (try? String(contentsOf: table, encoding: .utf8)) ?? ""
    let prefix = "folder "
    let named = text.split(separator: "\n").filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    return path + named
  }()

  /// The full path of a program; nil where it is not installed.
  public static func path(of name: String) -> String? {
    for folder in folders where access(folder + "/" + name, X_OK) == 0 { return folder + "/" + name }
    return nil
  }
}
