/// The pattern that a plug makes its topics by, with what stands for its tokens.
struct FullTopic {
  /// `ft`, such as `%prefix%/%topic%/`.
  var pattern: String
  /// `t`, the token `%topic%`.
  var topic: String
  /// `hn`.
  var hostName: String
  /// The token `%id%`.
  var mac: String

  /// Its topics without the last level. The firmware (GetTopic_P in support_tasmota.ino) fills in the tokens, makes `//`
  /// one and ends it with `/`.
  func path(prefix: String, isForCommands: Bool) -> String {
    var pattern = pattern
    if !pattern.contains("%prefix%"), isForCommands {
      // Commands need a prefix to be told from answers, so it is added where the FullTopic has none.
      pattern += pattern.hasSuffix("/") ? "%prefix%" : "/%prefix%"
    }
    return FullTopic.tidied(filled(pattern, prefix: prefix))
  }

  /// How the plug is called: the levels of the prefix go, wherever they stand.
  var withoutPrefix: String {
    var path = FullTopic.tidied(filled(pattern, prefix: ""))
    if path.hasPrefix("/"), !pattern.hasPrefix("/") { path.removeFirst() }
    return path.isEmpty ? topic : path
  }

  private func filled(_ pattern: String, prefix: String) -> String {
    let tokens = [("%prefix%", prefix), ("%topic%", topic), ("%hostname%", hostName), ("%id%", mac)]
    var result: [UInt8] = []
    let bytes = Array(pattern.utf8)
    var index = 0
    scan: while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%") {
        for (token, value) in tokens where bytes[index...].starts(with: token.utf8) {
          result.append(contentsOf: value.utf8)
          index += token.utf8.count
          continue scan
        }
      }
      result.append(bytes[index])
      index += 1
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Single slashes, none at the end.
  private static func tidied(_ path: String) -> String {
    var result: [UInt8] = []
    for byte in path.utf8 where byte != UInt8(ascii: "/") || result.last != byte { result.append(byte) }
    if result.last == UInt8(ascii: "/") { result.removeLast() }
    return String(decoding: result, as: UTF8.self)
  }
}
