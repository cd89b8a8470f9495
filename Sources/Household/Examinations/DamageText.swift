import Calendar
import Readings
public import Storage
import Text

/// A damaged place as a sentence.
public enum DamageText {
  /// Where it is, its cause, and whose readings of when it concerns.
  ///
  /// - Parameter store: the directory.
  public static func line(_ damage: Damage, in store: String) -> String {
    var text =
      "\(SafeText.printable(store))/\(SafeText.printable(damage.file)) at byte \(damage.offset): \(damage.cause)"
    if damage.isNormal { return text + " (normal after a kill or a power cut)" }
    if let device = damage.device { text += "; readings of \(SafeText.printable(device.topic))" }
    if let first = damage.first, let last = damage.last {
      text += " from \(InstantText.text(first, in: .utc)) to \(InstantText.text(last, in: .utc))"
    }
    return text
  }

  /// A segment that a command would have written anew.
  public static func leftAlone(_ path: String) -> String {
    "\(SafeText.printable(path)) is damaged and was left alone with all that it holds; see 'wattlog repair'"
  }
}
