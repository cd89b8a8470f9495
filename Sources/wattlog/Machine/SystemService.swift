import Glibc
import Text

/// The recorder as a service of systemd.
enum SystemService {
  private static let unit = "wattlog.service"

  /// systemd runs here and knows the unit.
  static var isInstalled: Bool {
    InputFile.exists("/run/systemd/system")
      && ["/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system"].contains {
        InputFile.exists($0 + "/" + unit)
      }
  }

  /// What a person types for the same.
  static let commands = "systemctl enable wattlog && systemctl restart wattlog"

  /// Starts it now and at every boot; one that runs begins anew, with the new configuration.
  static func start() throws(Failure) {
    for verb in ["enable", "restart"] { try systemctl(verb, unit) }
  }

  private static func systemctl(_ words: String...) throws(Failure) {
    let all = ["systemctl"] + words
    var pointers: [UnsafeMutablePointer<CChar>?] = all.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    var child: pid_t = 0
    let code = posix_spawnp(&child, "systemctl", nil, nil, &pointers, environ)
    guard code == 0 else { throw Failure(.failed, "cannot run systemctl: \(SystemError.text(code))") }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    guard status == 0 else {
      throw Failure(.failed, "'\(all.joined(separator: " "))' failed", "see 'journalctl -u wattlog'")
    }
  }
}
