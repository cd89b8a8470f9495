import Calendar
import Configuration
import EnergyAccounting
public import Household
public import Readings
import Reporting
import Text

/// What Home Assistant is told of a store's plugs: which messages are due, as readings come.
///
/// A plug's figure is what the ledger has counted since its first reading in the store. Nothing is sent twice but after
/// ``forgetSent()``; a plug's states are sent at most once an interval, and only those that have changed: those of all
/// plugs together, because one message by itself costs both ends as much as many.
public struct Publication {
  private let options: PublicationOptions
  private let zone: SiteZone
  /// What receive times are cut to, in milliseconds; 0 until the store has been read.
  private var timeUnit: Int64 = 0
  private var ledgers: RunningLedgers
  private var costs: RunningCosts?
  private var dayCosts: [RunningCosts.Cost] = []
  private var countedCosts: Int64?
  private var hasNewReadings = true
  /// By plug, as ``ledgers`` has them.
  private var plugs: [ToldPlug] = []
  /// nil unless powers are wanted.
  private var heard: [Device: Heard]?
  private var lastWills: [Device: LastWill] = [:]
  private var sent: [String: Sent] = [:]
  private var sentStates: [String: String] = [:]
  /// When states were last sent, of the steady clock.
  private var sentAt: Int64?
  /// Topics of what is to be taken back with the next messages.
  private var lost: [String] = []
  /// Offers were made, changed or lost since they were last compared with what was sent.
  private var isOfferChanged = true

  /// Costs are told so often at most, in milliseconds: all plugs are priced together.
  private static let costInterval: Int64 = 60_000
  /// Lamps have last wills, too; and anybody can invent some.
  private static let lastWillLimit = 16_384

  /// What a plug's last reading said.
  private struct Heard {
    var at: Timestamp
    var powers: [(channel: UInt8, power: Figure)]
  }

  /// A discovery message, and where it says that states are.
  private struct Sent {
    var config: [UInt8]
    var stateTopic: String
  }

  /// - Parameters:
  ///   - zone: the site's.
  ///   - costs: where costs are wanted and there is a tariff.
  public init(_ options: PublicationOptions, zone: SiteZone, costs: RunningCosts?) {
    self.options = options
    self.zone = zone
    self.costs = options.sensors.contains(.cost) ? costs : nil
    ledgers = RunningLedgers(zone: zone.rules)
    heard = options.sensors.contains(.power) ? [:] : nil
  }

  /// Between two states of one plug, in milliseconds.
  public var interval: Int64 { options.interval }

  // MARK: What is heard

  /// A reading that the store took.
  public mutating func add(_ reading: Reading, of device: Device) {
    guard timeUnit > 0 else { return }
    let time = reading.receivedAt.truncated(toMilliseconds: timeUnit)
    ledgers.add(reading, of: device, at: time)
    costs?.add(reading, of: device, at: time)
    hasNewReadings = true
    guard heard != nil else { return }
    var powers: [(UInt8, Figure)] = []
    for (field, value) in zip(reading.layout.fields, reading.values) where field.key == .power {
      if let places = field.form.decimalPlaces { powers.append((field.channel, Figure(value, places: places))) }
    }
    heard?[device] = Heard(at: time, powers: powers)
  }

  /// An event that the store took.
  public mutating func add(_ event: Event) {
    ledgers.add(event)
    costs?.add(event)
  }

  /// What a plug's last will says, and where.
  public mutating func hearLastWill(of device: Device, topic: String, text: String, isOnline: Bool) {
    var will = lastWills[device] ?? LastWill(topic: topic, online: "Online", offline: "Offline")
    will.topic = topic
    if isOnline { will.online = text } else { will.offline = text }
    guard lastWills[device] != will, lastWills[device] != nil || lastWills.count < Publication.lastWillLimit else {
      return
    }
    lastWills[device] = will
    for index in plugs.indices where plugs[index].members.contains(where: { $0.device.topic == device.topic }) {
      plugs[index].isUntold = true
    }
  }

