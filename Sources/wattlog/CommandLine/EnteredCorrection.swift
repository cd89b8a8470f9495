import Household

extension Correction {
  /// Prints its number, and says what it does and how it is taken back.
  func tell(_ zone: SiteZone, _ console: Console) throws(Failure) {
    try OutputFile.write("\(id)\n", to: nil)
    console.note("correction \(id): \(words(in: zone.rules)); 'wattlog device undo \(id)' takes it back")
  }
}
