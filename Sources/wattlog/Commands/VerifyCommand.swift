import Household
import Storage
import Text

extension Command {
  private static let deep = Option("deep", "decode every block and compare it with the index")

  static let verify = Command(
    name: "verify", summary: "check the store; reads only",
    description: """
      Checks checksums, order and index of the store and every line of its corrections, beside a running recorder or \
      without one, and changes nothing. A torn end of a journal or of the corrections, as a kill or a power cut leaves \
      it, is normal and only noted. Exits 7 when damage is found, also for a correction that was edited or that this \
      version does not know.
      """,
    options: [deep, .json],
    examples: [
      ("wattlog verify", "check all checksums"),
      ("wattlog verify --deep --store /backup/wattlog", "check everything in a backup"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    var bar: ProgressBar?
    let verification: StoreVerification
    do throws(StorageError) {
      verification = try StoreVerification(
        settings.store, deep: arguments.isSet(deep), working: Workers.sideBySide
      ) { done, all in
        if bar == nil { bar = ProgressBar("verify", total: Int64(all), unit: .bytes, console) }
        bar?.update(Int64(done))
      }
    } catch {
      throw Failure(error, store: settings.store)
    }
    bar?.finish()
    let damage = verification.damage
    if arguments.isSet(.json) {
      try OutputFile.write(verification.json(), to: nil)
    } else {
      for damage in verification.report.damage { console.error(DamageText.line(damage, in: settings.store)) }
      console.note(
        verification.summary + "; " + (damage.isEmpty ? "all is sound" : CountText.text(damage.count, "damaged place"))
      )
      var advised: Set<String> = []
      for place in damage {
        let (text, commands) = StoreVerification.advice(on: place, in: settings.store)
        let advice = "\(text): \(commands.joined(separator: "; "))"
        if advised.insert(advice).inserted { console.note(advice) }
      }
    }
    return damage.isEmpty ? .done : .damageFound
  }
}
