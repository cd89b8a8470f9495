import Readings

/// What `verify` finds in the `corrections`.
extension CorrectionFile {
  struct Check {
    var contents = Contents()
    var damage: [Damage] = []
    var byteCount = 0
  }

  /// Every line against its checksum. What a line says is for its reader to judge; nothing is wrong without a file.
  static func check(in directory: any StoreDirectory) -> Check {
    let bytes: [UInt8]
    do throws(FileSystemError) {
      bytes = try self.bytes(in: directory) ?? []
    } catch {
      return Check(damage: [Damage(.corrections, file: StorePath.corrections, offset: 0, cause: "\(error)")])
    }
    var check = Check(contents: contents(of: bytes), byteCount: bytes.count)
    for line in check.contents.damaged {
      check.damage.append(
        damage(.corrections, line, check.contents, "line \(line) does not match its checksum: it is left out"))
    }
    if check.contents.isTorn {
      let line = check.contents.lineOffsets.count
      check.damage.append(damage(.correctionsTail, line, check.contents, "line \(line) is unfinished: it is left out"))
    }
    return check
  }

  /// The damage that a whole line is, whatever it says.
  public static func damage(ofLine line: Int, in contents: Contents, cause: String) -> Damage {
    damage(.corrections, line, contents, cause)
  }

  private static func damage(_ kind: Damage.Kind, _ line: Int, _ contents: Contents, _ cause: String) -> Damage {
    let offsets = contents.lineOffsets
    let start = offsets.indices.contains(line - 1) ? offsets[line - 1] : 0
    let end = offsets.indices.contains(line) ? offsets[line] : contents.byteCount
    return Damage(
      kind, file: StorePath.corrections, offset: start, byteCount: max(0, end - start), cause: cause)
  }
}
