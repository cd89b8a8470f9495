import Configuration
import EnergyAccounting
import Glibc
import Readings
import Recorder
import Reporting
import Storage
import Subscriber
import Text

/// What the store, the recorder, the disk and the files' permissions tell.
struct StoreExamination {
  let settings: Settings
  let now: Timestamp

  func findings(_ store: StoreAccess) throws(Failure) -> [DoctorFinding] {
    try soundness() + growth(store) + recorder(store) + permissions()
  }

  private func soundness() throws(Failure) -> [DoctorFinding] {
    let verification = try StoreVerification(path: settings.store, deep: false)
    let report = verification.report
    guard verification.damage.isEmpty else {
      return verification.damage.prefix(20).map { damage in
        let advice = StoreVerification.advice(on: damage, in: settings.store)
        return DoctorFinding(
          .store, .problem, DamageText.line(damage, in: settings.store), advice: advice.text, commands: advice.commands)
      }
    }
    return [
      DoctorFinding(
        .store, .note,
        "all checksums are right: " + Console.counted(report.segmentCount, "segment") + ", "
          + Console.counted(report.rowCount, "reading"))
    ]
  }

  private func growth(_ store: StoreAccess) throws(Failure) -> [DoctorFinding] {
    let reader = store.reader
    var findings: [DoctorFinding] = []
    let day: Int64 = 86_400_000
    var yearly: Int64 = 0
    if let first = store.firstReading, let last = store.lastReading, reader.messageCount > 0 {
      let span = max(last.milliseconds - first.milliseconds, day)
      // The last week says what will come, where there is one.
      let since = max(first, last.advanced(byMilliseconds: -7 * day))
      var recent = 0
      for device in store.devices.flatMap(\.members) where device.last >= since {
        reader.readings(of: device.device, in: since..<last.advanced(byMilliseconds: 1)) { recent += $0.rowCount }
      }
      let messagesPerDay = Int64(recent) * day / max(min(span, 7 * day), 1)
      let bytesPerDay = messagesPerDay * Int64(reader.byteCount) / Int64(reader.messageCount)
      yearly = bytesPerDay * 365
      findings.append(
        DoctorFinding(
          .store, .note,
          "\(ByteText.text(Int64(reader.byteCount))) for \(reader.messageCount) messages; \(messagesPerDay) messages and "
            + "about \(ByteText.text(bytesPerDay)) a day, \(ByteText.text(yearly)) a year"))
      findings.append(writes(messagesPerDay: messagesPerDay, bytesPerDay: bytesPerDay))
    }
    var disk = statvfs()
    if statvfs(settings.store, &disk) == 0 {
      let free = Int64(
        clamping: UInt64(disk.f_bavail).multipliedReportingOverflow(by: UInt64(disk.f_frsize)).partialValue)
      let needed = max(64_000_000, yearly)
      findings.append(
        free < needed
          ? DoctorFinding(
            .store, .problem, "only \(ByteText.text(free)) are free on the disk, less than a year needs",
            advice: "free some space; a recorder keeps rows in memory while the disk is full, but not for long")
          : DoctorFinding(.store, .note, "\(ByteText.text(free)) are free on the disk"))
      if disk.f_flag & UInt(ST_RDONLY) != 0 {
        findings.append(
          DoctorFinding(
            .store, .problem, "the store's file system is read-only: nothing is recorded",
            advice: "a memory card that fails turns so; back up first",
            commands: ["wattlog backup --store \(ShellWord.quoted(settings.store)) DIR"]))
      }
    }
    return findings
  }

  /// What a recorder writes in a day, by the store itself and by the file system.
  private func writes(messagesPerDay: Int64, bytesPerDay: Int64) -> DoctorFinding {
    let interval = settings.configuration.record.commitIntervalMilliseconds
    let mount = MountPoint(of: settings.store)
    let seconds: Int64? = mount?.kind == "ext4" ? mount?.number(of: "commit") ?? 5 : nil
    let forecast = WriteForecast(
      messagesPerDay: messagesPerDay, commitInterval: interval, sealedBytesPerDay: bytesPerDay, logSeconds: seconds)
    let (own, log) = (forecast.storeByteCount, forecast.fileSystemByteCount)
    var text =
      "a recorder that commits every \(SpanText.text(milliseconds: interval)) writes about "
      + "\(ByteText.text(own)) a day to the disk in at most \(forecast.commitCount) commits"
    if let seconds {
      text +=
        "; ext4 adds about \(ByteText.text(log)) for its own log, every \(seconds) s: "
        + "\(ByteText.text(own + log)) a day in all"
    }
    var advice: [String] = []
    if own > 60_000_000 { advice.append("a longer record.commitInterval spares a memory card") }
    if log > 60_000_000 {
      advice.append("the mount option commit=60 or more spares a memory card; what the recorder commits is as safe")
    }
    return DoctorFinding(
      .store, advice.isEmpty ? .note : .hint, text, advice: advice.isEmpty ? nil : advice.joined(separator: "; "))
  }