  /// What the store's events say of last wills, where no broker is asked: on the topics of the usual FullTopic.
  public mutating func hearLastWills(in store: HouseholdStore) {
    for device in store.announcedDevices {
      hearLastWill(of: device, topic: "tele/\(device.topic)/LWT", text: "Online", isOnline: true)
    }
  }

  // MARK: The store

  /// Something came that only the store can tell of.
  public func needsReading(at now: Timestamp) -> Bool {
    timeUnit == 0 || ledgers.needsReading || costs?.needsReading(at: now) ?? false
  }

  /// Corrections were made, or a day is over: everything is to be read anew.
  public mutating func markStale() {
    ledgers.markStale()
    costs?.markStale()
  }

  /// - Precondition: the store was opened when it held everything that was told.
  public mutating func read(_ store: HouseholdStore, now: Timestamp) {
    timeUnit = store.timeUnit
    ledgers.read(store)
    costs?.read(store, now: now)
    hasNewReadings = true
    countedCosts = nil
    let old = Dictionary(plugs.map { ($0.identity, $0) }, uniquingKeysWith: { one, _ in one })
    let devices = ledgers.devices
    plugs = PlugIdentity.all(of: devices).map { old[$0] ?? ToldPlug(identity: $0) }
    for index in plugs.indices {
      plugs[index].members = devices[index].members
      plugs[index].isUntold = true
    }
    isOfferChanged = true
  }

  // MARK: What is told

  /// The broker may have forgotten everything.
  public mutating func forgetSent() {
    sent = [:]
    sentStates = [:]
    for index in plugs.indices { plugs[index].forgetSent() }
  }

  /// The messages that are due; they count as sent.
  ///
  /// - Parameters:
  ///   - now: of the steady clock, in milliseconds.
  ///   - takesBack: sensors that are not wanted are taken back, in case they were once.
  public mutating func messages(at now: Int64, takingBack takesBack: Bool = true) -> [RetainedMessage] {
    guard timeUnit > 0 else { return [] }
    countCosts(at: now)
    var messages: [RetainedMessage] = []
    lost = []
    let isDue = sentAt.map { now - $0 >= options.interval } ?? true
    for index in plugs.indices {
      guard plugs[index].isUntold || ledgers.isChanged(index) else { continue }
      if let told = plugs[index].toldAt, !isDue || now - told < options.interval { continue }
      tell(index, at: now, takingBack: takesBack, &messages)
    }
    if !messages.isEmpty { sentAt = now }
    if isOfferChanged { findLost() }
    guard !lost.isEmpty else { return messages }
    // Another plug's states may have taken their place.
    let kept = Set(sent.flatMap { [$0.key, $0.value.stateTopic] })
    return lost.filter { !kept.contains($0) }.map(RetainedMessage.takingBack) + messages
  }

  private mutating func countCosts(at now: Int64) {
    guard hasNewReadings, costs != nil else { return }
    if let countedCosts, now - countedCosts < max(Publication.costInterval, options.interval) { return }
    (countedCosts, hasNewReadings) = (now, false)
    let costs = costs?.costs() ?? []
    guard costs != dayCosts else { return }
    dayCosts = costs
    for index in plugs.indices { plugs[index].isUntold = true }
  }

  private mutating func tell(
    _ index: Int, at now: Int64, takingBack takesBack: Bool, _ messages: inout [RetainedMessage]
  ) {
    if ledgers.isChanged(index) || plugs[index].counters.isEmpty { count(index) }
    plugs[index].isUntold = false
    guard let last = plugs[index].last else { return }
    let isNew = plugs[index].toldAt == nil
    var isTold = false
    for counter in plugs[index].counters {
      for kind in SensorKind.allCases {
        let sensor = Sensor(
          kind: kind, plug: plugs[index].identity, channel: counter.channel, discoveryPrefix: options.discoveryPrefix)
        guard let figure = figure(kind, of: counter, index) else {
          if isNew, takesBack, kind != .energy { takeBack(sensor) }
          continue
        }
        offer(sensor, places: figure.places, willOf: index, &messages)
        let since = kind == .cost ? costs?.day.map { InstantText.text($0.lowerBound, in: zone.rules) } : nil
        let value = figure.text + (since ?? "")
        guard sentStates.updateValue(value, forKey: sensor.stateTopic) != value else { continue }
        messages.append(RetainedMessage(sensor.stateTopic, sensor.state(figure, since: since, at: last)))
        isTold = true
      }
    }
    if isTold || isNew { plugs[index].toldAt = now }
  }

