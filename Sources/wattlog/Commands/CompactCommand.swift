import Household
import Storage
import Text

extension Command {
  static let compact = Command(
    name: "compact", summary: "merge small segments into months",
    description: """
      Merges the segments of days into one for each month, which makes the store smaller and reports quicker. Sealed \
      files never change: the merged one is complete before it takes their place. A damaged segment is left alone and \
      named (exit 7); 'wattlog repair' first. No recorder may run meanwhile.
      """,
    examples: [
      ("wattlog compact", "merge the segments of the default store"),
      ("wattlog compact --store /var/lib/wattlog", "merge those of the service"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    let before = try HouseholdStore(settings).reader.byteCount
    var damaged: [String] = []
    let code = try StoreWriter.change(settings) { store throws(StorageError) in
      try store.seal()
      damaged = try store.compact()
    }
    for path in damaged { console.error(DamageText.leftAlone(path)) }
    let after = try HouseholdStore(settings).reader.byteCount
    console.note("\(ByteText.text(Int64(before))) before, \(ByteText.text(Int64(after))) now")
    return damaged.isEmpty ? code : .damageFound
  }
}
