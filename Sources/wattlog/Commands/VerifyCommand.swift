import Storage

extension Command {
  private static let deep = Option("deep", "decode every block and compare it with the index")

  static let verify = Command(
    name: "verify", summary: "check the store; reads only",
    description: """
      Checks checksums, order and index of the store, beside a running recorder or without one, and changes nothing. \
      A torn end of a journal, as a kill or a power cut leaves it, is normal and only noted. Exits 7 when damage is found.
      """,
    options: [deep],
    examples: [
      ("wattlog verify", "check all checksums"),
      ("wattlog verify --deep --store /backup/wattlog", "check everything in a backup"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    let report: VerifyReport
    var bar: ProgressBar?
    do throws(StorageError) {
      report = try StoreVerifier.verify(directory: settings.store, deep: arguments.isSet(deep)) { done, all in
        if bar == nil { bar = ProgressBar("verify", total: Int64(all), unit: .bytes, console) }
        bar?.update(Int64(done))
      }
      bar?.finish()
    } catch {
      throw Failure(error, store: settings.store)
    }
    for damage in report.damage { console.error(DamageText.line(damage, in: settings.store)) }
    let bad = report.damage.filter { !$0.isNormal }.count
    console.note(
      Console.counted(report.segmentCount, "segment") + ", " + Console.counted(report.blockCount, "block") + ", "
        + Console.counted(report.rowCount, "row") + ", "
        + "\(report.byteCount) bytes checked; " + (bad == 0 ? "all is sound" : "\(bad) damaged; see 'wattlog repair'"))
    return bad == 0 ? .done : .damageFound
  }
}
