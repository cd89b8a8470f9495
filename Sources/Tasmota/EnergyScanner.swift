import Readings

/// Takes the numbers out of one energy message, whatever its shape.
///
/// This is the slow and complete path: a message like the plug's last one goes by ``MessageTemplate``. A scanner is
/// kept and used again, so that its buffers are allocated once.
struct EnergyScanner {
  /// Fields of one message. The largest that is known, three phases with tariffs and driver keys, has about fifty.
  static let maximumFieldCount = 256
  /// Elements of one array. The firmware has at most eight phases.
  static let maximumChannel = 32
  static let maximumNameBytes = 64
  static let maximumTextBytes = 64

  enum Shape {
    /// `{"Time":…,"ENERGY":{…}}`
    case sensor
    /// `{"StatusSNS":{"Time":…,"ENERGY":{…}}}`
    case status
    /// `{"Time":…,"Total":…}`, topic ENERGY of firmware 5.
    case legacy
  }

  struct ScannedField {
    var key: EnergyKey
    /// Where the name of an unlisted key lies in `names`.
    var name: Range<Int>
    var channel: UInt8
    var form: FieldForm
    var value: Int64
  }

  private(set) var fields: [ScannedField] = []
  private(set) var texts: [String] = []
  /// Where the numbers and clocks of the message lie, for a template.
  private(set) var slots: [MessageTemplate.Slot] = []
  /// False when a template would not do: it must bring exactly what this scanner would.
  private(set) var allowsTemplate = false

  private var names: [UInt8] = []
  /// Names of the objects inside ENERGY that are open, each with a dot behind it.
  private var prefix: [UInt8] = []
  private var prefixCounts: [Int] = []
  private var scratch: [UInt8] = []

  private var messageDepth = 0
  private var energyDepth = 0
  private var shape = Shape.sensor
  private var sawStatus = false
  private var sawEnergy = false
  /// Something in ENERGY says that a plug speaks: a number, a null, the counter's start time.
  private var sawEvidence = false

  private var totalCount = 0
  private var exportCount = 0
  private var otherArrays = 0
  private var sawWitness = false
  private var sawTotalTariff = false

