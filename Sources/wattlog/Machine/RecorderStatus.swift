import Readings
import Recorder
import Reporting
import Storage
import Text

/// What `status` says of the recorder: its own answer, else at least who holds the store.
struct RecorderStatus {
  private let state: RecorderState?
  /// The process that holds the store, when one does.
  private let pid: Int32?

  init(store: String) {
    let directory = try? POSIXFileSystem().openDirectory(store, create: false)
    pid = directory?.lockHolder()
    state = StatusSocket.ask(store: store)
  }

  /// What the running recorder has counted: later than what the store has.
  var tallies: Tallies? { state?.tallies }

  var isRunning: Bool { state != nil || pid != nil }

  /// nil where no recorder answers.
  var isConnected: Bool? { state?.isConnected }

  func write(to object: inout JSONWriter, _ time: (Timestamp?) -> String?) {
    object.key("running")
    object.value(isRunning)
    object.key("pid")
    if let pid = state?.pid ?? pid { object.value(Int(pid)) } else { object.null() }
    object.key("broker")
    object.value(state?.broker)
    object.key("connected")
    if let state { object.value(state.isConnected) } else { object.null() }
    object.key("since")
    object.value(time(state?.since))
    object.key("queue")
    if let state { object.value(state.queue) } else { object.null() }
    object.key("dropped")
    if let state { object.value(Int(state.dropped)) } else { object.null() }
  }

  func text(now: Timestamp) -> String {
    guard let pid = state?.pid ?? pid else { return "recorder  not running\n" }
    var text = "recorder  running, process \(pid)"
    guard let state else { return text + "\n" }
    if state.isDiskFull { text += ", the disk is full" }
    if state.dropped > 0 { text += ", \(CountText.grouped(Int64(state.dropped))) messages dropped" }
    let age = AgeText.text(seconds: (now.milliseconds - state.since.milliseconds) / 1000)
    text += "\nbroker    \(SafeText.neutralised(state.broker)) "
    if state.isConnected { return text + "connected since \(age)\n" }
    return text + "not connected since \(age)"
      + (state.failure.map { ": \(SafeText.neutralised($0))" } ?? "") + "\n"
  }
}
