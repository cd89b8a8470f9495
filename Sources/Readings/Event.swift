/// Something that was said on the bus, or that happened to the recorder, other than a reading: it explains gaps.
public struct Event: Hashable, Sendable {
  public var at: Timestamp
  /// nil for what concerns the recorder or the broker.
  public var device: Device?
  public var kind: Kind
  /// What the kind says of it, bounded to ``maximumDetailBytes``; see each kind.
  public var detail: String

  public enum Kind: UInt8, Sendable, CaseIterable {
    /// LWT. Detail: `online` or `offline`.
    case availability = 1
    /// `POWER`, `POWER2`, `RESULT {"POWER":…}`. Detail: `POWER ON`, `POWER2 OFF`.
    case relay = 2
    /// INFO1…INFO3 after a start. Detail: `Version 14.4.0` or `RestartReason Power On`, else the message's text.
    case restart = 3
    /// MARGINS. Detail: the message's text.
    case margins = 4
    /// A RESULT that is no relay state. Detail: the message's text.
    case result = 5
    /// A discovery config (retained or live). Detail: `mac topic name firmware`, separated by tabs; of a plug with several
    /// channels their names follow.
    case discovery = 6
    /// The recorder started or stopped. Detail: `started` or `stopped`.
    case recorder = 7
    /// The broker connection came or went. Detail: `connected` or `lost: <reason>`.
    case broker = 8
    /// The machine's clock stepped. Detail: the step in milliseconds.
    case clockStep = 9
  }

  public static let maximumDetailBytes = 512

  public init(at: Timestamp, device: Device?, kind: Kind, detail: String) {
    self.at = at
    self.device = device
    self.kind = kind
    self.detail = detail
  }
}
