public import Readings

/// What a recorder tells whoever passes on what it stores; on its thread, in the order in which things happened.
public enum Recorded: Sendable {
  /// A reading that the store took, and whose it is. Its time is not yet cut to the store's resolution.
  case reading(Reading, Device)
  /// An event that the store took.
  case event(Event)
  /// What a plug's last will says: the topic on which it says so, the text, and whether the text means that it is there.
  case availability(Device, topic: String, text: String, isOnline: Bool)
  /// A pause between messages, about every second; also right behind each commit, when the store can be read.
  ///
  /// - isReadable: whoever opens the store now finds everything in it that was told.
  case pause(isReadable: Bool)
}