  private func recorder(_ store: StoreAccess) -> [DoctorFinding] {
    let holder = try? POSIXFileSystem().openDirectory(settings.store, create: false).lockHolder()
    let state = StatusSocket.ask(store: settings.store)
    var findings: [DoctorFinding] = []
    if let state {
      let broker = SafeText.neutralised(state.broker)
      findings.append(
        state.isConnected
          ? DoctorFinding(.recorder, .note, "process \(state.pid) records from \(broker)")
          : DoctorFinding(
            .recorder, .problem,
            "process \(state.pid) is not connected to \(broker)"
              + (state.failure.map { ": " + SafeText.neutralised($0) } ?? "")))
      if state.isDiskFull {
        findings.append(DoctorFinding(.recorder, .problem, "the disk is full; rows wait in memory"))
      }
      if state.dropped > 0 {
        findings.append(
          DoctorFinding(
            .recorder, .problem, "\(state.dropped) messages were dropped: more arrived than this machine could take",
            advice: "look for a flood", commands: ["wattlog discover --for 1m"]))
      }
    } else if let holder = holder ?? nil {
      findings.append(DoctorFinding(.recorder, .note, "process \(holder) holds the store"))
    } else {
      let isExpected = settings.configuration.broker.url != nil
      findings.append(
        DoctorFinding(
          .recorder, isExpected ? .problem : .note, "no recorder runs: nothing new is stored",
          advice: isExpected ? "start it" : nil, commands: isExpected ? ["systemctl enable --now wattlog"] : []))
    }
    if let last = store.lastReading, last.milliseconds - now.milliseconds > 120_000 {
      findings.append(
        DoctorFinding(
          .recorder, .problem, "the newest reading lies in the future: this machine's clock is or was wrong",
          commands: ["timedatectl set-ntp true"]))
    }
    for (reason, count) in store.reader.tallies.refused.sorted(by: { $0.key < $1.key }) {
      findings.append(
        DoctorFinding(
          .recorder, .hint, "\(count) messages were refused: \(SafeText.neutralised(reason))",
          advice: "see which topics they come from", commands: ["wattlog discover --for 5m"]))
    }
    return findings
  }

  // MARK: Permissions

  /// Of the store, the configuration and what it names.
  func permissions() -> [DoctorFinding] {
    var findings: [DoctorFinding] = []
    if let mode = mode(of: settings.store), mode & 0o007 != 0 {
      findings.append(
        DoctorFinding(
          .configuration, mode & 0o002 != 0 ? .problem : .hint,
          "everyone on this machine may \(mode & 0o002 != 0 ? "write to" : "read") the store: \(octal(mode))",
          commands: ["chmod 750 \(ShellWord.quoted(settings.store))"]))
    }
    if let path = settings.path {
      if let mode = mode(of: path), mode & 0o022 != 0 {
        findings.append(
          DoctorFinding(
            .configuration, .problem, "others than its owner may write to the configuration \(path): \(octal(mode))",
            commands: ["chmod go-w \(ShellWord.quoted(path))"]))
      }
    } else {
      findings.append(
        DoctorFinding(.configuration, .note, "there is no configuration file; all is as by default"))
    }
    let broker = settings.configuration.broker
    for (what, named) in [("password file", broker.passwordFile), ("private key", broker.key)] {
      guard let path = named.map(settings.resolve) else { continue }
      guard let mode = mode(of: path) else {
        findings.append(
          DoctorFinding(.configuration, .problem, "the \(what) \(path) is missing or out of reach"))
        continue
      }
      if mode & 0o077 != 0 {
        findings.append(
          DoctorFinding(
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

/// Sizes for people, in decimal units.
enum ByteText {
  static func text(_ bytes: Int64) -> String {
    for (unit, name) in [(1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")] as [(Int64, String)]
    where bytes >= unit {
      return "\(bytes / unit).\(bytes / (unit / 10) % 10) \(name)"
    }
    return "\(bytes) bytes"
  }
}

/// A word of a shell command, quoted where it needs to be.
enum ShellWord {
  static func quoted(_ text: String) -> String {
    let isPlain =
      !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "/._-+,:@%".utf8.contains(byte)
        }
      }
    if isPlain { return text }
    return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
