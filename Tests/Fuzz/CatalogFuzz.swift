import SegmentFormat

/// A catalog frame around the input, with a right checksum, and the input as it stands.
public func fuzzCatalog(_ input: UnsafeRawBufferPointer) {
  let bytes = [UInt8](input)
  var header = ByteWriter()
  header.append(littleEndian: FormatLayout.catalogFrameMagic)
  header.append(littleEndian: UInt32(bytes.count))
  header.append(littleEndian: UInt32(1))
  var crc = CRC32C()
  crc.add(header.bytes[...])
  crc.add(bytes[...])
  header.append(littleEndian: crc.value)
  let catalog = header.bytes + bytes
  if let found = CatalogFrame.decode(catalog[...], at: 0) {
    precondition(found.end == catalog.count, "a frame that ends elsewhere")
    // What was read is written and read again as the same.
    let again = CatalogFrame.decode(found.frame.encode()[...], at: 0)
    precondition(again?.frame.added.count == found.frame.added.count, "a frame that changes on the way")
  }
  _ = CatalogFrame.decode(bytes[...], at: 0)
  _ = try? StoreIdentity.decode(bytes)
}
