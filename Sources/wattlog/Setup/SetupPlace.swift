import Glibc
import Text

/// Where `setup` puts the three files, and who may read them.
struct SetupPlace {
  /// Of the configuration; behind a link its target, so that the link stays.
  let configuration: String
  /// The machine's own place: the service's user reads the password, its group the rest.
  let isSystem: Bool

  static let systemDirectory = "/etc/wattlog"
  static let serviceUser = "wattlog"

  var directory: String { InputFile.directory(of: configuration) }
  var password: String { directory + "/password" }
  /// A password that nobody has let in yet.
  var candidate: String { directory + "/password.new" }
  var tariff: String { directory + "/tariff.json" }

  /// - Parameter settings: what is in force, and from which file.
  init(_ settings: Settings) {
    var path = settings.path ?? SetupPlace.usual
    if let real = realpath(path, nil) {
      path = String(cString: real)
      free(real)
    }
    configuration = InputFile.absolute(path)
    isSystem = geteuid() == 0 && InputFile.directory(of: configuration) == SetupPlace.systemDirectory
  }

  /// The user's place; root's is the machine's, unless root named another.
  private static var usual: String {
    let isRoot = geteuid() == 0 && Environment.filled("XDG_CONFIG_HOME") == nil
    return isRoot
      ? systemDirectory + "/wattlog.json" : Settings.searchPaths.first ?? systemDirectory + "/wattlog.json"
  }

  /// The directory with its parents, for its owner and the group.
  func makeDirectory() throws(Failure) {
    guard !InputFile.exists(directory) else { return }
    try Directories.create(directory, mode: 0o755)
    chmod(directory, 0o750)
    if isSystem, let group = SetupPlace.service?.group { chown(directory, 0, group) }
  }

  /// Writes a file whole. One that was there keeps its owner and mode, a password is its owner's alone.
  func write(_ text: String, to path: String, isSecret: Bool = false) throws(Failure) {
    var before = stat()
    let existed = stat(path, &before) == 0
    try OutputFile.write(text, to: path, mode: isSecret ? 0o600 : 0o640)
    if existed {
      chown(path, before.st_uid, before.st_gid)
      if !isSecret { chmod(path, before.st_mode & 0o777) }
    } else if isSystem, let service = SetupPlace.service {
      chown(path, isSecret ? service.user : 0, service.group)
    }
  }

  /// Takes away a password that was only tried.
  func discardCandidate() { unlink(candidate) }

  /// The service's user, where the package or somebody else has made one.
  private static var service: (user: uid_t, group: gid_t)? {
    guard let entry = getpwnam(serviceUser) else { return nil }
    return (entry.pointee.pw_uid, entry.pointee.pw_gid)
  }
}
