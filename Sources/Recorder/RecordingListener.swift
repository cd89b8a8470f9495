public import Readings

/// Who passes on what a recorder stores: called on its thread, in the order in which things happened.
public protocol RecordingListener: AnyObject {
  /// A reading that the store took, and whose it is. Its time is not yet cut to the store's resolution. The recorder
  /// fills the same reading again with the next message: who keeps it has that one copied.
  func take(_ reading: Reading, of device: Device)
  /// An event that the store took.
  func take(_ event: Event)
  /// What a plug's last will says.
  ///
  /// - Parameters:
  ///   - topic: on which it says so.
  ///   - isOnline: the text means that the plug is there.
  func takeLastWill(of device: Device, topic: String, text: String, isOnline: Bool)
  /// A pause between messages, about every second; also right behind each commit, when the store can be read.
  ///
  /// - Parameter isReadable: whoever opens the store now finds everything in it that was told.
  func rest(isReadable: Bool)
}
