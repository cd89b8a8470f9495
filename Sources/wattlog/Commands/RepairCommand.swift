import Household
import Storage
import Text

extension Command {
  static let repair = Command(
    name: "repair", summary: "new files from the good blocks of a damaged store",
    description: """
      Writes each damaged file anew from its good blocks, and brings files that lie under other names back. Damaged \
      originals go to the store's directory quarantine/ \
      and are never deleted. No recorder may run meanwhile.
      """,
    examples: [
      ("wattlog verify || wattlog repair", "mend what verify finds"),
      ("wattlog repair --store /backup/wattlog", "mend a copy"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    return try StoreWriter.change(settings) { store throws(StorageError) in
      let found = store.recovery.damage
      let report = try store.repair()
      for damage in found + report.lost { console.note(DamageText.line(damage, in: settings.store)) }
      for path in report.replacedSegments { console.note("\(path) is under its own name again") }
      for path in report.quarantined { console.note("the damaged original is kept as \(path)") }
      console.note(
        report == RepairReport() && found.isEmpty
          ? "nothing was damaged"
          : CountText.text(report.repairedSegments.count, "segment") + " written anew from their good blocks")
    }
  }
}
