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

  private var names = EnergyNames()
  private var scratch: [UInt8] = []

  private var messageDepth = 0
  private var energyDepth = 0
  private var shape = Shape.sensor
  private var sawStatus = false
  private var sawEnergy = false
  /// Something in ENERGY says that a plug speaks: a number, a null, the counter's start time.
  private var sawEvidence = false
  private var arrays = ArrayEvidence()

  /// Which value comes next, and what it belongs to.
  private struct Position {
    var key = EnergyKey.unknown
    var name = 0..<0
    var isEnergyValue = false
    /// Depth of the container that is being skipped, and of the array whose elements are channels; 0 for none.
    var skippedDepth = 0
    var arrayDepth = 0
    var arrayFirst = 0
    var channel = 0
  }

  /// - Returns: false if there is no ENERGY. Otherwise `fields` holds what was found, in the message's order.
  mutating func scan(_ payload: UnsafeRawBufferPointer, shape: Shape) throws(RefusalReason) -> Bool {
    reset(shape)
    var scanner = JSONScanner(payload)
    guard payload.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else { throw .notJSON }
    guard JSONText.isUTF8(payload) else { throw .invalidUTF8 }
    _ = try scanner.next()

    var position = Position()
    while true {
      let token = try scanner.next()
      if token == .end { break }
      if position.skippedDepth > 0 {
        if token == .number { recordSlot(scanner, field: -1) }
        if scanner.depth < position.skippedDepth { position.skippedDepth = 0 }
        continue
      }
      if position.arrayDepth > 0 {
        try takeElement(token, scanner, &position)
        continue
      }
      switch token {
      case .key:
        position.isEnergyValue = energyDepth > 0
        (position.key, position.name) = try resolveKey(scanner)
      case .number, .null, .string, .boolean: try takeValue(token, scanner, position)
      case .beginObject: try openObject(scanner, &position)
      case .beginArray: try openArray(scanner, &position)
      case .endObject: closeObject(scanner)
      case .endArray, .end: break
      }
    }
    guard sawEnergy || shape == .legacy else { return false }
    guard sawEvidence, !fields.isEmpty else { throw .noEnergyNumber }
    if arrays.splitOldTotal(&fields) == .numbers { allowsTemplate = false }
    return true
  }

  /// A value of its own, outside arrays.
  private mutating func takeValue(
    _ token: JSONScanner.Token, _ scanner: JSONScanner, _ position: Position
  ) throws(RefusalReason) {
    let key = position.key
    switch (token, key.role) {
    case (.number, .energy), (.number, .status), (.string, .energy), (.string, .status), (.boolean, .time),
      (.boolean, .energy), (.boolean, .status):
      throw .unsupportedShape
    case (.number, .time), (.number, .epoch): try append(scanner, key: key, name: position.name, channel: 0)
    case (.number, _):
      guard position.isEnergyValue else { return recordSlot(scanner, field: -1) }
      if key.role == .witness { arrays.sawWitness = true }
      if key.role == .totalTariff { arrays.sawTotalTariff = true }
      try append(scanner, key: key, name: position.name, channel: 0)
    case (.null, _): if position.isEnergyValue && key.role != .time { sawEvidence = true }
    case (.string, .time), (.string, .startTime): try appendText(scanner, key: key, name: position.name)
    default: break
    }
  }

  /// An element of an array inside ENERGY: one channel's number.
  private mutating func takeElement(
    _ token: JSONScanner.Token, _ scanner: JSONScanner, _ position: inout Position
  ) throws(RefusalReason) {
    switch token {
    case .endArray:
      position.arrayDepth = 0
      arrays.finish(position.key, &fields, from: position.arrayFirst, count: position.channel)
    case .number, .null, .string, .boolean:
      position.channel += 1
      guard position.channel <= EnergyScanner.maximumChannel else { throw .tooManyChannels }
      if token == .null { sawEvidence = true }
      if token == .number {
        try append(scanner, key: position.key, name: position.name, channel: position.channel)
      }
    default: throw .unsupportedShape
    }
  }

  private mutating func openObject(_ scanner: JSONScanner, _ position: inout Position) throws(RefusalReason) {
    switch position.key.role {
    case .status:
      guard !sawStatus else { throw .duplicateKey }
      sawStatus = true
      messageDepth = scanner.depth
    case .energy:
      guard !sawEnergy else { throw .duplicateKey }
      sawEnergy = true
      if energyDepth == 0 { energyDepth = scanner.depth } else { names.enterAgain() }
    case .time, .epoch: throw .unsupportedShape
    default:
      if position.isEnergyValue {
        try names.enter(position.key, position.name)
      } else {
        position.skippedDepth = scanner.depth
      }
    }
  }

  private mutating func openArray(_ scanner: JSONScanner, _ position: inout Position) throws(RefusalReason) {
    switch position.key.role {
    case .time, .epoch, .energy, .status: throw .unsupportedShape
    default: break
    }
    if position.isEnergyValue {
      position.arrayDepth = scanner.depth
      position.arrayFirst = fields.count
      position.channel = 0
    } else {
      position.skippedDepth = scanner.depth
    }
  }

  private mutating func closeObject(_ scanner: JSONScanner) {
    if energyDepth > 0 {
      if scanner.depth >= energyDepth {
        names.leave()
      } else {
        energyDepth = 0
      }
    }
    if scanner.depth < messageDepth { messageDepth = 0 }
  }

  private mutating func reset(_ shape: Shape) {
    self.shape = shape
    fields.removeAll(keepingCapacity: true)
    texts.removeAll(keepingCapacity: true)
    slots.removeAll(keepingCapacity: true)
    names.removeAll()
    allowsTemplate = true
    messageDepth = shape == .status ? 0 : 1
    energyDepth = shape == .legacy ? 1 : 0
    sawStatus = false
    sawEnergy = false
    sawEvidence = false
    arrays = ArrayEvidence()
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

    var isClock = false
    switch key.role {
    case .status, .energy: key = .unknown
    case .time, .epoch:
      // Not the plug's clock, which stands outside: another number of that name.
      key = .unknown
      isClock = !names.isInside
    default:
      if names.isInside { key = .unknown }
    }
    if key.field != nil { return (key, 0..<0) }
    let own = scanner.hasEscapes ? scratch[...] : ArraySlice(raw)
    return (key, isClock ? names.append(own, after: "ENERGY.") : names.append(own))
  }

  // MARK: Values

  private mutating func append(_ scanner: JSONScanner, key: EnergyKey, name: Range<Int>, channel: Int)
    throws(RefusalReason)
  {
    guard fields.count < EnergyScanner.maximumFieldCount else { throw .tooManyNumbers }
    if key.field == nil && key.role != .totalTariff && key.role != .exportTariff { try names.check(name) }
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
  private mutating func appendText(_ scanner: JSONScanner, key: EnergyKey, name: Range<Int>) throws(RefusalReason) {
    guard fields.count < EnergyScanner.maximumFieldCount else { throw .tooManyNumbers }
    if key.role == .startTime { sawEvidence = true }
    let raw = UnsafeRawBufferPointer(rebasing: scanner.bytes[scanner.start..<scanner.end])
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
        default: names.text(scanned.name)
        }
      result.append(Field(try known.key(name, device: device), channel: scanned.channel, scanned.form))
    }
  }
}
