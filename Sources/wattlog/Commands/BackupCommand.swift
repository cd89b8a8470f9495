import Storage
import Text

extension Command {
  static let backup = Command(
    name: "backup", summary: "a consistent copy of the store, beside a running recorder",
    operands: "DIR", operandCount: 1...1,
    description: """
      Writes a consistent copy of the store to DIR, which must be missing or empty. Sealed segments are hard links \
      where the file system allows, else copies. The copy is a store: report and verify take it with --store.
      """,
    examples: [
      ("wattlog backup /mnt/usb/wattlog-2026-10", "copy the store to another disk"),
      ("wattlog backup /tmp/copy && wattlog verify --store /tmp/copy", "copy and check the copy"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    let target = arguments.operands[0]
    let size: Int
    do throws(StorageError) {
      _ = try StoreReader(directory: settings.store)
    } catch {
      throw Failure(error, store: settings.store)
    }
    try Directories.create(InputFile.directory(of: target))
    do throws(StorageError) {
      size = try StoreBackup.run(from: settings.store, to: target)
    } catch {
      throw Failure(
        error.code == .noSpace ? .diskFull : .failed, "cannot write the backup: \(error)",
        error.code == .invalid ? "name a directory that is empty or not there yet" : nil)
    }
    console.note("\(ByteText.text(Int64(size))) backed up to \(SafeText.printable(target))")
    return .done
  }
}