  /// - Returns: false if there is no ENERGY. Otherwise `fields` holds what was found, in the message's order.
  mutating func scan(_ payload: UnsafeRawBufferPointer, shape: Shape) throws(RefusalReason) -> Bool {
    reset(shape)
    var scanner = JSONScanner(payload)
    guard let first = payload.first(where: { $0 > 0x20 }) else { throw .notJSON }
    guard first == UInt8(ascii: "{") else { throw .notJSON }
    guard JSONText.isUTF8(payload) else { throw .invalidUTF8 }
    _ = try scanner.next()

    var key = EnergyKey.unknown
    var name = 0..<0
    var isEnergyValue = false
    /// Depth of the container that is being skipped, and of the array whose elements are channels; 0 for none.
    var skippedDepth = 0
    var arrayDepth = 0
    var arrayFirst = 0
    var channel = 0

    while true {
      let token = try scanner.next()
      if token == .end { break }

      if skippedDepth > 0 {
        if token == .number { recordSlot(scanner, field: -1) }
        if scanner.depth < skippedDepth { skippedDepth = 0 }
        continue
      }

      if arrayDepth > 0 {
        switch token {
        case .endArray:
          arrayDepth = 0
          finishArray(of: key, from: arrayFirst, count: channel)
        case .number, .null, .string, .boolean:
          channel += 1
          guard channel <= EnergyScanner.maximumChannel else { throw .tooManyChannels }
          if token == .null { sawEvidence = true }
          if token == .number { try append(scanner, key: key, name: name, channel: channel) }
        default: throw .unsupportedShape
        }
        continue
      }

      switch token {
      case .key:
        isEnergyValue = energyDepth > 0
        (key, name) = try resolveKey(scanner)

      case .number:
        switch key.role {
        case .time, .epoch: try append(scanner, key: key, name: name, channel: 0)
        case .energy, .status: throw .unsupportedShape
        default:
          if isEnergyValue {
            if key.role == .witness { sawWitness = true }
            if key.role == .totalTariff { sawTotalTariff = true }
            try append(scanner, key: key, name: name, channel: 0)
          } else {
            recordSlot(scanner, field: -1)
          }
        }

      case .null:
        if isEnergyValue && key.role != .time { sawEvidence = true }

      case .string:
        switch key.role {
        case .time, .startTime:
          try appendText(scanner, payload: payload, key: key, name: name)
        case .energy, .status: throw .unsupportedShape
        default: break
        }

      case .boolean:
        switch key.role {
        case .time, .energy, .status: throw .unsupportedShape
        default: break
        }

      case .beginObject:
        switch key.role {
        case .status:
          guard !sawStatus else { throw .duplicateKey }
          sawStatus = true
          messageDepth = scanner.depth
        case .energy:
          guard !sawEnergy else { throw .duplicateKey }
          sawEnergy = true
          if energyDepth == 0 { energyDepth = scanner.depth } else { prefixCounts.append(prefix.count) }
        case .time, .epoch: throw .unsupportedShape
        default:
          if isEnergyValue { try enter(key, name) } else { skippedDepth = scanner.depth }
        }

      case .beginArray:
        switch key.role {
        case .time, .epoch, .energy, .status: throw .unsupportedShape
        default:
          if isEnergyValue {
            arrayDepth = scanner.depth
            arrayFirst = fields.count
            channel = 0
          } else {
            skippedDepth = scanner.depth
          }
        }

      case .endObject:
        if energyDepth > 0 {
          if scanner.depth >= energyDepth {
            prefix.removeLast(prefix.count - (prefixCounts.popLast() ?? 0))
          } else {
            energyDepth = 0
          }
        }
        if scanner.depth < messageDepth { messageDepth = 0 }

      case .endArray, .end: break
      }
    }

    guard sawEnergy || shape == .legacy else { return false }
    guard sawEvidence, !fields.isEmpty else { throw .noEnergyNumber }
    splitOldTotal()
    return true
  }

  private mutating func reset(_ shape: Shape) {
    self.shape = shape
    fields.removeAll(keepingCapacity: true)
    texts.removeAll(keepingCapacity: true)
    slots.removeAll(keepingCapacity: true)
    names.removeAll(keepingCapacity: true)
    prefix.removeAll(keepingCapacity: true)
    prefixCounts.removeAll(keepingCapacity: true)
    allowsTemplate = true
    messageDepth = shape == .status ? 0 : 1
    energyDepth = shape == .legacy ? 1 : 0
    sawStatus = false
    sawEnergy = false
    sawEvidence = false
    totalCount = 0
    exportCount = 0
    otherArrays = 0
    sawWitness = false
    sawTotalTariff = false
  }

  // MARK: Keys

  /// What the key that was just scanned means where it stands, and its full name if it is in no list.
  private mutating func resolveKey(_ scanner: JSONScanner) throws(RefusalReason) -> (EnergyKey, Range<Int>) {
    let isMessageLevel = scanner.depth == messageDepth && (energyDepth == 0 || shape == .legacy)
    let isStatusLevel = shape == .status && messageDepth == 0 && scanner.depth == 1
    guard energyDepth > 0 || isMessageLevel || isStatusLevel else { return (.unknown, 0..<0) }

    scratch.removeAll(keepingCapacity: true)
    let raw = UnsafeRawBufferPointer(rebasing: scanner.bytes[scanner.start..<scanner.end])
    if scanner.hasEscapes {
      guard JSONText.appendUnescaped(raw, to: &scratch) else { throw .malformedJSON }
    }
    var key: EnergyKey =
      scanner.hasEscapes ? scratch.withUnsafeBytes { EnergyKey.named($0) } : EnergyKey.named(raw)

    switch key.role {
    case .status:
      if isStatusLevel { return (key, 0..<0) }
    case .time, .epoch, .energy:
      if isMessageLevel { return (key, 0..<0) }
    default: break
    }
    guard energyDepth > 0 else { return (.unknown, 0..<0) }

    switch key.role {
    case .status, .energy:
      key = .unknown
    case .time, .epoch:
      // Not the plug's clock, which stands outside: another number of that name.
      key = .unknown
      if prefix.isEmpty { return (key, appendName(raw, escaped: scanner.hasEscapes, after: Array("ENERGY.".utf8))) }
    default:
      if !prefix.isEmpty { key = .unknown }
    }
    if key.field != nil { return (key, 0..<0) }
    return (key, appendName(raw, escaped: scanner.hasEscapes, after: prefix))
  }

