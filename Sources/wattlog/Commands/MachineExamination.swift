import Configuration
import Glibc
import Household
import Readings
import Recorder
import Storage
import Text

/// What the store, the recorder, the disk and the files' permissions tell.
struct MachineExamination {
  let settings: Settings
  let now: Timestamp

  /// - Parameter store: nil before there is one.
  func findings(_ store: HouseholdStore?) throws(Failure) -> [Finding] {
    guard let store else {
      let none = Finding(
        .store, .note, "there is none yet at \(SafeText.neutralised(settings.store)): the recorder makes it")
      return [none] + recorder(nil) + permissions()
    }
    let examination = StoreExamination(store)
    var findings: [Finding]
    do throws(StorageError) {
      findings = try examination.soundness()
    } catch {
      throw Failure(error, store: settings.store)
    }
    let growth = examination.growth
    if let growth {
      let mount = MountPoint(of: settings.store)
      findings += examination.findings(
        on: growth, commitInterval: settings.configuration.record.commitIntervalMilliseconds,
        logSeconds: mount?.kind == "ext4" ? mount?.number(of: "commit") ?? 5 : nil)
    }
    return findings + disk(neededInAYear: growth?.bytesPerYear ?? 0) + recorder(store) + permissions()
  }

  private func disk(neededInAYear yearly: Int64) -> [Finding] {
    var findings: [Finding] = []
    var disk = statvfs()
    if statvfs(settings.store, &disk) == 0 {
      let free = Int64(
        clamping: UInt64(disk.f_bavail).multipliedReportingOverflow(by: UInt64(disk.f_frsize)).partialValue)
      let needed = max(64_000_000, yearly)
      findings.append(
        free < needed
          ? Finding(
            .store, .problem, "only \(ByteText.text(free)) are free on the disk, less than a year needs",
            advice: "free some space; a recorder keeps rows in memory while the disk is full, but not for long")
          : Finding(.store, .note, "\(ByteText.text(free)) are free on the disk"))
      if disk.f_flag & UInt(ST_RDONLY) != 0 {
        findings.append(
          Finding(
            .store, .problem, "the store's file system is read-only: nothing is recorded",
            advice: "a memory card that fails turns so; back up first",
            commands: ["wattlog backup --store \(ShellWord.quoted(settings.store)) DIR"]))
      }
    }
    return findings
  }

  private func recorder(_ store: HouseholdStore?) -> [Finding] {
    let holder = try? POSIXFileSystem().openDirectory(settings.store, create: false).lockHolder()
    let state = StatusSocket.ask(store: settings.store)
    var findings: [Finding] = []
    if let state {
      let broker = SafeText.neutralised(state.broker)
      findings.append(
        state.isConnected
          ? Finding(.recorder, .note, "process \(state.pid) records from \(broker)")
          : Finding(
            .recorder, .problem,
            "process \(state.pid) is not connected to \(broker)"
              + (state.failure.map { ": " + SafeText.neutralised($0) } ?? "")))
      if state.isDiskFull {
        findings.append(Finding(.recorder, .problem, "the disk is full; rows wait in memory"))
      }
      if state.dropped > 0 {
        findings.append(
          Finding(
            .recorder, .problem,
            "\(CountText.grouped(Int64(state.dropped))) messages were dropped: more arrived than this machine could take",
            advice: "look for a flood", commands: ["wattlog discover --for 1m"]))
      }
    } else if let holder = holder ?? nil {
      findings.append(Finding(.recorder, .note, "process \(holder) holds the store"))
    } else {
      let isExpected = settings.configuration.broker.url != nil
      findings.append(
        Finding(
          .recorder, isExpected ? .problem : .note, "no recorder runs: nothing new is stored",
          advice: isExpected ? "start it" : nil, commands: isExpected ? ["systemctl enable --now wattlog"] : []))
    }
    if let last = store?.lastReading, last.milliseconds - now.milliseconds > 120_000 {
      findings.append(
        Finding(
          .recorder, .problem, "the newest reading lies in the future: this machine's clock is or was wrong",
          commands: ["timedatectl set-ntp true"]))
    }
    for (reason, count) in (store?.reader.tallies.refused ?? [:]).sorted(by: { $0.key < $1.key }) {
      findings.append(
        Finding(
          .recorder, .hint, "\(CountText.grouped(count)) messages were refused: \(SafeText.neutralised(reason))",
          advice: "see which topics they come from", commands: ["wattlog discover --for 5m"]))
    }
    return findings
  }

  // MARK: Permissions

  /// Of the store, the configuration and what it names.
  func permissions() -> [Finding] {
    var findings: [Finding] = []
    if let mode = mode(of: settings.store), mode & 0o007 != 0 {
      findings.append(
        Finding(
          .configuration, mode & 0o002 != 0 ? .problem : .hint,
          "everyone on this machine may \(mode & 0o002 != 0 ? "write to" : "read") the store: \(octal(mode))",
          commands: ["chmod 750 \(ShellWord.quoted(settings.store))"]))
    }
    if let path = settings.path {
      if let mode = mode(of: path), mode & 0o022 != 0 {
        findings.append(
          Finding(
            .configuration, .problem, "others than its owner may write to the configuration \(path): \(octal(mode))",
            commands: ["chmod go-w \(ShellWord.quoted(path))"]))
      }
    } else {
      findings.append(
        Finding(.configuration, .note, "there is no configuration file; all is as by default"))
    }
    let broker = settings.configuration.broker
    for (what, named) in [("password file", broker.passwordFile), ("private key", broker.key)] {
      guard let path = named.map(settings.resolve) else { continue }
      guard let mode = mode(of: path) else {
        findings.append(
          Finding(.configuration, .problem, "the \(what) \(path) is missing or out of reach"))
        continue
      }
      if mode & 0o077 != 0 {
        findings.append(
          Finding(
            .configuration, .problem, "others can read the \(what) \(path): \(octal(mode))",
            commands: ["chmod 600 \(ShellWord.quoted(path))"]))
      }
    }
    return findings
  }

  private func mode(of path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
  }

  private func octal(_ mode: mode_t) -> String { "mode 0" + String(mode, radix: 8) }
}
