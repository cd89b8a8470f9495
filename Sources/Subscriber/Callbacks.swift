import CMosquitto

// libmosquitto calls these on the thread that drives it. They are functions and not closures: a closure literal in a
// main-actor context would check for the main actor on each call and die on any other thread.

func installCallbacks(of mosquitto: mosquitto_functions, on handle: OpaquePointer) {
  mosquitto.connect_v5_callback_set(handle, connectCallback)
  mosquitto.disconnect_v5_callback_set(handle, disconnectCallback)
  mosquitto.subscribe_callback_set(handle, subscribeCallback)
  mosquitto.message_callback_set(handle, messageCallback)
  mosquitto.publish_v5_callback_set(handle, publishCallback)
  mosquitto.log_callback_set(handle, logCallback)
}

private func connection(_ context: UnsafeMutableRawPointer) -> Unmanaged<BrokerConnection> {
  Unmanaged<BrokerConnection>.fromOpaque(context)
}

private func connectCallback(
  _: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ code: Int32, _: Int32, _ properties: OpaquePointer?
) {
  guard let context else { return }
  connection(context)._withUnsafeGuaranteedRef { connection in
    let identifier = Int32(MQTT_PROP_SERVER_KEEP_ALIVE.rawValue)
    var keepAlive: UInt16 = 0
    let found = connection.client.functions.property_read_int16(properties, identifier, &keepAlive, false)
    connection.didConnect(code: code, keepAlive: found == nil ? nil : keepAlive)
  }
}

private func disconnectCallback(
  _: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ code: Int32, _: OpaquePointer?
) {
  guard let context else { return }
  connection(context)._withUnsafeGuaranteedRef { $0.didDisconnect(code: code) }
}

private func subscribeCallback(
  _: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _: Int32, _ count: Int32, _ grants: UnsafePointer<Int32>?
) {
  guard let context else { return }
  let grants = UnsafeBufferPointer(start: grants, count: grants == nil ? 0 : Int(max(0, count)))
  connection(context)._withUnsafeGuaranteedRef { $0.didSubscribe(grants: grants) }
}

private func messageCallback(
  _: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ message: UnsafePointer<mosquitto_message>?
) {
  guard let context, let message else { return }
  connection(context)._withUnsafeGuaranteedRef { $0.didReceive(message.pointee) }
}

private func publishCallback(
  _: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ message: Int32, _ reason: Int32, _: OpaquePointer?
) {
  guard let context else { return }
  connection(context)._withUnsafeGuaranteedRef { $0.didPublish(message, reason: reason) }
}

private func logCallback(
  _: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ level: Int32, _ line: UnsafePointer<CChar>?
) {
  // Errors (1 << 3) only.
  guard let context, let line, level & 8 != 0 else { return }
  connection(context)._withUnsafeGuaranteedRef { $0.didLog(line) }
}

/// OpenSSL's question for the password of an encrypted private key is answered with none.
func answerNoKeyPassword(_: UnsafeMutablePointer<CChar>?, _: Int32, _: Int32, _: UnsafeMutableRawPointer?) -> Int32 {
  0
}