  private mutating func appendName(_ raw: UnsafeRawBufferPointer, escaped: Bool, after prefix: [UInt8]) -> Range<Int> {
    let first = names.count
    names.append(contentsOf: prefix)
    if escaped { names.append(contentsOf: scratch) } else { names.append(contentsOf: raw) }
    return first..<names.count
  }

  /// An object inside ENERGY: its name and a dot stand before the names of its members.
  private mutating func enter(_ key: EnergyKey, _ name: Range<Int>) throws(RefusalReason) {
    guard name.count < EnergyScanner.maximumNameBytes else { throw .invalidName }
    prefixCounts.append(prefix.count)
    prefix.removeAll(keepingCapacity: true)
    if let listed = key.field {
      prefix.append(contentsOf: listed.name.utf8)
    } else {
      prefix.append(contentsOf: names[name])
    }
    prefix.append(UInt8(ascii: "."))
  }

  private func checkName(_ name: Range<Int>) throws(RefusalReason) {
    guard !name.isEmpty, name.count <= EnergyScanner.maximumNameBytes else { throw .invalidName }
    let hasControl = names.withUnsafeBytes {
      JSONText.hasControlCharacter(UnsafeRawBufferPointer(rebasing: $0[name]))
    }
    guard !hasControl else { throw .invalidName }
  }

  // MARK: Values

  private mutating func append(_ scanner: JSONScanner, key: EnergyKey, name: Range<Int>, channel: Int)
    throws(RefusalReason)
  {
    guard fields.count < EnergyScanner.maximumFieldCount else { throw .tooManyNumbers }
    if key.field == nil && key.role != .totalTariff && key.role != .exportTariff { try checkName(name) }
    if key.role != .time && key.role != .epoch { sawEvidence = true }
    var value = scanner.number.value
    if scanner.number.places < 0 {
      value = Int64(texts.count)
      texts.append(
        String(decoding: UnsafeRawBufferPointer(rebasing: scanner.bytes[scanner.start..<scanner.end]), as: UTF8.self))
      allowsTemplate = false
    }
    recordSlot(scanner, field: fields.count)
    fields.append(
      ScannedField(key: key, name: name, channel: UInt8(channel), form: scanner.number.form, value: value))
  }

  /// `Time` and `TotalStartTime`.
  private mutating func appendText(
    _ scanner: JSONScanner, payload: UnsafeRawBufferPointer, key: EnergyKey, name: Range<Int>
  ) throws(RefusalReason) {
    guard fields.count < EnergyScanner.maximumFieldCount else { throw .tooManyNumbers }
    if key.role == .startTime { sawEvidence = true }
    let raw = UnsafeRawBufferPointer(rebasing: payload[scanner.start..<scanner.end])
    var field = ScannedField(key: key, name: name, channel: 0, form: .verbatim, value: 0)
    if !scanner.hasEscapes, let clock = ClockText(raw) {
      field.form = clock.form
      field.value = clock.value
      // An offset behind the clock belongs to the form, so a template takes it as fixed text.
      let isMilliseconds = clock.form.clockUnitsPerSecond == 1000
      record(
        MessageTemplate.Slot(
          start: scanner.start, end: scanner.start + (isMilliseconds ? 23 : 19),
          kind: isMilliseconds ? .clockMilliseconds : .clock, places: 0, valueIndex: fields.count))
    } else {
      scratch.removeAll(keepingCapacity: true)
      guard JSONText.appendUnescaped(raw, to: &scratch) else { throw .malformedJSON }
      guard scratch.count <= EnergyScanner.maximumTextBytes else { throw .textTooLong }
      guard !scratch.withUnsafeBytes({ JSONText.hasControlCharacter($0) }) else { throw .unsupportedShape }
      field.value = Int64(texts.count)
      texts.append(String(decoding: scratch, as: UTF8.self))
      allowsTemplate = false
    }
    fields.append(field)
  }

