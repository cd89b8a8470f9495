import SegmentFormat

/// Catalog frames of both forms around the input, with a right checksum, and the input as it stands.
public func fuzzCatalog(_ input: UnsafeRawBufferPointer) {
  let bytes = [UInt8](input)
  for magic in [FormatLayout.catalogSpansMagic, FormatLayout.catalogFrameMagic] { fuzzFrame(bytes, magic) }
  var devices = CatalogDevices()
  _ = CatalogFrame.decode(bytes[...], at: 0, timeUnit: 1000, devices: &devices)
  _ = try? StoreIdentity.decode(bytes)
}

private func fuzzFrame(_ payload: [UInt8], _ magic: UInt32) {
  var header = ByteWriter()
  header.append(littleEndian: magic)
  header.append(littleEndian: UInt32(payload.count))
  header.append(littleEndian: UInt32(1))
  var crc = CRC32C()
  crc.add(header.bytes[...])
  crc.add(payload[...])
  header.append(littleEndian: crc.value)
  let catalog = header.bytes + payload
  for timeUnit in [Int64(1), 1000] {
    var devices = CatalogDevices()
    guard let found = CatalogFrame.decode(catalog[...], at: 0, timeUnit: timeUnit, devices: &devices) else { continue }
    precondition(found.end == catalog.count, "a frame that ends elsewhere")
    precondition(found.frame.added.allSatisfy { $0.isTold(inUnitsOf: timeUnit) }, "spans that do not add up")
    // What was read is written and read again as the same.
    var written = CatalogDevices()
    let bytes = found.frame.encode(timeUnit: timeUnit, devices: &written)
    var read = CatalogDevices()
    let again = CatalogFrame.decode(bytes[...], at: 0, timeUnit: timeUnit, devices: &read)
    precondition(again?.frame.added == found.frame.added, "a frame that changes on the way")
  }
}
