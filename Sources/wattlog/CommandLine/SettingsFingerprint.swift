import Household
import Readings

/// Changes with whatever files say how readings are named, placed in days and priced.
final class SettingsFingerprint {
  private var print = Fingerprint()

  var value: UInt64 { print.value }

  init(_ settings: Settings, _ zone: SiteZone) {
    print.add(zone.name)
    if let path = settings.path { add((try? InputFile.read(path, maximumByteCount: 4 << 20)) ?? []) }
  }

  func add(_ bytes: [UInt8]) { print.add(bytes) }
}
