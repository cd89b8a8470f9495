/// How long ago something was, in its two largest units.
public enum AgeText {
  public static func text(seconds: Int64) -> String {
    switch seconds {
    case ..<0: "ahead"
    case ..<60: "\(seconds) s"
    case ..<3600: "\(seconds / 60) min"
    case ..<86_400: "\(seconds / 3600) h \(seconds / 60 % 60) m"
    default: "\(seconds / 86_400) d \(seconds / 3600 % 24) h"
    }
  }
}