  /// Asks the ledger.
  private mutating func count(_ index: Int) {
    guard let ledger = ledgers.ledger(ofPlug: index) else { return }
    plugs[index].last = ledger.lastReading
    // Readings that tell of no counter are none that could be wrong.
    let isCounted = !ledger.events.contains { $0.kind == .noCounter }
    plugs[index].counters =
      !isCounted
      ? []
      : ledger.channels.map { channel in
        let sum = channel.sum(channel.buckets.indices)
        func figure(_ energy: Energy) -> Figure {
          Figure(energy.mantissa(places: channel.counterPlaces), places: channel.counterPlaces)
        }
        return ToldPlug.Counter(
          channel: channel.channel, use: figure(sum.energy), export: sum.export == .zero ? nil : figure(sum.export))
      }
  }

  /// nil where nothing is known, or nobody wants to know.
  private func figure(_ kind: SensorKind, of counter: ToldPlug.Counter, _ index: Int) -> Figure? {
    switch kind {
    case .energy: return counter.use
    case .export: return counter.export
    case .power:
      guard let heard = speaker(of: index).flatMap({ heard?[$0] }) else { return nil }
      let powers = heard.powers.filter { counter.channel == nil || Int($0.channel) == counter.channel }
      return powers.isEmpty ? nil : Figure.sum(powers.map(\.power))
    case .cost:
      let name = plugs[index].identity.name
      return dayCosts.first { $0.device == name && $0.channel == counter.channel }?.cost
    }
  }

  /// The plug that is in that place now.
  private func speaker(of index: Int) -> Device? {
    let members = plugs[index].members
    if members.count == 1 { return members[0].device }
    func last(_ member: LogicalDevice.Member) -> Timestamp {
      max(member.last, heard?[member.device]?.at ?? member.last)
    }
    return members.max { last($0) < last($1) }?.device
  }

  private mutating func offer(
    _ sensor: Sensor, places: Int, willOf index: Int, _ messages: inout [RetainedMessage]
  ) {
    let device = speaker(of: index)
    let will = device.flatMap { lastWills[$0] ?? lastWills[Device(topic: $0.topic)] }
    let about = Sensor.About(version: options.version, currency: costs?.currency, places: places, lastWill: will)
    let key = ToldPlug.Offered(kind: sensor.kind, channel: sensor.channel)
    guard plugs[index].offered[key] != about else { return }
    plugs[index].offered[key] = about
    let config = sensor.config(about)
    let old = sent[sensor.configTopic]
    guard old?.config != config else { return }
    if let old, old.stateTopic != sensor.stateTopic {
      lost.append(old.stateTopic)
    }
    sent[sensor.configTopic] = Sent(config: config, stateTopic: sensor.stateTopic)
    messages.append(RetainedMessage(sensor.configTopic, config))
  }

  private mutating func takeBack(_ sensor: Sensor) {
    lost += [sensor.configTopic, sensor.stateTopic]
    sent[sensor.configTopic] = nil
    sentStates[sensor.stateTopic] = nil
  }

  /// What was offered of plugs that are known by another address now, or are part of another.
  private mutating func findLost() {
    isOfferChanged = false
    // What is taken back here is offered again when it comes again.
    for index in plugs.indices { plugs[index].offered = [:] }
    let present = Set(
      plugs.flatMap { plug in
        plug.counters.flatMap { counter in
          SensorKind.allCases.map {
            Sensor(
              kind: $0, plug: plug.identity, channel: counter.channel, discoveryPrefix: options.discoveryPrefix
            ).configTopic
          }
        }
      })
    for (topic, offer) in sent.sorted(by: { $0.key < $1.key }) where !present.contains(topic) {
      lost += [topic, offer.stateTopic]
      sent[topic] = nil
    }
  }
}
