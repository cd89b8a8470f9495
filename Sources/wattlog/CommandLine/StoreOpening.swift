import Configuration
import Household
import Storage
import Text

extension HouseholdStore {
  /// The store of the settings, its plugs read side by side.
  ///
  /// - Parameter format: what is printed: in formats for programs plugs are called by what tells them apart.
  init(_ settings: Settings, for format: String = "json") throws(Failure) {
    let isForPeople = ["table", "html", "md", "xlsx"].contains(format)
    do throws(StorageError) {
      try self.init(
        directory: settings.store, rules: settings.configuration.devices, naming: isForPeople ? .shown : .identities,
        working: Workers.sideBySide)
    } catch {
      throw Failure(error, store: settings.store)
    }
  }

  /// The same; nil where there is none yet and nobody has named one.
  static func existing(
    _ settings: Settings, _ arguments: Arguments, for format: String
  ) throws(Failure) -> HouseholdStore? {
    if !arguments.isSet(.store), (InputFile.entries(of: settings.store) ?? []).isEmpty { return nil }
    return try HouseholdStore(settings, for: format)
  }
}

extension StoreWriter {
  /// The configured resolution for a store that is not there yet; nil for one that has its own.
  static func timeUnit(forNew store: String, _ configured: Int64) throws(StorageError) -> Int64? {
    do throws(StorageError) {
      _ = try StoreReader(directory: store)
      return nil
    } catch {
      guard error.code == .missing else { throw error }
      return configured
    }
  }

  /// Opens an existing store for writing, does the work, and closes it.
  static func change(
    _ settings: Settings, _ body: (StoreWriter) throws(StorageError) -> Void
  ) throws(Failure) -> ExitCode {
    do throws(StorageError) {
      // A writer would make a store that is missing.
      do throws(StorageError) {
        _ = try StoreReader(directory: settings.store)
      } catch {
        guard error.code != .missing else { throw error }
      }
      let store = try StoreWriter(directory: settings.store, mode: .bulk)
      try body(store)
      try store.close()
    } catch {
      throw Failure(error, store: settings.store)
    }
    return .done
  }
}

extension Failure {
  init(_ error: StorageError, store: String) {
    let path = SafeText.printable(store)
    switch error.code {
    case .missing where InputFile.exists(store) && InputFile.entries(of: store) == nil:
      self.init(.storeUnreadable, "'\(path)' is a file, no store", "a store is a directory; name it with --store DIR")
    case .missing where !(InputFile.entries(of: store) ?? []).isEmpty:
      self.init(
        .storeUnreadable, "there is no store in '\(path)', only other files",
        "name the directory that has the file 'wattlog.store' with --store DIR")
    case .missing:
      let service = Settings.serviceStore
      let isClosed = InputFile.exists(service) && !InputFile.isReadable(service)
      self.init(
        .storeUnreadable, "there is no store at '\(path)'",
        isClosed
          ? "the service's store at \(service) is for members of the group wattlog: "
            + "'sudo adduser $USER wattlog', then log in anew"
          : "start one with 'wattlog record' or 'wattlog replay', or name another with --store")
    case .permission:
      self.init(
        .storeUnreadable, "the store at '\(path)' cannot be used: \(error)",
        "run as its owner, or change the permissions")
    case .locked(let holder):
      let who = holder.map { "process \($0)" } ?? "another process"
      self.init(.storeLocked, "the store at '\(path)' is held by \(who)", "stop that recorder first")
    case .unknownVersion(let version):
      self.init(
        .storeUnreadable, "the store at '\(path)' has format version \(version), which this wattlog does not know",
        "use a newer wattlog")
    case .damaged: self.init(.damageFound, "the store at '\(path)' is damaged: \(error)")
    case .noSpace: self.init(.diskFull, "the disk is full: \(error)", "free some space; nothing stored is lost")
    case .exhausted: self.init(.failed, "\(error)", "let the process open more files (ulimit -n, LimitNOFILE=)")
    case .readOnly: self.init(.storeUnreadable, "the store at '\(path)' is on a read-only file system: \(error)")
    case .memoryFull: self.init(.diskFull, "the disk takes no more and memory is used up: \(error)", "free some space")
    case .invalid: self.init(.failed, "\(error)")
    case .inputOutput: self.init(.storeUnreadable, "the store at '\(path)' cannot be read: \(error)")
    }
  }
}
