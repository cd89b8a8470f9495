/// What a topic's last level says of the message.
enum MessageKind: Hashable {
  case sensor
  /// STATUS8, STATUS10.
  case status
  /// ENERGY, firmware 5.
  case legacyEnergy
  case availability
  /// POWER, POWER1…POWER32.
  case relay
  case result
  /// INFO1…INFO3.
  case info
  case margins
  case state

  /// nil for a last level that is none of these.
  init?(lastLevel: UnsafeRawBufferPointer) {
    switch lastLevel.count {
    case 3 where lastLevel.elementsEqual("LWT".utf8): self = .availability
    case 5 where lastLevel.elementsEqual("POWER".utf8): self = .relay
    case 5 where lastLevel.elementsEqual("STATE".utf8): self = .state
    case 5 where lastLevel.starts(with: "INFO".utf8) && (0x31...0x33).contains(lastLevel[4]): self = .info
    case 6 where lastLevel.elementsEqual("SENSOR".utf8): self = .sensor
    case 6 where lastLevel.elementsEqual("RESULT".utf8): self = .result
    case 6 where lastLevel.elementsEqual("ENERGY".utf8): self = .legacyEnergy
    case 7 where lastLevel.elementsEqual("STATUS8".utf8): self = .status
    case 7 where lastLevel.elementsEqual("MARGINS".utf8): self = .margins
    case 8 where lastLevel.elementsEqual("STATUS10".utf8): self = .status
    default:
      guard RelayName.isRelay(lastLevel) else { return nil }
      self = .relay
    }
  }
}

/// `POWER`, `POWER1` … `POWER32`, in topics and in RESULT messages.
enum RelayName {
  static func isRelay(_ name: UnsafeRawBufferPointer) -> Bool {
    guard name.count >= 5, name.count <= 7, name.starts(with: "POWER".utf8) else { return false }
    var number = 0
    for digit in name.dropFirst(5) {
      guard digit &- 0x30 <= 9 else { return false }
      number = number * 10 + Int(digit - 0x30)
    }
    return name.count == 5 || (name[5] != 0x30 && number <= 32)
  }
}