  private mutating func recordSlot(_ scanner: JSONScanner, field: Int) {
    record(
      MessageTemplate.Slot(
        start: scanner.start, end: scanner.end, kind: field < 0 ? .skippedNumber : .number,
        places: max(0, scanner.number.places), valueIndex: field))
  }

  private mutating func record(_ slot: MessageTemplate.Slot) {
    if slots.count < MessageTemplate.maximumSlotCount { slots.append(slot) } else { allowsTemplate = false }
  }

  // MARK: Arrays

  private mutating func finishArray(of key: EnergyKey, from first: Int, count: Int) {
    switch key.role {
    case .total: totalCount = fields.count - first == 3 && count == 3 ? 3 : -1
    case .exportActive:
      exportCount = fields.count - first == 3 && count == 3 ? 3 : -1
    case .totalTariff, .exportTariff:
      if key.role == .totalTariff { sawTotalTariff = true }
      guard count == 2 else { return }
      for index in first..<fields.count {
        let isFirst = fields[index].channel == 1
        fields[index].key = EnergyKey(
          field: key.role == .totalTariff
            ? (isFirst ? .totalTariff1 : .totalTariff2) : (isFirst ? .exportTariff1 : .exportTariff2))
        fields[index].channel = 0
      }
    default: otherArrays += 1
    }
  }

  /// Firmware 6.6.0.12 to 8.3.1.1 sent `Total` as `[total,tariff1,tariff2]` while tariffs were on (CHANGELOG 8.3.1.2).
  ///
  /// Three phases would make Power an array too, and SetOption129 makes Today and Yesterday arrays together with Total.
  /// So with those present as single numbers it is the old form; with none of them present the sum must decide.
  private mutating func splitOldTotal() {
    guard totalCount == 3, otherArrays == 0, exportCount >= 0, !sawTotalTariff else { return }
    if !sawWitness {
      allowsTemplate = false
      let parts = fields.filter { $0.key.role == .total }
      guard parts.count == 3, parts.allSatisfy({ $0.form == parts[0].form && $0.form != .verbatim }),
        (parts[0].value - parts[1].value - parts[2].value).magnitude <= 2
      else { return }
    }
    for index in fields.indices {
      let role = fields[index].key.role
      guard role == .total || (role == .exportActive && exportCount == 3) else { continue }
      switch fields[index].channel {
      case 2: fields[index].key = EnergyKey(field: role == .total ? .totalTariff1 : .exportTariff1)
      case 3: fields[index].key = EnergyKey(field: role == .total ? .totalTariff2 : .exportTariff2)
      default: break
      }
      fields[index].channel = 0
    }
  }

  // MARK: Result

  /// The fields with their keys, which `names` takes in; throws when there are too many.
  func layoutFields(into result: inout [Field], names known: inout NameTable, device: Int) throws(RefusalReason) {
    result.removeAll(keepingCapacity: true)
    for scanned in fields {
      if let key = scanned.key.field {
        result.append(Field(key, channel: scanned.channel, scanned.form))
        continue
      }
      let name =
        switch scanned.key.role {
        case .totalTariff: "TotalTariff"
        case .exportTariff: "ExportTariff"
        default: String(decoding: names[scanned.name], as: UTF8.self)
        }
      result.append(Field(try known.key(name, device: device), channel: scanned.channel, scanned.form))
    }
  }
}
