import Storage

extension Command {
  static let compact = Command(
    name: "compact", summary: "merge small segments into months",
    description: """
      Merges the segments of days into one for each month, which makes the store smaller and reports quicker. Sealed \
      files never change: the merged one is complete before it takes their place. No recorder may run meanwhile.
      """,
    examples: [
      ("wattlog compact", "merge the segments of the default store"),
      ("wattlog compact --store /var/lib/wattlog", "merge those of the service"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    let before = try StoreAccess(settings).reader.byteCount
    let code = try StoreAccess.write(settings) { store throws(StorageError) in
      try store.seal()
      try store.compact()
    }
    let after = try StoreAccess(settings).reader.byteCount
    console.note("\(before) bytes before, \(after) bytes now")
    return code
  }
}
