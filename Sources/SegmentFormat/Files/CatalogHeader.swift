/// The first 64 bytes of the catalog.
public enum CatalogHeader {
  public static func encode(_ store: StoreIdentity) -> [UInt8] {
    FileHeader.end(FileHeader.begin(FormatLayout.catalogMagic, store: store))
  }

  public static func decode(
    _ bytes: ArraySlice<UInt8>
  ) throws(FormatError) -> (store: StoreIdentity, version: UInt16) {
    let header = try FileHeader.open(bytes, magic: FormatLayout.catalogMagic)
    return (header.store, header.version)
  }
}
