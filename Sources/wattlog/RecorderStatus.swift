import Readings
import Reporting
import Storage

/// What `status` says of the recorder.
struct RecorderStatus {
  /// The process that holds the store, when one does.
  let pid: Int32?

  init(store: String) {
    let directory = try? POSIXFileSystem().openDirectory(store, create: false)
    pid = directory?.lockHolder()
  }

  var isRunning: Bool { pid != nil }

  func write(to object: inout JSONWriter, _ time: (Timestamp?) -> String?) {
    object.key("running")
    object.value(isRunning)
    object.key("pid")
    if let pid { object.value(Int(pid)) } else { object.null() }
    for name in ["broker", "connected", "since", "queue", "dropped"] {
      object.key(name)
      object.null()
    }
  }

  func text(now: Timestamp) -> String {
    pid.map { "recorder  running, process \($0)\n" } ?? "recorder  not running\n"
  }
}
