import Storage

/// Readers of single plugs that stay from one query to the next: neighbouring times lie in one block, which is then decoded
/// once for all of them.
final class KeptReaders {
  private var stores: [String: HouseholdStore] = [:]
  private var damaged: Set<String> = []

  /// The plug's own reader, its checks deferred; a new one each time for a plug of which something is damaged, because one
  /// that has met damage does not tell it again.
  func store(of device: LogicalDevice, in store: HouseholdStore) -> HouseholdStore {
    if let known = stores[device.name] { return known }
    let made = store.forAnotherThread(deferringChecks: true)
    if !damaged.contains(device.name) { stores[device.name] = made }
    return made
  }

  func markDamaged(_ device: LogicalDevice) {
    stores[device.name] = nil
    damaged.insert(device.name)
  }
}
