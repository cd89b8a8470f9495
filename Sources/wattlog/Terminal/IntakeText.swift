import Recorder
import Text

/// What became of the messages, for a person.
enum IntakeText {
  /// `350 281 readings, 12 events, 0 duplicates, 6 retained, 350 281 ignored, 0 refused`.
  static func text(_ counts: IntakeCounts) -> String {
    [
      CountText.text(counts.readings, "reading"), CountText.text(counts.events, "event"),
      CountText.text(counts.duplicates, "duplicate"), "\(CountText.grouped(counts.retained)) retained",
      "\(CountText.grouped(counts.ignored)) ignored",
      "\(CountText.grouped(counts.refused.values.reduce(0, +))) refused",
    ].joined(separator: ", ")
  }
}
